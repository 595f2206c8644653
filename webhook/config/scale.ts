import type { PoolPolicy, ServiceTimings } from '../model/pool';

/**
 * Which durations of the configuration the time scale divides: policy, and what watches over it. Everything else is
 * protocol between processes and stays as it is (ownerLease, shutdownGrace, HTTP and SDK time-outs, retry back-off).
 */
export const SCALED_DURATIONS = {
  timings: [
    'evaluationInterval',
    'runnerInterval',
    'observationMaxAge',
    'observationGap',
    'graceAfterGap',
    'confirmGone',
    'heardFor',
    'watchdogFresh',
    'didNotHelpAfter',
    'orphanGrace',
    'costInterval',
  ],
  cooldown: ['up', 'down', 'backoffFirst', 'backoffMax', 'topUp'],
  circuit: ['openFor'],
  unavailable: ['first', 'max'],
  returnToSpot: ['every'],
  deadline: ['confirm', 'join', 'running', 'registered', 'ready', 'cordon', 'drain'],
  removal: ['minNodeAge', 'evictionRound'],
  pool: ['settle'],
  drain: ['backoffFirst', 'backoffMax'],
} as const;

/**
 * Policy too, but nobody's to set. Milliseconds. `answerMemory`: how long the same post gets the same answer. It must be
 * short beside every cooldown and repeat_interval, so it shrinks with them.
 */
export const FIXED_DURATIONS = { answerMemory: 10_000 } as const;

export function scaleFixed(scale: number): Record<keyof typeof FIXED_DURATIONS, number> {
  return divided(FIXED_DURATIONS, ['answerMemory'], scale);
}

export function scaleTimings(timings: ServiceTimings, scale: number): ServiceTimings {
  return { ...timings, ...divided(timings, SCALED_DURATIONS.timings, scale) };
}

export function scalePool(pool: PoolPolicy, scale: number): PoolPolicy {
  return {
    ...pool,
    ...divided(pool, SCALED_DURATIONS.pool, scale),
    cooldown: { ...pool.cooldown, ...divided(pool.cooldown, SCALED_DURATIONS.cooldown, scale) },
    circuit: { ...pool.circuit, ...divided(pool.circuit, SCALED_DURATIONS.circuit, scale) },
    launch: {
      ...pool.launch,
      returnToSpot: divided(pool.launch.returnToSpot, SCALED_DURATIONS.returnToSpot, scale),
    },
    unavailable: { ...pool.unavailable, ...divided(pool.unavailable, SCALED_DURATIONS.unavailable, scale) },
    deadline: { ...pool.deadline, ...divided(pool.deadline, SCALED_DURATIONS.deadline, scale) },
    drain: { ...pool.drain, ...divided(pool.drain, SCALED_DURATIONS.drain, scale), graceSecond: 1000 / scale },
    removal: { ...pool.removal, ...divided(pool.removal, SCALED_DURATIONS.removal, scale) },
  };
}

/** Whole milliseconds; what is not zero stays above it. */
function divided<K extends string>(
  from: Readonly<Record<K, number>>,
  keys: readonly K[],
  scale: number,
): Record<K, number> {
  const scaled = (ms: number) => (ms === 0 ? 0 : Math.max(1, Math.round(ms / scale)));
  return Object.fromEntries(keys.map((key) => [key, scaled(from[key])])) as Record<K, number>;
}
