/** What closing an operation leaves in the pool item: the three clocks of the architecture, section 5. Pure. */
import type { Operation } from '../model/operation';
import type { Backoff, PoolPolicy, PoolState } from '../model/pool';
import type { Closing } from '../model/pool-change';

export function closingOf(operation: Operation, state: PoolState, policy: PoolPolicy, now: number): Closing {
  if (operation.kind === 'scale-down') return { closedAt: now };
  if (operation.phase === 'done') {
    return {
      closedAt: now,
      upClosedAt: now,
      backoff: null,
      ...(operation.podSet === undefined ? {} : { servedPods: { podSet: operation.podSet, at: now } }),
    };
  }
  return { closedAt: now, upClosedAt: now, backoff: nextBackoff(state.backoff, policy, now) };
}

/** 30 s, doubled by every failure in a row, up to 30 min. */
function nextBackoff(previous: Backoff | undefined, policy: PoolPolicy, now: number): Backoff {
  const failures = (previous?.failures ?? 0) + 1;
  const delay = Math.min(policy.cooldown.backoffMax, policy.cooldown.backoffFirst * 2 ** Math.min(failures - 1, 30));
  return { failures, until: now + delay };
}
