/**
 * When the clocks of a pool let it act again; epoch milliseconds, 0 when they do not hold it. Pure.
 *
 * A stamp that lies farther ahead than its clock runs was written before the system's clock was set back. It is not
 * believed, or a pool would stand still for as long as the clock had been wrong.
 */
import { CLOCK_SKEW } from '../model/clock-skew';
import type { PoolPolicy, PoolState } from '../model/pool';

export function clockEnds(since: number | undefined, length: number, now: number): number {
  return since === undefined || since - now > length ? 0 : since + length;
}

export function backoffEnds(
  { backoff }: Pick<PoolState, 'backoff'>,
  { cooldown }: Pick<PoolPolicy, 'cooldown'>,
  now: number,
): number {
  // The longest one, of a replica whose clock is a little ahead of ours, is no clock that was wrong.
  return backoff === undefined || backoff.until - now > cooldown.backoffMax + CLOCK_SKEW ? 0 : backoff.until;
}
