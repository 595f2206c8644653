/** Everything that one intent is judged by, worked out once. Pure. */
import type { Intent } from '../model/decision';
import type { CompleteObservation, Observation, Pod } from '../model/observation';
import type { Operation, ScaleDown, ScaleUp } from '../model/operation';
import type { PoolKey, PoolPolicy, PoolState } from '../model/pool';
import type { Spending } from '../model/spending';
import { count, isComingBack, openOperations, pendingOf, type Counts } from './counting';
import { unplacedPods } from './fit';
import { BELOW_MINIMUM } from './intent';
import { placing, type Placing } from './placing';
import { podSetOf } from './pod-set';

/** What `decide` is given besides the intent. */
export interface DecisionContext {
  readonly key: PoolKey;
  readonly state: PoolState;
  readonly observation: Observation;
  readonly policy: PoolPolicy;
  /** Up alerts of the pool that are active at Alertmanager. */
  readonly upFiring: readonly string[];
  /** Why nothing may be given back: no Alertmanager answers, or the Watchdog is stale; null = the pipeline lives. */
  readonly pipelineSilent: string | null;
  readonly didNotHelpAfter: number;
  /** Null or absent: nobody knows. */
  readonly spending?: Spending | null;
  /** EC2 has lately refused every spot offering of the pool. Only of spot pools with a budget. */
  readonly spotIsGone?: boolean;
  readonly now: number;
}

/** A case whose observation is complete, with its counts. */
export interface Case {
  readonly intent: Intent;
  readonly context: DecisionContext;
  readonly counts: Counts;
  readonly ups: readonly ScaleUp[];
  readonly downs: readonly ScaleDown[];
  /** Nodes by the count that this intent is about: instances for the minimum, serving nodes for all others. */
  readonly have: number;
  readonly want: number;
  /** Waiting pods that a new node would take, and where. */
  readonly servable: readonly Pod[];
  readonly zones: Placing['zones'];
  /** The others, each with why. */
  readonly refused: Placing['refused'];
  readonly waiting: readonly Pod[];
  /** Nodes on their way that those pods may be placed on. */
  readonly coming: number;
  readonly podSet: string;
}

export function makeCase(intent: Intent, context: DecisionContext, seen: CompleteObservation): Case {
  const open: readonly Operation[] = openOperations(context.state);
  const counts = count(context.key, context.state, seen);
  const have = intent.source === BELOW_MINIMUM ? counts.alive : counts.have;
  const waiting = unplacedPods(seen, context.key.pool);
  const places = placing(intent.forPods ? waiting : [], context.key, context.policy, seen);
  const ups = open.filter((operation) => operation.kind === 'scale-up');
  return {
    intent,
    context,
    counts,
    ups,
    downs: open.filter((operation) => operation.kind === 'scale-down'),
    have,
    want: wanted(intent, have, context.policy),
    servable: places.placed,
    zones: places.zones,
    refused: places.refused,
    waiting,
    coming: ups.reduce((sum, up) => sum + (servesZones(up, places.zones) ? pendingOf(up, context.key, seen) : 0), 0),
    podSet: podSetOf(places.placed.map((pod) => pod.uid)),
  };
}

/** One that is pinned to other zones, or to none, may bring no node where the pods have to be. */
function servesZones({ zones }: ScaleUp, needed: Placing['zones']): boolean {
  return needed === null || (zones?.every((zone) => needed.includes(zone)) ?? false);
}

/** Open scale-downs that can still be taken back, newest first. None for the minimum: a draining instance is alive already. */
export function retractable(subject: Case): readonly ScaleDown[] {
  if (subject.intent.source === BELOW_MINIMUM) return [];
  return subject.downs
    .filter((down) => down.phase !== 'terminating' && down.forced !== true && !isComingBack(down))
    .sort((a, b) => b.acceptedAt - a.acceptedAt || (a.id < b.id ? 1 : -1));
}

/** A total is what it says, in whole nodes; a step starts from what is there. */
function wanted(intent: Intent, have: number, policy: PoolPolicy): number {
  if (intent.wish.kind === 'total') return Math.ceil(intent.wish.nodes);
  if (intent.wish.kind === 'invalid') return have;
  return intent.direction === 'up' ? have + policy.step : have - policy.step;
}
