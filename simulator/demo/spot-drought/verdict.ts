import { check, type Check } from '../check';
import type { Recorder } from '../recorder';
import { LIMITS, TAKEN } from './drought';
import type { Takings } from './takings';

export interface DroughtView {
  readonly dry: Recorder;
  readonly wet: Recorder;
  readonly takings: Takings;
  readonly timeScale: number;
  /** Epoch milliseconds. */
  readonly end: number;
}

/** Boot times are drawn, and two calls of EC2 take longer than one: seconds of policy time. */
const AS_LONG_AS = 45;
/** From the notice to the cordon: seconds of policy time. */
const CORDONED_WITHIN = 15;

/** What must hold at the end of the drought. */
export function judge({ dry, wet, takings, timeScale }: DroughtView): readonly Check[] {
  const policySeconds = (ms: number) => (ms * timeScale) / 1000;
  const longer = Math.round(policySeconds(dry.longestWait - wet.longestWait));
  const lifecycles = dry.aliveInstances().map(({ lifecycle }) => lifecycle);
  const onDemand = lifecycles.filter((it) => it === 'on-demand').length;
  const most = Math.max(0, ...dry.alive.map(({ value }) => value));
  const cordons = takings.all.map(({ noticedAt, cordonedAt }) =>
    cordonedAt === null ? Infinity : policySeconds(cordonedAt - noticedAt),
  );
  const slowest = Math.max(0, ...cordons);
  return [
    check(
      'no pod waited longer than with spot capacity',
      longer <= AS_LONG_AS,
      `longest ${policySeconds(dry.longestWait).toFixed(0)} s, with capacity ${policySeconds(wet.longestWait).toFixed(0)} s: ${longer > 0 ? '+' : ''}${longer} s`,
    ),
    check('no pod waits at the end', (dry.waiting.at(-1)?.value ?? 0) === 0, `${dry.waiting.at(-1)?.value ?? 0} wait`),
    check(
      'without spot it launched on demand',
      onDemand > 0,
      `${onDemand} of ${lifecycles.length} instances are on demand at the end`,
    ),
    check(
      `${TAKEN} nodes were cordoned within ${CORDONED_WITHIN} s of EC2's notice`,
      cordons.length === TAKEN && slowest <= CORDONED_WITHIN,
      cordons.map((it) => `${it.toFixed(0)} s`).join(', ') || 'none was taken',
    ),
    check(
      'their pods had moved before EC2 took them',
      takings.all.length === TAKEN && dry.undrained.length === 0,
      dry.undrained.join(', ') || 'all',
    ),
    check(
      `never over max, and at most ${LIMITS.maxSurge} over it while EC2 takes nodes`,
      most <= LIMITS.max + LIMITS.maxSurge,
      `${most} of ${LIMITS.max}`,
    ),
    check('the pool has as many nodes as the other one', sameSize(dry, wet), `${last(dry)} and ${last(wet)}`),
  ];
}

function sameSize(dry: Recorder, wet: Recorder): boolean {
  return Math.abs(last(dry) - last(wet)) <= 1;
}

function last({ ready }: Recorder): number {
  return ready.at(-1)?.value ?? 0;
}
