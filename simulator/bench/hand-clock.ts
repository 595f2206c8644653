import type { Clock } from '../../webhook/ports';

/** Stands still until it is told to go on; then everybody who sleeps wakes. */
export class HandClock implements Clock {
  private readonly sleepers = new Set<() => void>();
  private arrived: () => void = () => undefined;

  constructor(private time: number) {}

  now(): number {
    return this.time;
  }

  sleep(_ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        this.sleepers.delete(wake);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      this.sleepers.add(wake);
      signal?.addEventListener('abort', wake);
      this.arrived();
    });
  }

  goOn(ms: number): void {
    this.time += ms;
    for (const wake of [...this.sleepers]) wake();
  }

  /** Resolves when so many sleep. */
  async asleep(count: number): Promise<void> {
    while (this.sleepers.size < count) {
      await new Promise<void>((resolve) => {
        this.arrived = resolve;
      });
    }
  }
}
