import type { Lease } from '../assembly/lease';
import type { Logger } from '../telemetry/logger';
import { faultOf } from '../errors';
import type { Observer } from '../evaluation/observer';
import type { CompleteObservation, Instance } from '../model/observation';
import type { PoolPolicy, ServiceTimings } from '../model/pool';
import type { Clock, Ec2Port, KubernetesPort, StorePort } from '../ports';
import {
  findings,
  isHarmless,
  isPlausible,
  restsOnAbsence,
  suspectedDead,
  type Finding,
  type SweptPool,
} from './findings';
import { Suspects } from './suspects';
import { SweepHistory } from './sweep-history';
import type { SweepReport } from './sweep-report';
import { contradiction, noWitness } from './unvouched';
import { vouch, witnesses, type Voucher } from './vouching';
import { WorkerMemory } from './worker-memory';

export interface SweeperDeps {
  readonly cluster: string;
  /** Every configured pool of the cluster; those in dry run are looked at, never touched. */
  readonly pools: ReadonlyMap<string, PoolPolicy>;
  readonly timings: ServiceTimings;
  readonly store: Pick<StorePort, 'readPool' | 'hasJoined' | 'putJoined' | 'appendHistory'>;
  readonly observer: Pick<Observer, 'observe'>;
  readonly ec2: Pick<Ec2Port, 'describeInstances' | 'terminate'>;
  readonly kubernetes: Pick<KubernetesPort, 'unmarkNode' | 'admitNode' | 'deleteNode'>;
  /** Held when a sweep begins; it may run out meanwhile. */
  readonly lease: Pick<Lease, 'isHeld' | 'renew'>;
  readonly clock: Clock;
  readonly onReport: (report: SweepReport) => void;
  readonly log: Logger;
}

/** Ends what belongs to no operation: only the holder of the cluster's lease runs it. */
export class Sweeper {
  private readonly suspects = new Suspects();
  private readonly history: SweepHistory;
  private readonly memory: WorkerMemory;
  private readonly touchable: ReadonlySet<string>;

  constructor(private readonly deps: SweeperDeps) {
    const { cluster, pools, store, clock } = deps;
    this.history = new SweepHistory({ ...deps, pools: [...pools.keys()] });
    this.memory = new WorkerMemory(cluster, store, clock);
    this.touchable = new Set([...pools].flatMap(([name, { dryRun }]) => (dryRun ? [] : [name])));
  }

  /** One sweep. Does nothing on an incomplete observation. */
  async sweep(): Promise<SweepReport | null> {
    const { observer, timings, cluster, clock, lease, onReport } = this.deps;
    const seen = await observer.observe({ maxAge: timings.observationMaxAge });
    if (!seen.complete) return null;
    // Read after the observation: an operation accepted in between is known before its marks could look stale.
    const pools = await this.pools();
    await this.memory.remember(seen, this.touchable);
    const asked = await this.ask(seen, pools);
    const voucher = vouch(seen, new Map([...seen.instances.map((it) => [it.id, it] as const), ...asked]));
    const found = findings({ cluster, seen, pools, asked, now: clock.now() });
    const report = await this.judge(found, seen, voucher);
    // Whoever slept through the end of the lease tells nothing: who sweeps by now has told of it already.
    if (!lease.isHeld() && !(await lease.renew())) return null;
    await this.history.note(report);
    onReport(report);
    return report;
  }

  private async pools(): Promise<ReadonlyMap<string, SweptPool>> {
    const { cluster, pools, store, timings } = this.deps;
    const read = [...pools].map(async ([pool, { deadline }]) => {
      const state = await store.readPool({ cluster, pool });
      return [pool, { state, orphanAge: deadline.join + timings.orphanGrace }] as const;
    });
    return new Map(await Promise.all(read));
  }

  /** By id: whose end is suspected, and whose life proves that we look at the right EC2. */
  private async ask(
    seen: CompleteObservation,
    pools: ReadonlyMap<string, SweptPool>,
  ): Promise<ReadonlyMap<string, Instance>> {
    const listed = new Set(seen.instances.map((it) => it.id));
    const unlisted = witnesses(seen).filter(({ instanceId }) => !listed.has(instanceId ?? ''));
    const ids = [...suspectedDead({ seen, pools }), ...unlisted].flatMap(({ instanceId }) => instanceId ?? []);
    const answer = ids.length === 0 ? [] : await this.deps.ec2.describeInstances(ids);
    return new Map(answer.map((it) => [it.id, it]));
  }

  private judge(found: readonly Finding[], seen: CompleteObservation, voucher: Voucher): Promise<SweepReport> {
    if (voucher.kind === 'contradicted') {
      // What was suspected on such a view has to be suspected anew.
      this.suspects.confirmed([], seen, this.deps.timings.confirmGone);
      const unvouched = contradiction(voucher.unknown, found);
      return Promise.resolve({ at: this.deps.clock.now(), removed: [], reported: [], refused: [], unvouched });
    }
    const confirmed = new Set(this.suspects.confirmed(found, seen, this.deps.timings.confirmGone));
    const due = found.filter((finding) => isHarmless(finding) || confirmed.has(finding));
    return this.act(due, seen, voucher.kind === 'unproven');
  }

  private async act(due: readonly Finding[], seen: CompleteObservation, unproven: boolean): Promise<SweepReport> {
    const touchable: Finding[] = [];
    const reported: Finding[] = [];
    for (const finding of due) ((await this.mayTouch(finding)) ? touchable : reported).push(finding);
    const heldBack = touchable.filter((finding) => unproven && restsOnAbsence(finding));
    const proven = touchable.filter((finding) => !heldBack.includes(finding));
    const refused = this.implausible(proven, seen);
    const refusedPools = new Set(refused.map(({ pool }) => pool));
    const removed = await this.removeAll(proven.filter(({ pool }) => !refusedPools.has(pool)));
    const unvouched = heldBack.length > 0 ? noWitness(heldBack) : null;
    return { at: this.deps.clock.now(), removed, reported, refused, unvouched };
  }

  /** Pools that would lose too much at once. Undoing marks takes nothing away and does not count. */
  private implausible(touchable: readonly Finding[], seen: CompleteObservation): SweepReport['refused'] {
    return [...this.deps.pools.keys()].flatMap((pool) => {
      const removals = touchable.filter((it) => it.pool === pool && !isHarmless(it)).length;
      const size = seen.nodes.filter((node) => node.pool === pool).length;
      return isPlausible(removals, size) ? [] : [{ pool, removals, size }];
    });
  }

  private async mayTouch(finding: Finding): Promise<boolean> {
    const { store, cluster } = this.deps;
    if (!this.touchable.has(finding.pool)) return false;
    if (finding.kind !== 'orphan') return true;
    return !(await store.hasJoined({ cluster, pool: finding.pool }, finding.instanceId));
  }

  /** Whoever slept through the end of the lease knows nothing of what was done since, and stops. */
  private async removeAll(due: readonly Finding[]): Promise<readonly Finding[]> {
    const removed: Finding[] = [];
    for (const finding of due) {
      if (!this.deps.lease.isHeld()) break;
      if (await this.remove(finding)) removed.push(finding);
    }
    return removed;
  }

  /** Whether it was this call that did it. A failure leaves the finding for the next sweep. */
  private async remove(finding: Finding): Promise<boolean> {
    const { log, cluster } = this.deps;
    const about = { cluster, pool: finding.pool, finding: finding.kind, what: finding.id };
    try {
      const done = await this.undo(finding);
      if (done) log.warn(about, 'swept away');
      return done;
    } catch (error) {
      log.warn({ ...about, fault: faultOf(error) }, 'could not sweep');
      return false;
    }
  }

  private async undo(finding: Finding): Promise<boolean> {
    const { ec2, kubernetes } = this.deps;
    if (finding.kind === 'dead-node') return (await kubernetes.deleteNode(finding.node)) === 'deleted';
    if (finding.kind === 'stale-mark') {
      return (await kubernetes.unmarkNode(finding.node, finding.operation)) === 'unmarked';
    }
    if (finding.kind === 'startup-taint') return (await kubernetes.admitNode(finding.node)) === 'admitted';
    await ec2.terminate([finding.instanceId]);
    return true;
  }
}
