import { faultOf, type Fault } from '../errors';
import type { SpotPrice } from '../model/price';
import type { Clock, Ec2Port } from '../ports';
import type { Logger } from '../telemetry/logger';
import { TroubleLog } from './trouble-log';

export interface SpotPriceWatchDeps {
  readonly cluster: string;
  readonly ec2: Pick<Ec2Port, 'spotPrices'>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The spot prices of a region as EC2 last told them: while it does not answer they stand, and say how old they are. */
export class SpotPriceWatch {
  private readonly troubles: TroubleLog;
  private known: readonly SpotPrice[] = [];
  private readAt: number | null = null;
  private failure: Fault | null = null;

  constructor(private readonly deps: SpotPriceWatchDeps) {
    this.troubles = new TroubleLog(deps.cluster, deps.log);
  }

  get prices(): readonly SpotPrice[] {
    return this.known;
  }

  /** When they were last read (epoch milliseconds, null: never), and why they could not be read since. */
  get standing(): { readonly readAt: number | null; readonly fault: Fault | null } {
    return { readAt: this.readAt, fault: this.failure };
  }

  /** Never rejects. */
  async read(types: readonly string[]): Promise<void> {
    const at = this.deps.clock.now();
    try {
      this.known = await this.deps.ec2.spotPrices(types, at);
      this.readAt = at;
      this.failure = null;
    } catch (error) {
      this.failure = faultOf(error);
    }
    this.troubles.note(this.failure ? [{ part: 'spot prices', ...this.failure }] : []);
  }
}
