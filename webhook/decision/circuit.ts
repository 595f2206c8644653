/**
 * The circuit breaker of a pool: after several launches in a row that failed it is open, and nothing is launched; when its
 * time is over it is half-open, and one node is launched to see; that one closes it, or opens it again for twice as long.
 * It is worked out from the failures that the pool item counts: there is no second state that could disagree. Pure.
 */
import type { PoolPolicy, PoolState } from '../model/pool';
import { backoffEnds } from './clocks';

export type Circuit = 'closed' | 'open' | 'half-open';

export function circuitOf(
  state: Pick<PoolState, 'backoff'>,
  policy: Pick<PoolPolicy, 'circuit' | 'cooldown'>,
  now: number,
): Circuit {
  if (!keepsFailing(state, policy)) return 'closed';
  return backoffEnds(state, policy, now) > now ? 'open' : 'half-open';
}

/** So many launches in a row failed that only a probe is launched. */
export function keepsFailing(
  { backoff }: Pick<PoolState, 'backoff'>,
  { circuit }: Pick<PoolPolicy, 'circuit'>,
): boolean {
  return (backoff?.failures ?? 0) >= circuit.opensAfter;
}
