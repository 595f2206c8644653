/** The longest stretches in which the event loop did nothing else. */
import { readFileSync } from 'node:fs';

export interface Holds {
  /** Longest time between two turns of a timer of a millisecond, ms: on a busy machine mostly the wait for a core. */
  readonly wallMs: number;
  /** Longest that the main thread itself computed between two of them, ms. */
  readonly computedMs: number;
}

/** Linux: nanoseconds that this thread ran, and that it waited to run. */
const SCHEDULED = `/proc/self/task/${process.pid}/schedstat`;

/** Begins to measure; the answer ends it. */
export function watchLoop(): () => Holds {
  const longest = { wallMs: 0, computedMs: 0 };
  let last = { at: performance.now(), ran: ranMs() };
  const timer = setInterval(() => {
    const now = { at: performance.now(), ran: ranMs() };
    longest.wallMs = Math.max(longest.wallMs, now.at - last.at);
    longest.computedMs = Math.max(longest.computedMs, now.ran - last.ran);
    last = now;
  }, 1);
  return () => {
    clearInterval(timer);
    return longest;
  };
}

function ranMs(): number {
  return Number(readFileSync(SCHEDULED, 'utf8').split(' ')[0]) / 1e6;
}
