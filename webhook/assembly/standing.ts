import type { Decision, Veto } from '../model/decision';
import { cooldownsLeft } from './pool-status';
import type { PoolUnit } from './pool-unit';

/** What could not be seen may be seen at the next post: then nothing was decided that could stand. */
const UNSEEN: ReadonlySet<Veto | 'accepted'> = new Set<Veto>(['unknown-state', 'pipeline-silent']);

/**
 * For how long these decisions may be given as the answer to the same post, in milliseconds; 0 = not at all, Infinity =
 * as long as anything is remembered. Never beyond the end of a clock that runs, because a repeat after it must act. Whatever else changes meanwhile (a silence, a pause,
 * what EC2 gives) is found by the look that the timer takes every 15 s without a post; who resumes is looked after at
 * once; and an alert that changes is another body.
 */
export function standingOf(
  decided: readonly { readonly pool: Pick<PoolUnit, 'state' | 'policy'>; readonly decision: Decision }[],
  now: number,
): number {
  if (decided.some(({ decision }) => UNSEEN.has(decision.reason))) return 0;
  const clocks = decided.flatMap(({ pool }) => Object.values(cooldownsLeft(pool.state, pool.policy, now)));
  return Math.min(Infinity, ...clocks.filter((left) => left > 0));
}
