import { faultOf } from '../errors';
import type { Pod } from '../model/observation';
import type { Clock, KubernetesPort } from '../ports';
import type { Logger } from '../telemetry/logger';

/** Between two lists of all attachments of the cluster, milliseconds. Protocol, not scaled. */
const PACE = 5000;

interface Look {
  readonly at: number;
  readonly volumes: readonly string[] | null | undefined;
}

/** For one drain: what is attached to its empty node. Who may not ask goes on without. */
export class VolumeWatch {
  private last: Look | null = null;

  constructor(
    private readonly kubernetes: Pick<KubernetesPort, 'listAttachments' | 'listClaims'>,
    private readonly clock: Clock,
    private readonly log: Logger,
  ) {}

  /** But for those of `staying`; null = not known just now, undefined = nobody lets us know. Never rejects. */
  async attachedTo(node: string, staying: readonly Pod[]): Promise<readonly string[] | null | undefined> {
    const { last } = this;
    const now = this.clock.now();
    if (last && (last.volumes === undefined || now - last.at < PACE)) return last.volumes;
    const volumes = await this.look(node, staying);
    this.last = { at: now, volumes };
    return volumes;
  }

  private async look(node: string, staying: readonly Pod[]): Promise<Look['volumes']> {
    try {
      const attached = (await this.kubernetes.listAttachments()).filter((it) => it.node === node);
      const kept = attached.length > 0 ? await this.volumesOf(staying) : new Set();
      return attached.flatMap(({ volume }) => (volume === null || kept.has(volume) ? [] : [volume]));
    } catch (error) {
      const fault = faultOf(error);
      if (fault.retryable) return null;
      this.log.warn({ node, fault }, 'cannot look at volume attachments: nodes end without waiting for them');
      return undefined;
    }
  }

  private async volumesOf(pods: readonly Pod[]): Promise<ReadonlySet<string>> {
    const names = new Set(pods.flatMap(({ namespace, claims = [] }) => claims.map((name) => `${namespace}/${name}`)));
    if (names.size === 0) return new Set();
    const claims = await this.kubernetes.listClaims();
    return new Set(
      claims.flatMap(({ namespace, name, volume }) => (volume && names.has(`${namespace}/${name}`) ? [volume] : [])),
    );
  }
}
