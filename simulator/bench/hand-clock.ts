import type { Clock } from '../../webhook/ports';

/** Stands still until it is told to go on; then everybody wakes whose time has come. */
export class HandClock implements Clock {
  private readonly sleepers = new Map<() => void, number>();

  constructor(private time: number) {}

  now(): number {
    return this.time;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        this.sleepers.delete(wake);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      this.sleepers.set(wake, this.time + ms);
      signal?.addEventListener('abort', wake);
    });
  }

  goOn(ms: number): void {
    this.time += ms;
    for (const [wake, until] of [...this.sleepers]) if (until <= this.time) wake();
  }
}
