import type { Clock } from '../../../webhook/ports';

/** A new one each time: one that all share would hold on to whatever has ever waited for it. */
function never(): Promise<never> {
  return new Promise(() => undefined);
}

/** What happens to a process at a call. */
export type Doom =
  /** `afterwards`: the call is carried out, and nobody hears its answer. */
  | { readonly kind: 'death'; readonly afterwards: boolean }
  /** With the call in its hands, for so many milliseconds. */
  | { readonly kind: 'sleep'; readonly ms: number };

/** At the n-th call of this name, or at the n-th of all. */
export interface Moment {
  readonly call: string | null;
  readonly nth: number;
  readonly doom: Doom;
}

/** What is to become of a process. */
export interface Fate {
  readonly moments: readonly Moment[];
  /** How far its clock is ahead of the true one, milliseconds. */
  readonly clockError: number;
}

/** For whoever makes a call of that name next. */
export type Traps = Map<string, Doom>;

export type Peer = 'store' | 'ec2' | 'kubernetes' | 'alertmanager';

export interface LifeDeps {
  readonly name: string;
  readonly clock: Clock;
  readonly fate: Fate;
  readonly traps: Traps;
  readonly events: { died(when: string): void; fellAsleep(ms: number, call: string): void; wokeUp(): void };
}

/**
 * One process: it lives, sleeps (a virtual machine that is moved, a long pause of the collector) and dies. While it
 * sleeps nothing reaches it and nothing leaves it; what it had sent goes on.
 */
export class Life implements Clock {
  dead = false;
  /** It has slept at least once: what it does afterwards may be long out of date. */
  hasSlept = false;
  /** Peers that it does not reach, whoever else does. */
  readonly cutOff = new Set<Peer>();
  private readonly calls = new Map<string | null, number>();
  private asleep: Promise<void> | null = null;

  constructor(private readonly deps: LifeDeps) {}

  get name(): string {
    return this.deps.name;
  }

  now(): number {
    const { clock, fate } = this.deps;
    return clock.now() + fate.clockError;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (this.dead) return never();
    await this.deps.clock.sleep(ms, signal);
    await this.awake();
  }

  /** Resolves when this process runs: at once, when it wakes up, or never. */
  async awake(): Promise<void> {
    while (this.asleep && !this.dead) await this.asleep;
    if (this.dead) return never();
  }

  kill(when = ''): void {
    if (this.dead) return;
    this.dead = true;
    this.deps.events.died(when);
  }

  get isAsleep(): boolean {
    return this.asleep !== null;
  }

  /** Before a call leaves: it may be the last, or the process may sleep with it in its hands. */
  async beginCall(name: string): Promise<{ readonly isLast: boolean }> {
    await this.awake();
    const doom = this.doomAt(name);
    if (doom?.kind === 'death' && !doom.afterwards) {
      this.kill(`before ${name}`);
      return never();
    }
    if (doom?.kind === 'sleep') this.fallAsleep(doom.ms, name);
    await this.awake();
    return { isLast: doom?.kind === 'death' };
  }

  private doomAt(name: string): Doom | undefined {
    for (const counted of [null, name]) this.calls.set(counted, (this.calls.get(counted) ?? 0) + 1);
    const { traps, fate } = this.deps;
    const trap = traps.get(name);
    traps.delete(name);
    return trap ?? fate.moments.find((moment) => this.isNow(moment, name))?.doom;
  }

  private isNow({ call, nth }: Moment, name: string): boolean {
    return (call === null || call === name) && this.calls.get(call) === nth;
  }

  private fallAsleep(ms: number, call: string): void {
    const { clock, events } = this.deps;
    events.fellAsleep(ms, call);
    this.hasSlept = true;
    this.asleep = clock.sleep(ms).then(() => {
      this.asleep = null;
      if (!this.dead) events.wokeUp();
    });
  }
}
