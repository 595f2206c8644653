import { Heard } from '../alertmanager/heard';
import { levelOf } from '../alertmanager/level';
import { Coalesced } from '../evaluation/coalesced';
import { offeringPrice } from '../cost/offering-price';
import { Observer } from '../evaluation/observer';
import { faultOf, type Fault } from '../errors';
import type { ClusterConfig } from '../config';
import type { Signals } from '../model/alert';
import type { ServiceTimings } from '../model/pool';
import type {
  AlertmanagerPort,
  Clock,
  Ec2Port,
  EventsPort,
  Ids,
  KubernetesPort,
  PreflightPort,
  RequestRatePort,
  StorePort,
} from '../ports';
import { bothEvents } from '../runner/both-events';
import type { OperationEvents } from '../runner/events';
import type { SweepReport } from '../sweep/sweep-report';
import { Sweeper } from '../sweep/sweeper';
import { preflightRegion } from '../preflight/preflight-region';
import { drainEvents } from '../telemetry/drain-events';
import type { Logger } from '../telemetry/logger';
import { CostUnit } from './cost-unit';
import { degradedParts } from './degraded-parts';
import { Lease } from './lease';
import { PoolUnit, type PoolUnitDeps } from './pool-unit';
import { PreflightWatch } from './preflight-watch';
import { Ticker } from './ticker';
import { TroubleLog, type Trouble } from './trouble-log';

/** The world of one cluster. */
export interface ClusterPorts {
  readonly alertmanager: AlertmanagerPort;
  readonly ec2: Ec2Port;
  readonly kubernetes: KubernetesPort;
  /** Absent: people see drains in the log and the history only. */
  readonly kubernetesEvents?: EventsPort;
  /** Absent: nothing is checked before it is needed. */
  readonly preflight?: PreflightPort;
  /** Absent: nobody is asked how many requests the pools serve. */
  readonly requestRates?: RequestRatePort;
}

export interface ClusterUnitDeps extends ClusterPorts, Pick<PoolUnitDeps, 'events' | 'onDecision' | 'onLook'> {
  readonly name: string;
  readonly config: ClusterConfig;
  /** True when no other cluster is configured: alerts without the label `cluster` are its. */
  readonly isOnly: boolean;
  readonly timings: ServiceTimings;
  readonly store: StorePort;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly owner: string;
  readonly ownerLease: number;
  /** Every sweep that could look, with what it did. */
  readonly onSweep: (cluster: string, report: SweepReport) => void;
  readonly log: Logger;
}

/** A lease outlives this many missed renewals. */
const MISSED_RENEWALS = 3;

/** One cluster: its pools share the observation, the level and the timer; whoever holds the lease sweeps. */
export class ClusterUnit {
  readonly heard: Heard;
  readonly pools: ReadonlyMap<string, PoolUnit>;
  readonly cost: CostUnit;
  private readonly observer: Observer;
  /** A thousand pools that look at the same time would each read and understand the alerts of all of them. */
  private readonly level = new Coalesced(() => this.readLevel());
  private readonly lease: Lease;
  private readonly sweeper: Sweeper;
  private readonly ticker: Ticker;
  private readonly troubles: TroubleLog;
  private readonly preflight: PreflightWatch | null;
  private lastSignals: Signals | null = null;
  private alertmanagerFaults: readonly Fault[] = [];
  private lastSweep: SweepReport | null = null;

  constructor(private readonly deps: ClusterUnitDeps) {
    const { name, timings, clock } = deps;
    this.heard = new Heard(timings.heardFor);
    this.observer = new Observer({ ...deps, cluster: name });
    this.lease = new Lease({ ...deps, cluster: name, duration: timings.evaluationInterval * MISSED_RENEWALS });
    this.cost = new CostUnit({
      ...deps,
      cluster: name,
      observation: () => this.observer.latest(),
      counts: () => this.lease.isHeld(),
    });
    this.pools = new Map(Object.keys(deps.config.pools).map((pool) => [pool, this.makePool(pool)]));
    this.sweeper = new Sweeper({
      ...deps,
      cluster: name,
      pools: new Map(Object.entries(deps.config.pools)),
      observer: this.observer,
      lease: this.lease,
      onReport: (report) => {
        this.lastSweep = report;
        deps.onSweep(name, report);
      },
    });
    this.troubles = new TroubleLog(name, deps.log);
    this.preflight = this.makePreflight();
    this.ticker = new Ticker(clock, timings.evaluationInterval, () => this.tick());
  }

  start(): void {
    this.ticker.start();
    this.preflight?.start();
    this.cost.start();
  }

  async stop(): Promise<void> {
    this.preflight?.stop();
    await Promise.all([this.ticker.stop(), this.cost.stop(), ...[...this.pools.values()].map((pool) => pool.stop())]);
    await this.lease.release();
  }

  /** The level, as the Alertmanagers gave it to a reading that began after this call. Never rejects. */
  signals(): Promise<Signals> {
    return this.level.run();
  }

  private async readLevel(): Promise<Signals> {
    const answers = await this.deps.alertmanager.read();
    const now = this.deps.clock.now();
    this.alertmanagerFaults = answers.flatMap((it) => (it.ok ? [] : [it.fault]));
    this.lastSignals = levelOf({
      now,
      cluster: this.deps.name,
      onlyCluster: this.deps.isOnly ? this.deps.name : null,
      heard: this.heard.all(now),
      answered: answers.flatMap((it) => (it.ok ? [it.level] : [])),
      silent: this.alertmanagerFaults.length,
      watchdogFresh: this.deps.timings.watchdogFresh,
    });
    return this.lastSignals;
  }

  /** What was last seen and found, for displays. */
  get latest() {
    return {
      signals: this.lastSignals,
      observation: this.observer.latest(),
      sweep: this.lastSweep,
      alertmanagerFaults: this.alertmanagerFaults,
      preflight: this.preflight?.findings ?? [],
    };
  }

  private makePreflight(): PreflightWatch | null {
    const { name, config, ec2, preflight, clock, log } = this.deps;
    if (!preflight) return null;
    return new PreflightWatch({
      cluster: name,
      check: () => preflightRegion(name, config.pools, { ec2, preflight }),
      clock,
      log,
    });
  }

  private operationEvents(): OperationEvents {
    const { events, kubernetesEvents, clock } = this.deps;
    if (!kubernetesEvents) return events;
    const priceOf = (instanceId: string) => this.priceOf(instanceId);
    return bothEvents(events, drainEvents({ events: kubernetesEvents, clock, priceOf }));
  }

  private priceOf(instanceId: string): number | null {
    const seen = this.observer.latest();
    const instance = seen?.complete ? seen.instances.find(({ id }) => id === instanceId) : undefined;
    if (!instance) return null;
    const { type: instanceType, zone, lifecycle: capacity } = instance;
    return offeringPrice(this.cost.prices, { instanceType, zone, capacity });
  }

  private makePool(pool: string): PoolUnit {
    const policy = this.deps.config.pools[pool];
    if (!policy) throw new Error(`pool ${pool} is not configured`);
    return new PoolUnit({
      ...this.deps,
      events: this.operationEvents(),
      key: { cluster: this.deps.name, pool },
      policy,
      observer: this.observer,
      signals: () => this.signals(),
      spending: () => this.cost.spendingAtLast(pool),
      prices: () => this.cost.prices,
      keepsMinimum: () => this.lease.isHeld(),
    });
  }

  /** Every 15 s: what no post and no closing operation made us look at. */
  private async tick(): Promise<void> {
    const holder = await this.lease.renew();
    const looks = [...this.pools.values()].map((pool) => pool.evaluate());
    const outcomes = await Promise.allSettled([...looks, ...(holder ? [this.sweeper.sweep()] : [])]);
    // Whoever sweeps now tells what is found; an old report of ours would stand for ever.
    if (!holder) this.lastSweep = null;
    this.cost.see(this.observer.latest());
    const failed = outcomes.flatMap((it) => (it.status === 'rejected' ? [troubleOf(it.reason)] : []));
    this.troubles.note([...failed, ...degradedParts(this)]);
  }
}

function troubleOf(reason: unknown): Trouble {
  const fault = faultOf(reason);
  return { part: fault.code.split('-')[0] ?? fault.code, ...fault };
}
