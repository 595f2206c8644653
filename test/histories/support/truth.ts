import type { World } from '../../../simulator/world';
import type { KubeNode, KubePod } from '../../../simulator/kubernetes/objects';
import type { SimInstance } from '../../../simulator/ec2/ec2-types';
import { isReady } from '../../../simulator/node-watch';
import { ANNOTATIONS, DRAIN_TAINT, LABELS, TAGS } from '../../../webhook/model/names';
import { isClosed, type Operation, type ScaleUp } from '../../../webhook/model/operation';
import type { PoolPolicy, PoolState } from '../../../webhook/model/pool';
import { KEY } from '../../support/builders';

/** An operation from its acceptance to its end. */
export interface Tracked {
  readonly accepted: Operation;
  /** As stored last. */
  latest: Operation;
  closedAs: Operation | null;
  /** Of a drain, once it has begun. */
  drainUntil: number | null;
  readonly launched: Set<string>;
  /** When its first TerminateInstances took effect. */
  readonly terminated: Set<string>;
}

/** How it really is: what no process knows for certain. */
export class Truth {
  readonly operations = new Map<string, Tracked>();
  /** All that EC2 has, as it is. */
  readonly instances = new Map<string, SimInstance>();
  /** When a node went out of service that we had not taken out. */
  lastLossAt = -Infinity;
  /** When a person last put a node back into service, by uncordoning it or by deleting its Node. */
  lastUncordonAt = -Infinity;
  /** Instances of a CreateFleet that was sent by a process which did not know that its time was over. */
  readonly late = new Set<string>();
  readonly endedByUs = new Set<string>();
  /** Instances that EC2 has said it will take, whether or not it has thought better of it. */
  readonly announced = new Set<string>();
  /** Ids of instances whose node was Ready at some time. */
  readonly everReady = new Set<string>();

  constructor(
    readonly world: World,
    readonly policy: PoolPolicy,
    readonly state: () => PoolState,
  ) {
    world.cloud.onChange(({ instance }) => void this.instances.set(instance.id, instance));
  }

  get now(): number {
    return this.world.now();
  }

  get open(): readonly Operation[] {
    return Object.values(this.state().operations).filter((operation) => !isClosed(operation));
  }

  /** Instances of the pool that cost money. */
  alive(): readonly SimInstance[] {
    return [...this.instances.values()].filter(
      ({ state, tags }) => (state === 'pending' || state === 'running') && tags[TAGS.pool] === KEY.pool,
    );
  }

  isRunning(id: string): boolean {
    const state = this.instances.get(id)?.state;
    return state === 'pending' || state === 'running';
  }

  /** Instances that open operations may still launch. */
  maybe(): number {
    return this.open
      .filter((it): it is ScaleUp => it.kind === 'scale-up' && !it.answered && it.phase !== 'rolling-back')
      .filter(({ id }) => (this.operations.get(id)?.launched.size ?? 0) === 0)
      .reduce((sum, { planned }) => sum + planned, 0);
  }

  /** Drains of a node that a process may be at work on: what is closed is known everywhere a moment later. */
  drainsOf(node: string, knownWithin: number): readonly Tracked[] {
    return [...this.operations.values()].filter(
      ({ latest }) =>
        latest.kind === 'scale-down' &&
        latest.node?.name === node &&
        (latest.phase === 'draining' || latest.phaseAt >= this.now - knownWithin),
    );
  }

  /** EC2 takes the node, by its own word, and one of ours drains it or has. */
  isTaken(node: string): boolean {
    return [...this.operations.values()].some(
      ({ latest }) => latest.kind === 'scale-down' && latest.node?.name === node && latest.forced && latest.notice,
    );
  }

  nodes(): readonly KubeNode[] {
    return this.world.cluster.nodes().filter(({ metadata }) => metadata.labels?.[LABELS.pool] === KEY.pool);
  }

  /** Ready, schedulable, and its machine runs. */
  serving(): readonly KubeNode[] {
    return this.nodes().filter((node) => this.serves(node));
  }

  serves(node: KubeNode): boolean {
    return isReady(node) && node.spec.unschedulable !== true && this.isRunning(node.metadata.name);
  }

  /**
   * Pods that a drain has to move before their node may go, terminating ones too, until their grace is over once more: no
   * drain waits for a kubelet that does not end them.
   */
  movable(node: string): readonly KubePod[] {
    return this.world.cluster.podsOfNode(node).filter((pod) => {
      const { metadata, status } = pod;
      const owner = metadata.ownerReferences?.find(({ controller }) => controller === true)?.kind;
      const ends = owner !== 'DaemonSet' && status.phase !== 'Succeeded' && status.phase !== 'Failed';
      return ends && !this.isLongTerminating(pod);
    });
  }

  private isLongTerminating({ metadata, spec }: KubePod): boolean {
    const { deletionTimestamp } = metadata;
    if (deletionTimestamp === undefined) return false;
    const { terminationGracePeriodSeconds: grace = 30 } = spec;
    return this.now > Date.parse(deletionTimestamp) + (grace + 30) * 1000;
  }
}

/** The operation whose mark is on the node, whole or in part. */
export function markOf({ metadata, spec }: KubeNode): string | null {
  const taint = spec.taints?.find(({ key }) => key === DRAIN_TAINT);
  return metadata.annotations?.[ANNOTATIONS.operation] ?? taint?.value ?? null;
}
