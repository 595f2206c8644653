import type { Clock, RedisPort } from '../ports';
import type { Logger } from '../telemetry/logger';
import type { AnswerMemoryDeps } from './answer-memory';
import { Ticker } from './ticker';
import { TroubleLog, type Trouble } from './trouble-log';

/** How often it is asked whether it is of use. Protocol, not scaled. Milliseconds. */
const EVERY = 5000;

/** Notices that Redis is away, or back, also while nobody posts: a connection that hears nothing looks healthy for ever. */
export class RedisWatch {
  private readonly ticker: Ticker;
  private readonly troubles: TroubleLog;

  constructor(
    private readonly redis: Pick<RedisPort, 'check' | 'fault'>,
    private readonly deps: {
      readonly clock: Clock;
      readonly onRequest: AnswerMemoryDeps['onRequest'];
      readonly log: Logger;
    },
  ) {
    this.troubles = new TroubleLog(null, deps.log);
    this.ticker = new Ticker(deps.clock, EVERY, () => this.check());
  }

  start(): void {
    this.ticker.start();
  }

  stop(): Promise<void> {
    return this.ticker.stop();
  }

  private async check(): Promise<void> {
    this.deps.onRequest('check', await this.redis.check());
    this.troubles.note(redisTroubles(this.redis));
  }
}

/** For /readyz and the log. */
export function redisTroubles({ fault }: Pick<RedisPort, 'fault'>): readonly Trouble[] {
  return fault === null ? [] : [{ part: 'redis', ...fault }];
}
