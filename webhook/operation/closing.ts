/** What closing an operation leaves in the pool item: the three clocks of the architecture, section 5. Pure. */
import { keepsFailing } from '../decision/circuit';
import { isExchange, isWithoutSpot, type Operation, type ScaleUp } from '../model/operation';
import type { Backoff, PoolPolicy, PoolState } from '../model/pool';
import type { Closing } from '../model/pool-change';

export function closingOf(operation: Operation, state: PoolState, policy: PoolPolicy, now: number): Closing {
  if (operation.kind === 'scale-down') return { closedAt: now };
  if (operation.phase === 'done') {
    return {
      closedAt: now,
      // After a probe the rest of what is asked for follows at once; what only takes a place adds nothing to wait for.
      ...(keepsFailing(state, policy) || operation.replaces !== undefined ? {} : { upClosedAt: now }),
      backoff: null,
      ...(operation.podSet === undefined ? {} : { servedPods: { podSet: operation.podSet, at: now } }),
    };
  }
  // Nothing was tried: there is nothing to wait for.
  if (operation.attempt === 0) return { closedAt: now };
  // Nobody has asked for an exchange. For the others the up cooldown runs, as after any scale-up.
  if (isWithoutSpot(operation)) return { closedAt: now, ...(isExchange(operation) ? {} : { upClosedAt: now }) };
  return { closedAt: now, upClosedAt: now, backoff: nextBackoff(operation, state, policy, now) };
}

/** 30 s, doubled by every failure in a row, up to 30 min; once the circuit opens at least as long as it stays open. */
function nextBackoff(operation: ScaleUp, { backoff }: PoolState, policy: PoolPolicy, now: number): Backoff {
  const failures = (backoff?.failures ?? 0) + 1;
  const { backoffFirst, backoffMax } = policy.cooldown;
  const { opensAfter, openFor } = policy.circuit;
  const waits = doubled(backoffFirst, failures - 1);
  const open = failures < opensAfter ? 0 : doubled(openFor, failures - opensAfter);
  const cause = operation.lastError?.code ?? operation.reason;
  return {
    failures,
    until: now + Math.min(backoffMax, Math.max(waits, open)),
    ...(cause === undefined ? {} : { cause }),
  };
}

function doubled(first: number, times: number): number {
  return first * 2 ** Math.min(times, 30);
}
