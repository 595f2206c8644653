import { check, type Check } from '../check';
import type { Recorder } from '../recorder';
import { LIMITS } from './sale';
import { valueHolding } from '../chart';

/** What must hold at the end of the demo. `plateauEnd` and `end`: epoch milliseconds. */
export function judge(recorder: Recorder, plateauEnd: number, end: number): readonly Check[] {
  const { ready, alive, waiting, undrained, brokenBudgets, peak } = recorder;
  const most = Math.max(0, ...alive.map(({ value }) => value));
  const reached = ready.findIndex(({ value }) => value >= LIMITS.min);
  const least = Math.min(...ready.slice(Math.max(0, reached)).map(({ value }) => value));
  const atPlateau = valueHolding(ready, plateauEnd);
  const last = valueHolding(ready, end);
  return [
    check(
      'min nodes came up by themselves, with no alert',
      reached >= 0,
      reached >= 0 ? `${LIMITS.min} nodes` : 'never',
    ),
    check(
      'the pool grew to what the peak needs',
      atPlateau >= peak.nodesNeeded,
      `${atPlateau} nodes, ${peak.nodesNeeded} needed`,
    ),
    check(
      'no pod waits at the end of the peak',
      valueHolding(waiting, plateauEnd) === 0,
      `${valueHolding(waiting, plateauEnd)} wait`,
    ),
    check(
      'no node bought beyond what the peak needs',
      most <= peak.nodesNeeded,
      `${most} instances at most, ${peak.nodesNeeded} needed`,
    ),
    check('never over max', most <= LIMITS.max, `${most} of ${LIMITS.max}`),
    check(
      'never under min once there',
      reached >= 0 && least >= LIMITS.min,
      `${least} nodes at least, min ${LIMITS.min}`,
    ),
    check('idle nodes were given back', last === LIMITS.min, `${last} nodes at the end`),
    check('every node that left was drained first', undrained.length === 0, undrained.join(', ') || 'all'),
    check(
      'no pod evicted against a budget',
      brokenBudgets.length === 0,
      brokenBudgets.join(', ') || 'every budget held',
    ),
  ];
}
