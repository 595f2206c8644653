import type { Clock } from '../ports';

/** Calls `work` at once and then every `interval` milliseconds, never two at a time, until stopped. `work` must not reject. */
export class Ticker {
  private readonly stopping = new AbortController();
  private run: Promise<void> = Promise.resolve();

  constructor(
    private readonly clock: Clock,
    private readonly interval: number,
    private readonly work: () => Promise<void>,
  ) {}

  start(): void {
    this.run = this.loop();
  }

  /** Resolves when the work under way has ended. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.run;
  }

  private async loop(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      await this.work();
      await this.clock.sleep(this.interval, this.stopping.signal);
    }
  }
}
