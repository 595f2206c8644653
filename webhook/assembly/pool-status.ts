/** What people see of a pool: /healthz and the gauges are made from it. Pure but for the units' last looks. */
import { circuitOf, type Circuit } from '../decision/circuit';
import { backoffEnds, clockEnds } from '../decision/clocks';
import { count } from '../decision/counting';
import { pauseHolds } from '../decision/vetoes';
import type { Signals, Silence } from '../model/alert';
import type { Direction, Pause, PoolKey, PoolPolicy, PoolState } from '../model/pool';
import { isClosed, type Operation } from '../model/operation';
import type { ClusterUnit } from './cluster-unit';
import type { PoolCost } from './cost-unit';
import type { PoolUnit } from './pool-unit';

/** `by` a person through POST /pause, or a silence in Alertmanager that holds one alert. */
export interface Hold {
  readonly by: 'switch' | 'silence';
  readonly direction: Direction;
  readonly who: string;
  readonly reason: string;
  /** Epoch milliseconds; null = until resumed. */
  readonly until: number | null;
  readonly alert?: string;
}

export interface PoolStatus {
  readonly key: PoolKey;
  readonly policy: PoolPolicy;
  /** Absent numbers are unknown, not zero. */
  readonly nodes: {
    readonly have: number;
    readonly alive: number;
    readonly free: number;
    readonly joining: number;
  } | null;
  readonly operations: readonly Operation[];
  /** Milliseconds left of each clock. */
  readonly cooldown: { readonly up: number; readonly down: number; readonly backoff: number };
  /** Whether launches are tried: see decision/circuit.ts. */
  readonly circuit: { readonly state: Circuit; readonly failures: number; readonly cause: string | null };
  readonly holds: readonly Hold[];
  readonly cost: PoolCost;
  readonly lastDecision: PoolUnit['lastDecision'];
}

export function poolStatus(cluster: ClusterUnit, pool: PoolUnit, now: number): PoolStatus {
  const { observation, signals } = cluster.latest;
  const { key, policy, state } = pool;
  return {
    key,
    policy,
    nodes: observation?.complete ? count(key, state, observation) : null,
    operations: Object.values(state.operations).filter((operation) => !isClosed(operation)),
    cooldown: cooldownsLeft(state, policy, now),
    circuit: {
      state: circuitOf(state, policy, now),
      failures: state.backoff?.failures ?? 0,
      cause: state.backoff?.cause ?? null,
    },
    holds: [...switchHolds(state, now), ...silenceHolds(signals, key)],
    cost: cluster.cost.of(key.pool),
    lastDecision: pool.lastDecision,
  };
}

export function cooldownsLeft(state: PoolState, policy: PoolPolicy, now: number): PoolStatus['cooldown'] {
  const left = (end: number) => Math.max(0, end - now);
  return {
    up: left(clockEnds(state.upClosedAt, policy.cooldown.up, now)),
    down: left(clockEnds(state.closedAt, policy.cooldown.down, now)),
    backoff: left(backoffEnds(state, policy, now)),
  };
}

function switchHolds({ pauses }: PoolState, now: number): readonly Hold[] {
  return Object.entries(pauses)
    .filter((entry): entry is [Direction, Pause] => entry[1] !== undefined && pauseHolds(entry[1], now))
    .map(([direction, { by, reason, until }]) => ({ by: 'switch', direction, who: by, reason, until }));
}

function silenceHolds(signals: Signals | null, key: PoolKey): readonly Hold[] {
  return (signals?.alerts ?? [])
    .filter((alert) => alert.cluster === key.cluster && alert.pool === key.pool && !alert.shadow)
    .flatMap(({ silence, scale, name }) => (silence ? [holdOf(silence, scale === 'down' ? 'down' : 'up', name)] : []));
}

function holdOf({ createdBy, comment, endsAt }: Silence, direction: Direction, alert: string): Hold {
  return { by: 'silence', direction, who: createdBy, reason: comment, until: endsAt, alert };
}
