import type { RequestRate } from '../cost/cost-per-request';
import { faultOf } from '../errors';
import type { PoolPolicy } from '../model/pool';
import type { Clock, RequestRatePort } from '../ports';
import type { Logger } from '../telemetry/logger';
import { Ticker } from './ticker';
import { TroubleLog } from './trouble-log';

export interface RequestRateWatchDeps {
  readonly cluster: string;
  readonly pools: Readonly<Record<string, Pick<PoolPolicy, 'requestRate'>>>;
  /** Absent: no pool is asked about. */
  readonly requestRates?: RequestRatePort;
  readonly interval: number;
  readonly clock: Clock;
  readonly log: Logger;
}

const NOT_READ: RequestRate = { known: false, because: 'Prometheus has not been asked yet' };

/** How many requests the pools serve, as Prometheus told last: read on a timer of its own, so that nobody waits for it. */
export class RequestRateWatch {
  private readonly ticker: Ticker;
  private readonly rates = new Map<string, RequestRate>();
  private readonly troubles: ReadonlyMap<string, TroubleLog>;

  constructor(private readonly deps: RequestRateWatchDeps) {
    const asked = Object.entries(deps.pools).filter(([, { requestRate }]) => requestRate !== undefined);
    this.troubles = new Map(asked.map(([pool]) => [pool, new TroubleLog(deps.cluster, deps.log)]));
    this.ticker = new Ticker(deps.clock, deps.interval, () => this.read());
  }

  start(): void {
    if (this.deps.requestRates && this.troubles.size > 0) this.ticker.start();
  }

  async stop(): Promise<void> {
    await this.ticker.stop();
  }

  /** Null: no query is configured for the pool. */
  of(pool: string): RequestRate | null {
    return this.troubles.has(pool) ? (this.rates.get(pool) ?? NOT_READ) : null;
  }

  /** Never rejects. What was known and is not any more is unknown: an old rate beside a new price would be no cost. */
  async read(): Promise<void> {
    await Promise.all([...this.troubles].map(([pool, troubles]) => this.readOne(pool, troubles)));
  }

  private async readOne(pool: string, troubles: TroubleLog): Promise<void> {
    const { requestRates, clock } = this.deps;
    if (!requestRates) return;
    try {
      const perSecond = await requestRates.perSecond(pool);
      this.rates.set(pool, { known: true, perSecond, at: clock.now() });
      troubles.note([]);
    } catch (error) {
      const fault = faultOf(error);
      this.rates.set(pool, { known: false, because: fault.message });
      troubles.note([{ part: `request rate of ${pool}`, ...fault }]);
    }
  }
}
