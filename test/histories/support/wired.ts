import type { Clock } from '../../../webhook/ports';
import type { Draw } from './draw';
import type { Life, Peer } from './life';

/** Milliseconds that a call is under way, there and back; each way is drawn from the list. */
export type Latency = readonly number[];

/** A call that goes wrong on its way. */
export interface Mishaps {
  /** Share of calls that never arrive, and of calls whose answer is lost. */
  share: number;
}

/** How long a process waits for an answer that does not come, by peer: the limits of the adapters. Milliseconds. */
const PATIENCE: Readonly<Record<Peer, number>> = {
  store: 6000,
  ec2: 30_000,
  kubernetes: 10_000,
  alertmanager: 3000,
};

export interface WireOptions {
  readonly life: Life;
  readonly peer: Peer;
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
  const { life } = options;
  const { isLast } = await life.beginCall(name);
  await underWay(options);
  const mishap = mishapOf(options);
  if (mishap === 'lost') return unanswered(name, options);
  if (mishap === 'slow') await options.clock.sleep(PATIENCE[options.peer] / 2);
  const outcome = await settle(apply());
  if (isLast) life.kill(`after ${name}`);
  await underWay(options);
  await life.awake();
  if (mishap !== null) return unanswered(name, options);
  if ('error' in outcome) throw outcome.error;
  return outcome.value;
}

/** Lost on its way, carried out and its answer lost, or carried out late and its answer lost. */
function mishapOf({ life, peer, draw, mishaps }: WireOptions): 'lost' | 'no-answer' | 'slow' | null {
  if (life.cutOff.has(peer)) return 'lost';
  if (mishaps.share === 0 || !draw.chance(mishaps.share)) return null;
  return draw.oneOf(['lost', 'lost', 'no-answer', 'slow']);
}

/** The connection breaks, or nothing is heard until the caller gives up. */
async function unanswered(name: string, { life, clock, draw, peer, unknown }: WireOptions): Promise<unknown> {
  if (draw.chance(0.3)) await clock.sleep(PATIENCE[peer]);
  await life.awake();
  return unknown(name);
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
