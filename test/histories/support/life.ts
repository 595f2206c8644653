import type { Clock } from '../../../webhook/ports';
import type { Draw } from './draw';

/** A new one each time: one that all share would hold on to whatever has ever waited for it. */
function never(): Promise<never> {
  return new Promise(() => undefined);
}

/** What is to become of a process, counted in the calls that it makes. */
export interface Fate {
  readonly diesAt: number;
  /** The call at which it dies is carried out. */
  readonly diesAfterwards: boolean;
  readonly sleepsAt: number;
  readonly sleepsFor: number;
}

/** Milliseconds that a call is under way, there and back; each way is drawn from the list. */
export type Latency = readonly number[];

/** A call that goes wrong on its way. */
export interface Mishaps {
  /** Share of calls that never arrive, and of calls whose answer is lost. */
  share: number;
}

/**
 * One process: it lives, sleeps (a virtual machine that is moved, a long pause of the collector) and dies. While it
 * sleeps nothing reaches it and nothing leaves it; what it had sent goes on.
 */
export class Life implements Clock {
  dead = false;
  /** It has slept at least once: what it does afterwards may be long out of date. */
  hasSlept = false;
  private calls = 0;
  private asleep: Promise<void> | null = null;

  constructor(
    readonly name: string,
    private readonly clock: Clock,
    private readonly fate: Fate,
    private readonly events: { died(): void; fellAsleep(ms: number, call: string): void; wokeUp(): void },
  ) {}

  now(): number {
    return this.clock.now();
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (this.dead) return never();
    await this.clock.sleep(ms, signal);
    await this.awake();
  }

  /** Resolves when this process runs: at once, when it wakes up, or never. */
  async awake(): Promise<void> {
    while (this.asleep && !this.dead) await this.asleep;
    if (this.dead) return never();
  }

  kill(): void {
    if (this.dead) return;
    this.dead = true;
    this.events.died();
  }

  get isAsleep(): boolean {
    return this.asleep !== null;
  }

  /** Before a call leaves: it may be the last, or the process may sleep with it in its hands. */
  async beginCall(name: string): Promise<{ readonly isLast: boolean }> {
    await this.awake();
    this.calls += 1;
    const isLast = this.calls === this.fate.diesAt;
    if (isLast && !this.fate.diesAfterwards) {
      this.kill();
      return never();
    }
    if (this.calls === this.fate.sleepsAt) this.fallAsleep(name);
    await this.awake();
    return { isLast };
  }

  private fallAsleep(call: string): void {
    const { sleepsFor } = this.fate;
    this.events.fellAsleep(sleepsFor, call);
    this.hasSlept = true;
    this.asleep = this.clock.sleep(sleepsFor).then(() => {
      this.asleep = null;
      if (!this.dead) this.events.wokeUp();
    });
  }
}

export interface WireOptions {
  readonly life: Life;
  readonly clock: Clock;
  readonly draw: Draw;
  readonly latency: Latency;
  readonly mishaps: Mishaps;
  /** The answer of a call whose fate the caller cannot know; throws where the port rejects. */
  readonly unknown: (method: string) => unknown;
}

/** A port as one process has it: calls take time, get lost there or back, and end with the process. */
export function wired<T extends object>(port: T, options: WireOptions): T {
  const methods = new Map<PropertyKey, unknown>();
  return new Proxy(port, {
    get: (target, name) => {
      const known = methods.get(name);
      if (known !== undefined) return known;
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function' || typeof name !== 'string') return member;
      const method = member.bind(target) as (...args: unknown[]) => Promise<unknown>;
      const wire = (...args: unknown[]) => call(name, () => method(...args), options);
      methods.set(name, wire);
      return wire;
    },
  });
}

async function call(name: string, apply: () => Promise<unknown>, options: WireOptions): Promise<unknown> {
  const { life, draw, mishaps, unknown } = options;
  const { isLast } = await life.beginCall(name);
  await underWay(options);
  const mishap = mishaps.share > 0 && draw.chance(mishaps.share);
  if (mishap && draw.chance(0.5)) return unknown(name);
  const outcome = await settle(apply());
  if (isLast) life.kill();
  await underWay(options);
  await life.awake();
  if (mishap) return unknown(name);
  if ('error' in outcome) throw outcome.error;
  return outcome.value;
}

async function settle(work: Promise<unknown>): Promise<{ value: unknown } | { error: unknown }> {
  try {
    return { value: await work };
  } catch (error) {
    return { error };
  }
}

async function underWay({ clock, draw, latency }: WireOptions): Promise<void> {
  const ms = draw.oneOf(latency);
  if (ms > 0) await clock.sleep(ms);
}
