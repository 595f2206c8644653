import { CLOCK_SKEW } from '../model/clock-skew';
import type { Operation } from '../model/operation';

/**
 * Whether another replica may take the operation over: its owner has been silent for its whole lease. A lease that ends
 * later than anybody could have renewed it by now was written by a clock that was ahead, and holds nobody back. Pure.
 */
export function isAbandoned({ ownerUntil }: Operation, now: number, ownerLease: number): boolean {
  return ownerUntil <= now || ownerUntil - now > ownerLease + CLOCK_SKEW;
}
