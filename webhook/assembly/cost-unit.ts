import type { ClusterConfig } from '../config';
import { EndMemory } from '../cost/end-memory';
import type { MeterReading } from '../cost/meter';
import { spentBy } from '../cost/month-sums';
import { monthOf } from '../cost/months';
import { rankOfferings, sayOffering, type PricedOffering } from '../cost/offerings';
import { staticFleetOf } from '../cost/static-fleet';
import { faultOf } from '../errors';
import type { MonthCost } from '../model/month-cost';
import { costNow, type CostNow } from '../cost/cost-now';
import { costPerRequest, type CostPerRequest } from '../cost/cost-per-request';
import { ON_DEMAND_TABLE } from '../cost/on-demand-table';
import { priceBook } from '../cost/price-book';
import { poolInstances } from '../decision/counting';
import type { CompleteObservation, Observation } from '../model/observation';
import type { LaunchPolicy, PoolKey, PoolPolicy, ServiceTimings } from '../model/pool';
import type { PriceBook } from '../model/price';
import type { Spending } from '../model/spending';
import type { RequestRatePort, StorePort } from '../ports';
import { CostKeeper } from './cost-keeper';
import { RequestRateWatch } from './request-rate-watch';
import { SpotPriceWatch, type SpotPriceWatchDeps } from './spot-price-watch';
import { Ticker } from './ticker';

/** How long a decision waits for what is read first, milliseconds. Protocol, not scaled. */
const PATIENCE = 10_000;

export interface CostUnitDeps extends SpotPriceWatchDeps {
  readonly config: Pick<ClusterConfig, 'ec2' | 'prices' | 'pools'>;
  readonly timings: Pick<ServiceTimings, 'costInterval' | 'confirmGone'>;
  readonly store: Pick<StorePort, 'readCost' | 'putCost'>;
  readonly requestRates?: RequestRatePort;
  /** This replica counts for all. */
  readonly counts: () => boolean;
  /** The newest one, whatever its age. */
  readonly observation: () => Observation | null;
}

/** What people are shown of the cost of a pool. */
export interface PoolCost {
  /** Null while EC2 or K3s cannot be read. */
  readonly now: CostNow | null;
  /** As counted last; null when nothing was counted yet. */
  readonly month: MonthCost | null;
  /** Null: no query says how many requests the pool serves. */
  readonly perRequest: CostPerRequest | null;
}

/** What one cluster costs: its prices, read from time to time and by nobody's request. */
export class CostUnit {
  private readonly spot: SpotPriceWatch;
  private readonly rates: RequestRateWatch;
  private readonly ticker: Ticker;
  private readonly keeper: CostKeeper;
  private readonly ends = new EndMemory();
  private readonly stopping = new AbortController();
  /** Prices and months were read once, or cannot be read that soon. */
  private begun: Promise<unknown> = Promise.resolve();
  private onBegun: () => void = () => undefined;
  private readonly months = new Map<string, MonthCost | null>();
  private book: PriceBook;
  /** The cheapest offering of each pool, worked out when prices change: every look asks. */
  private cheapest: ReadonlyMap<string, PricedOffering> = new Map();
  private cheapestOnDemand: ReadonlyMap<string, PricedOffering> = new Map();

  constructor(private readonly deps: CostUnitDeps) {
    this.spot = new SpotPriceWatch(deps);
    this.rates = new RequestRateWatch({ ...deps, pools: deps.config.pools, interval: deps.timings.costInterval });
    this.keeper = new CostKeeper(deps.store);
    this.book = this.readPrices();
    this.ticker = new Ticker(deps.clock, deps.timings.costInterval, () => this.tick());
  }

  start(): void {
    const read = new Promise<void>((resolve) => {
      this.onBegun = resolve;
    });
    this.begun = Promise.race([read, this.deps.clock.sleep(PATIENCE, this.stopping.signal)]);
    this.ticker.start();
    this.rates.start();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.all([this.ticker.stop(), this.rates.stop()]);
  }

  get prices(): PriceBook {
    return this.book;
  }

  /** How old the spot prices are, and why. */
  get spotStanding(): SpotPriceWatch['standing'] {
    return this.spot.standing;
  }

  of(pool: string): PoolCost {
    const seen = this.deps.observation();
    const instances = seen?.complete ? poolInstances({ cluster: this.deps.cluster, pool }, seen) : null;
    const now = instances && costNow(instances, this.book);
    const rate = this.rates.of(pool);
    return { now, month: this.months.get(pool) ?? null, perRequest: rate && costPerRequest(now, rate) };
  }

  /** Null while EC2 or K3s cannot be read. */
  spending(pool: string): Spending | null {
    const { now, month } = this.of(pool);
    const cheapest = this.cheapest.get(pool);
    if (!now || !cheapest) return null;
    const at = this.deps.clock.now();
    const isCounted = month?.month === monthOf(at);
    return {
      perHour: now.dollarsPerHour,
      unpriced: now.unpriced,
      nextNode: cheapest.dollarsPerHour,
      cheapest: sayOffering(cheapest),
      nextOnDemand: this.cheapestOnDemand.get(pool)?.dollarsPerHour ?? null,
      month: isCounted ? spentBy(month, now, at) : null,
    };
  }

  /** For a decision: right after the start a budget is not held against prices and months that are just being read. */
  async spendingAtLast(pool: string): Promise<Spending | null> {
    if (this.deps.config.pools[pool]?.budget !== undefined) await this.begun;
    return this.spending(pool);
  }

  /** Of every look: what ends between two of them ended then. */
  see(seen: Observation | null): void {
    if (seen?.complete) this.ends.see(seen);
  }

  private async tick(): Promise<void> {
    const pools = Object.entries(this.deps.config.pools);
    const isFirst = this.months.size === 0;
    await Promise.all([
      this.spot.read(this.types()),
      ...(isFirst ? pools.map(([pool]) => this.note(pool, (key) => this.read(key))) : []),
    ]);
    this.book = this.readPrices();
    this.onBegun();
    await Promise.all(pools.map(([pool, policy]) => this.note(pool, (key) => this.count(key, policy))));
  }

  private count(key: PoolKey, policy: PoolPolicy): Promise<MonthCost | null> {
    const seen = this.deps.observation();
    return this.deps.counts() && seen?.complete ? this.countSeen(key, policy, seen) : this.read(key);
  }

  /** What is not counted now is counted by the next one. */
  private async note(pool: string, month: (key: PoolKey) => Promise<MonthCost | null>): Promise<void> {
    const { cluster, log } = this.deps;
    const key = { cluster, pool };
    try {
      this.months.set(pool, await month(key));
    } catch (error) {
      log.warn({ ...key, fault: faultOf(error) }, 'could not count the cost of the month');
    }
  }

  /** A little behind: by then EC2 shows everything that was launched, and when it ended. */
  private countSeen(key: PoolKey, policy: PoolPolicy, seen: CompleteObservation): Promise<MonthCost> {
    this.ends.see(seen);
    const lives = poolInstances(key, seen).map((instance) => ({
      instance,
      launchedAt: instance.launchedAt,
      endedAt: this.ends.endOf(instance),
    }));
    const staticFleet = staticFleetOf(policy, this.book);
    const reading: MeterReading = { lives, seenAt: seen.at, book: this.book, staticFleet };
    return this.keeper.count(key, seen.at - this.deps.timings.confirmGone, reading);
  }

  private read(key: PoolKey): Promise<MonthCost | null> {
    return this.deps.store.readCost(key, monthOf(this.deps.clock.now()));
  }

  /** What pools may launch, and what they have from the time before their configuration changed. */
  private types(): readonly string[] {
    const { config, observation } = this.deps;
    const seen = observation();
    const configured = Object.values(config.pools).flatMap(({ launch }) => launch.instanceTypes);
    const running = seen?.complete ? seen.instances.map(({ type }) => type) : [];
    return [...new Set([...configured, ...running])];
  }

  private readPrices(): PriceBook {
    const { ec2, prices, pools } = this.deps.config;
    const book = priceBook(ec2.region, ON_DEMAND_TABLE, this.spot.prices, prices);
    const launches = Object.entries(pools).map(([pool, { launch }]) => [pool, launch] as const);
    this.cheapest = cheapestOf(launches, book);
    const onDemand = launches.map(([pool, launch]) => [pool, { ...launch, capacity: 'on-demand' }] as const);
    this.cheapestOnDemand = cheapestOf(onDemand, book);
    return book;
  }
}

function cheapestOf(
  launches: readonly (readonly [string, LaunchPolicy])[],
  book: PriceBook,
): ReadonlyMap<string, PricedOffering> {
  const first = launches.map(([pool, launch]) => [pool, rankOfferings(book, launch)[0]] as const);
  return new Map(first.flatMap(([pool, offering]) => (offering ? [[pool, offering] as const] : [])));
}
