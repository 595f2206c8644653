import { SmartScaleError } from '../../webhook/errors';
import type { RequestRatePort } from '../../webhook/ports';

/** A Prometheus that is asked how many requests pools serve. */
export class FakeRequestRates implements RequestRatePort {
  /** `hangs`: it never answers. */
  answer: number | SmartScaleError | 'hangs' = new SmartScaleError('request-rate-unknown', 'the query gives no series');
  readonly asked: string[] = [];

  perSecond(pool: string): Promise<number> {
    this.asked.push(pool);
    if (this.answer === 'hangs') return new Promise(() => undefined);
    return this.answer instanceof SmartScaleError ? Promise.reject(this.answer) : Promise.resolve(this.answer);
  }
}
