import type { ClusterConfig } from '../config';
import { costNow, type CostNow } from '../cost/cost-now';
import { ON_DEMAND_TABLE } from '../cost/on-demand-table';
import { priceBook } from '../cost/price-book';
import { poolInstances } from '../decision/counting';
import type { Observation } from '../model/observation';
import type { ServiceTimings } from '../model/pool';
import type { PriceBook } from '../model/price';
import { SpotPriceWatch, type SpotPriceWatchDeps } from './spot-price-watch';
import { Ticker } from './ticker';

export interface CostUnitDeps extends SpotPriceWatchDeps {
  readonly config: Pick<ClusterConfig, 'ec2' | 'prices' | 'pools'>;
  readonly timings: Pick<ServiceTimings, 'costInterval'>;
  /** The newest one, whatever its age. */
  readonly observation: () => Observation | null;
}

/** What people are shown of the cost of a pool. */
export interface PoolCost {
  /** Null while EC2 or K3s cannot be read. */
  readonly now: CostNow | null;
}

/** What one cluster costs: its prices, read from time to time and by nobody's request. */
export class CostUnit {
  private readonly spot: SpotPriceWatch;
  private readonly ticker: Ticker;
  private book: PriceBook;

  constructor(private readonly deps: CostUnitDeps) {
    this.spot = new SpotPriceWatch(deps);
    this.book = this.makeBook();
    this.ticker = new Ticker(deps.clock, deps.timings.costInterval, () => this.tick());
  }

  start(): void {
    this.ticker.start();
  }

  async stop(): Promise<void> {
    await this.ticker.stop();
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
    return { now: instances && costNow(instances, this.book) };
  }

  private async tick(): Promise<void> {
    await this.spot.read(this.types());
    this.book = this.makeBook();
  }

  /** What pools may launch, and what they have from the time before their configuration changed. */
  private types(): readonly string[] {
    const { config, observation } = this.deps;
    const seen = observation();
    const configured = Object.values(config.pools).flatMap(({ launch }) => launch.instanceTypes);
    const running = seen?.complete ? seen.instances.map(({ type }) => type) : [];
    return [...new Set([...configured, ...running])];
  }

  private makeBook(): PriceBook {
    const { ec2, prices } = this.deps.config;
    return priceBook(ec2.region, ON_DEMAND_TABLE, this.spot.prices, prices);
  }
}
