/** Everything that one intent is judged by, worked out once. Pure. */
import type { Intent } from '../model/decision';
import type { CompleteObservation, Observation, Pod } from '../model/observation';
import type { Operation, ScaleDown, ScaleUp } from '../model/operation';
import type { PoolKey, PoolPolicy, PoolState } from '../model/pool';
import type { Spending } from '../model/spending';
import { count, isComingBack, openOperations, type Counts } from './counting';
import { fits, newNode, unplacedPods } from './fit';
import { BELOW_MINIMUM } from './intent';
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
  /** Waiting pods that a new node would take. */
  readonly servable: readonly Pod[];
  readonly waiting: readonly Pod[];
  readonly podSet: string;
}

export function makeCase(intent: Intent, context: DecisionContext, seen: CompleteObservation): Case {
  const open: readonly Operation[] = openOperations(context.state);
  const counts = count(context.key, context.state, seen);
  const have = intent.source === BELOW_MINIMUM ? counts.alive : counts.have;
  const waiting = unplacedPods(seen, context.key.pool);
  const shape = newNode(context.key.pool, context.policy.node, seen);
  const servable = intent.forPods ? waiting.filter((pod) => fits(pod, shape)) : [];
  return {
    intent,
    context,
    counts,
    ups: open.filter((operation) => operation.kind === 'scale-up'),
    downs: open.filter((operation) => operation.kind === 'scale-down'),
    have,
    want: wanted(intent, have, context.policy),
    servable,
    waiting,
    podSet: podSetOf(servable.map((pod) => pod.uid)),
  };
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
