import type { Logger } from '../telemetry/logger';
import { faultOf } from '../errors';
import type { Observer } from '../evaluation/observer';
import { isAlive, type CompleteObservation } from '../model/observation';
import type { PoolPolicy, ServiceTimings } from '../model/pool';
import type { Clock, Ec2Port, KubernetesPort, StorePort } from '../ports';
import { findings, isPlausible, type Finding } from './findings';
import { Suspects } from './suspects';

export interface SweeperDeps {
  readonly cluster: string;
  /** Every configured pool of the cluster; those in dry run are looked at, never touched. */
  readonly pools: ReadonlyMap<string, PoolPolicy>;
  readonly timings: ServiceTimings;
  readonly store: Pick<StorePort, 'readPool' | 'hasJoined' | 'appendHistory'>;
  readonly observer: Pick<Observer, 'observe'>;
  readonly ec2: Pick<Ec2Port, 'describeInstances' | 'terminate'>;
  readonly kubernetes: Pick<KubernetesPort, 'unmarkNode' | 'deleteNode'>;
  readonly clock: Clock;
  readonly onReport: (report: SweepReport) => void;
  readonly log: Logger;
}

export interface SweepReport {
  readonly at: number;
  readonly removed: readonly Finding[];
  /** Confirmed, but left for a person: instances that once joined, pools in dry run. */
  readonly reported: readonly Finding[];
  /** Pools in which the sweep touched nothing because it would have touched too much. */
  readonly refused: readonly { readonly pool: string; readonly removals: number; readonly size: number }[];
}

/** Ends what belongs to no operation: only the holder of the cluster's lease runs it. */
export class Sweeper {
  private readonly suspects = new Suspects();

  constructor(private readonly deps: SweeperDeps) {}

  /** One sweep. Does nothing on an incomplete observation. */
  async sweep(): Promise<SweepReport | null> {
    const { observer, timings, cluster, pools, clock, onReport } = this.deps;
    const seen = await observer.observe({ maxAge: timings.observationMaxAge });
    if (!seen.complete) return null;
    // Read after the observation: an operation accepted in between is known before its marks could look stale.
    const operations = await this.operations();
    const orphanAge = new Map([...pools].map(([name, pool]) => [name, pool.deadline.join + timings.orphanGrace]));
    const found = await this.confirmedByEc2(findings({ cluster, seen, operations, orphanAge, now: clock.now() }));
    const confirmed = new Set(this.suspects.confirmed(found, seen, timings.confirmGone));
    const due = found.filter((finding) => finding.kind === 'stale-mark' || confirmed.has(finding));
    const report = await this.act(due, seen);
    onReport(report);
    return report;
  }

  private async operations() {
    const keys = [...this.deps.pools.keys()].map((pool) => ({ cluster: this.deps.cluster, pool }));
    const states = await Promise.all(keys.map((key) => this.deps.store.readPool(key)));
    return states.flatMap((state) => Object.values(state.operations));
  }

  /** A Node is dead only when EC2, asked for that id, says terminated or does not know it. */
  private async confirmedByEc2(found: readonly Finding[]): Promise<readonly Finding[]> {
    const ids = found.flatMap((finding) => (finding.kind === 'dead-node' ? [finding.instanceId] : []));
    if (ids.length === 0) return found;
    const known = await this.deps.ec2.describeInstances(ids);
    const alive = new Set(known.filter((it) => isAlive(it) || it.state === 'shutting-down').map((it) => it.id));
    return found.filter((finding) => finding.kind !== 'dead-node' || !alive.has(finding.instanceId));
  }

  private async act(due: readonly Finding[], seen: CompleteObservation): Promise<SweepReport> {
    const touchable: Finding[] = [];
    const reported: Finding[] = [];
    for (const finding of due) ((await this.mayTouch(finding)) ? touchable : reported).push(finding);
    const refused = this.implausible(touchable, seen);
    const refusedPools = new Set(refused.map(({ pool }) => pool));
    const removed: Finding[] = [];
    for (const finding of touchable) {
      if (refusedPools.has(finding.pool)) continue;
      if (await this.remove(finding)) removed.push(finding);
    }
    return { at: this.deps.clock.now(), removed, reported, refused };
  }

  /** Pools that would lose too much at once. Undoing marks takes nothing away and does not count. */
  private implausible(touchable: readonly Finding[], seen: CompleteObservation): SweepReport['refused'] {
    return [...this.deps.pools.keys()].flatMap((pool) => {
      const removals = touchable.filter((it) => it.pool === pool && it.kind !== 'stale-mark').length;
      const size = seen.nodes.filter((node) => node.pool === pool).length;
      return isPlausible(removals, size) ? [] : [{ pool, removals, size }];
    });
  }

  private async mayTouch(finding: Finding): Promise<boolean> {
    const { pools, store, cluster } = this.deps;
    if (pools.get(finding.pool)?.dryRun) return false;
    if (finding.kind !== 'orphan') return true;
    return !(await store.hasJoined({ cluster, pool: finding.pool }, finding.instanceId));
  }

  /** A failure leaves the finding for the next sweep. */
  private async remove(finding: Finding): Promise<boolean> {
    const { log, cluster, store, clock } = this.deps;
    try {
      await this.undo(finding);
      const data = { finding: finding.kind, what: finding.id };
      await store.appendHistory(
        { cluster, pool: finding.pool },
        { at: clock.now(), id: finding.id, kind: 'sweep', data },
      );
      log.warn({ cluster, pool: finding.pool, finding: finding.kind, what: finding.id }, 'swept away');
      return true;
    } catch (error) {
      log.warn({ cluster, finding: finding.kind, what: finding.id, fault: faultOf(error) }, 'could not sweep');
      return false;
    }
  }

  private async undo(finding: Finding): Promise<void> {
    const { ec2, kubernetes } = this.deps;
    if (finding.kind === 'orphan') await ec2.terminate([finding.instanceId]);
    else if (finding.kind === 'dead-node') await kubernetes.deleteNode(finding.node);
    else await kubernetes.unmarkNode(finding.node, finding.operation);
  }
}
