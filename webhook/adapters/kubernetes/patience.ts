import { SmartScaleError } from '../../errors';
import { refusalOf } from './refusal';

/** Longest that a Retry-After is believed, milliseconds: a proxy's hour must not blind us for an hour. */
const LONGEST = 30_000;

/** Honours Retry-After: until then nothing more is sent, and whoever asks hears so at once. Its loops may ask as they like. */
export class Patience {
  private until = 0;
  private words = '';

  /** `now`: epoch milliseconds. */
  constructor(private readonly now: () => number) {}

  async call<T>(call: () => Promise<T>): Promise<T> {
    const left = this.until - this.now();
    if (left > 0) {
      const message = `not asked: the API server wants to be left alone for another ${Math.ceil(left / 1000)} s (${this.words})`;
      throw new SmartScaleError('kubernetes-unreachable', message);
    }
    try {
      return await call();
    } catch (error) {
      this.note(error);
      throw error;
    }
  }

  private note(error: unknown): void {
    const refusal = refusalOf(error);
    if (!refusal?.retryAfterMs) return;
    this.until = this.now() + Math.min(LONGEST, refusal.retryAfterMs);
    this.words = `${refusal.status} ${refusal.message}`;
  }
}
