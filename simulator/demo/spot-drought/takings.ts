import type { World } from '../../world';
import type { Recorder } from '../recorder';

/** One node that EC2 takes. Times are epoch milliseconds. */
export interface Taking {
  readonly instance: string;
  readonly noticedAt: number;
  readonly cordonedAt: number | null;
  readonly emptyAt: number | null;
}

/** Has EC2 take nodes, and sees how long each step took. */
export class Takings {
  private taken: Taking[] = [];

  constructor(
    private readonly world: World,
    private readonly recorder: Recorder,
  ) {}

  get all(): readonly Taking[] {
    return this.taken;
  }

  /** The oldest spot nodes that serve; `warningMs` before EC2 ends them. Once. */
  begin(count: number, warningMs: number): void {
    if (this.taken.length > 0) return;
    const now = this.world.now();
    const spot = this.recorder
      .aliveInstances()
      .filter(({ lifecycle, state }) => lifecycle === 'spot' && state === 'running');
    for (const { id } of spot.slice(0, count)) {
      this.world.cloud.notify(id, { kind: 'interruption', at: now + warningMs });
      this.taken.push({ instance: id, noticedAt: now, cordonedAt: null, emptyAt: null });
    }
  }

  /** Call often. */
  look(): void {
    const now = this.world.now();
    this.taken = this.taken.map((it) => {
      const node = this.world.cluster.node(it.instance);
      const cordoned = node === undefined || node.spec.unschedulable === true;
      const cordonedAt = it.cordonedAt ?? (cordoned ? now : null);
      const pods = this.world.cluster
        .podsOfNode(it.instance)
        .filter(({ metadata }) => metadata.namespace === 'default');
      const emptyAt = it.emptyAt ?? (cordonedAt !== null && pods.every(isOfDaemonSet) ? now : null);
      return { ...it, cordonedAt, emptyAt };
    });
  }
}

function isOfDaemonSet({ metadata }: ReturnType<World['cluster']['podsOfNode']>[number]): boolean {
  return metadata.ownerReferences?.some(({ kind }) => kind === 'DaemonSet') ?? false;
}
