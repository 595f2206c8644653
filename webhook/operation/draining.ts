/** A scale-down in mid-drain: pods leave through the Eviction API, then the node is looked at for the last time. Pure. */
import { count } from '../decision/counting';
import { LABELS, TAGS } from '../model/names';
import type { CompleteObservation, Observation } from '../model/observation';
import type { DrainTarget, Operation, ScaleDown } from '../model/operation';
import { factsOf } from '../removal/pod-facts';
import { HEADROOM, planDrain, type DrainPlan, type Force } from './drain-plan';
import { heldUp } from './held-up';
import { nodeOf, rollBack, withoutReason } from './scale-down-exits';
import { perform, wait, type DownStep, type View } from './step';
import { enterDown } from './transitions';

/** An API server that answers no eviction for so long is in trouble: nothing is deleted blindly. Protocol, not scaled. */
const BLIND_AFTER = 60_000;

type Sight = Pick<View, 'now' | 'policy'>;

export function draining(operation: ScaleDown, view: View): DownStep {
  const seen = view.observation;
  if (!seen.complete || operation.node === null) return wait(operation);
  const plan = planOf(operation, operation.node, seen, view);
  if (plan.against !== null) return rollBack(operation, 'blocked-by-pod', plan.against, view);
  return actOn(plan, operation) ?? leave(operation, operation.node, seen, view);
}

/** Also of a node that EC2 takes. */
export function planOf(operation: ScaleDown, target: DrainTarget, seen: CompleteObservation, sight: Sight): DrainPlan {
  return planDrain(
    seen.pods.filter((pod) => pod.node === target.name),
    {
      now: sight.now,
      facts: factsOf(seen, sight.now),
      deadline: operation.deadline ?? sight.now,
      force: operation.forced ? 'notice' : forceOf(operation, sight),
      policy: sight.policy.drain,
      nodeReady: nodeOf(target, seen)?.ready ?? false,
    },
  );
}

/** Null: nobody is left. */
export function actOn({ evict, force, left, waits }: DrainPlan, operation: ScaleDown): DownStep | null {
  if (left === 0) return null;
  const { emptiedAt: _notAnyMore, ...rest } = operation;
  const next = operation.emptiedAt === undefined ? operation : rest;
  if (evict.length > 0 || force.length > 0) {
    return perform(next, { do: 'evict', pods: evict, ...(force.length > 0 && { force }) });
  }
  return wait(waits ? { ...next, ...waits } : withoutReason(next));
}

/** When a phase that has a way back is given up. Deleted pods have a little more time to be gone. */
export function lastMoment({ phase, deadline, emptiedAt }: ScaleDown, { policy }: View): number {
  if (deadline === null || emptiedAt !== undefined) return Infinity;
  const { force, graceSecond = 1000 } = policy.drain;
  return force && phase === 'draining' ? deadline + HEADROOM * graceSecond : deadline;
}

/** Nothing is left to move: what is attached to the node is looked up. */
export function isEmptied(operation: Operation, seen: Observation, sight: Sight): operation is ScaleDown {
  if (operation.kind !== 'scale-down' || operation.phase !== 'draining' || operation.node === null) return false;
  return seen.complete && planOf(operation, operation.node, seen, sight).left === 0;
}

function forceOf({ failingSince }: ScaleDown, { policy, now }: Sight): Force | null {
  const blind = failingSince !== undefined && now - failingSince >= BLIND_AFTER;
  return policy.drain.force && !blind ? 'deadline' : null;
}

function leave(operation: ScaleDown, target: DrainTarget, seen: CompleteObservation, view: View): DownStep {
  const held = heldUp(operation, nodeOf(target, seen), view);
  if (held) return wait(held);
  const strange = notOurs(target, seen, view);
  if (strange) return rollBack(operation, 'not-ours', strange, view);
  const scarce = tooFewBeside(seen, view);
  if (scarce) return rollBack(operation, 'at-min', scarce, view);
  return wait(enterDown(withoutReason(operation), 'terminating', view.now, null));
}

/** Why the pool cannot spare the node any more; null when it can. A sibling may have died since it was chosen. */
export function tooFewBeside(seen: CompleteObservation, { key, state, policy }: View): string | null {
  const { free } = count(key, state, seen);
  return free < policy.min ? `only ${free} other nodes are left in service, min is ${policy.min}` : null;
}

/** What follows has no way back, and the node was chosen minutes ago. */
export function notOurs({ name, instanceId }: DrainTarget, seen: CompleteObservation, { key }: View): string | null {
  const node = seen.nodes.find((candidate) => candidate.name === name);
  if (node?.instanceId !== instanceId) return `node ${name} is not instance ${instanceId} any more`;
  const tags = seen.instances.find(({ id }) => id === instanceId)?.tags;
  if (tags?.[TAGS.pool] !== key.pool) return `instance ${instanceId} has not the tags of the pool any more`;
  const kept = TAGS.permanent in tags || node.labels[LABELS.permanent] === 'true';
  return kept ? `${name} was made permanent` : null;
}
