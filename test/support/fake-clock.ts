import type { Clock } from '../../webhook/ports';
import { NOW } from './builders';

interface Sleeper {
  readonly until: number;
  readonly wake: () => void;
}

/** A clock that stands still until it is told to go on. Between two moves every promise that can go on has gone on. */
export class FakeClock implements Clock {
  private readonly sleepers = new Set<Sleeper>();
  private readonly followers: (() => void)[] = [];

  constructor(private time = NOW) {}

  now(): number {
    return this.time;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        this.sleepers.delete(sleeper);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const sleeper = { until: this.time + ms, wake };
      this.sleepers.add(sleeper);
      signal?.addEventListener('abort', wake);
    });
  }

  /** How many timers run. */
  get sleeping(): number {
    return this.sleepers.size;
  }

  /** Called after every move: for worlds in which something happens by itself. */
  onMove(follower: () => void): void {
    this.followers.push(follower);
  }

  /** Moves on, waking sleepers at their time and in their order. */
  async advance(ms: number): Promise<void> {
    const target = this.time + ms;
    await settled();
    for (let next = this.earliest(target); next; next = this.earliest(target)) {
      this.moveTo(next.until);
      next.wake();
      await settled();
    }
    this.moveTo(target);
    await settled();
  }

  /** Moves from sleeper to sleeper until the condition holds; throws after `limit` milliseconds of this clock. */
  async runUntil(condition: () => boolean, limit = 3_600_000): Promise<void> {
    const end = this.time + limit;
    await settled();
    while (!condition()) {
      const next = this.earliest(end);
      if (!next) throw new Error(`it did not happen within ${limit} ms of the fake clock`);
      this.moveTo(next.until);
      next.wake();
      await settled();
    }
  }

  private moveTo(time: number): void {
    this.time = Math.max(this.time, time);
    for (const follower of this.followers) follower();
  }

  private earliest(limit: number): Sleeper | undefined {
    return [...this.sleepers].filter(({ until }) => until <= limit).sort((a, b) => a.until - b.until)[0];
  }
}

/** Everything that waits for nothing but promises has gone as far as it can: a macrotask runs after all of them. */
export async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

/** Ids that count: op0000000001, op0000000002 ... */
export function countingIds(prefix = 'op'): { next(): string } {
  let serial = 0;
  return { next: () => `${prefix}${String(++serial).padStart(10, '0')}` };
}
