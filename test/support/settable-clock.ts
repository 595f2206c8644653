import type { Clock } from '../../webhook/ports';

/** The clock of one machine: it may be wrong, and be set. Its timers run as they should, as those of a system do. */
export class SettableClock implements Clock {
  private ahead = 0;

  constructor(private readonly right: Clock) {}

  now(): number {
    return this.right.now() + this.ahead;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return this.right.sleep(ms, signal);
  }

  /** Sets it by so many milliseconds, forward or back. */
  jump(ms: number): void {
    this.ahead += ms;
  }
}
