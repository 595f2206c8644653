import type { Clock } from '../../../webhook/ports';

interface Sleeper {
  readonly until: number;
  readonly order: number;
  readonly wake: () => void;
  awake: boolean;
}

/**
 * Time that passes from sleeper to sleeper, as fast as the machine can. Between two of them everything that can go on has
 * gone on, so that a history is the same each time.
 */
export class VirtualClock implements Clock {
  private readonly heap: Sleeper[] = [];
  private order = 0;
  private readonly followers: ((now: number) => void)[] = [];

  constructor(
    private time: number,
    /** Resolves when everything has gone on that can without time passing. */
    private readonly isSettled: () => Promise<void> = settled,
  ) {}

  now(): number {
    return this.time;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        if (sleeper.awake) return;
        sleeper.awake = true;
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const sleeper: Sleeper = { until: this.time + Math.max(0, ms), order: this.order++, wake, awake: false };
      signal?.addEventListener('abort', wake);
      this.push(sleeper);
    });
  }

  /** Called whenever time has moved, before anybody wakes. */
  onMove(follower: (now: number) => void): void {
    this.followers.push(follower);
  }

  /** Moves on until the moment, or until somebody says that it is enough. */
  async runUntil(end: number, enough: () => boolean): Promise<void> {
    await this.isSettled();
    while (!enough()) {
      const next = this.heap[0];
      if (next === undefined || next.until > end) return this.moveTo(end);
      this.pop();
      if (next.awake) continue;
      this.moveTo(next.until);
      next.wake();
      await this.isSettled();
    }
  }

  private moveTo(time: number): void {
    if (time <= this.time) return;
    this.time = time;
    for (const follower of this.followers) follower(time);
  }

  private push(sleeper: Sleeper): void {
    const { heap } = this;
    let child = heap.push(sleeper) - 1;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (!isEarlier(heap[child], heap[parent])) return;
      swap(heap, child, parent);
      child = parent;
    }
  }

  private pop(): void {
    const { heap } = this;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    heap[0] = last;
    for (let parent = 0; ;) {
      const left = 2 * parent + 1;
      const least = isEarlier(heap[left + 1], heap[left]) ? left + 1 : left;
      if (!isEarlier(heap[least], heap[parent])) return;
      swap(heap, parent, least);
      parent = least;
    }
  }
}

function isEarlier(one: Sleeper | undefined, other: Sleeper | undefined): boolean {
  if (one === undefined || other === undefined) return false;
  return one.until < other.until || (one.until === other.until && one.order < other.order);
}

function swap(heap: Sleeper[], one: number, other: number): void {
  const [a, b] = [heap[one], heap[other]];
  if (a === undefined || b === undefined) return;
  heap[one] = b;
  heap[other] = a;
}

/** Turns of the event loop are dear; one now and then lets others of the process have their turn. */
const TURNS_APART = 100;
let rounds = 0;

/** Everything that waits for nothing but promises has gone on: what is put off to the next tick runs when no promise is left. */
export function settled(): Promise<void> {
  rounds = (rounds + 1) % TURNS_APART;
  if (rounds === 0) return new Promise((resolve) => setImmediate(resolve));
  return Promise.resolve().then(() => new Promise((resolve) => process.nextTick(resolve)));
}
