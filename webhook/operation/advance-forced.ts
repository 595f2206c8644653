/**
 * One look at the scale-down of a node that EC2 takes: what is left is done in the time that is left. Nobody is asked
 * whether the pods find room or the pool keeps its minimum, because the node goes either way. Pure.
 */
import { isListedAlive, type CompleteObservation } from '../model/observation';
import type { DrainTarget, ScaleDown, ScaleDownPhase } from '../model/operation';
import { afterTermination, givenUp, nodeTaken, rollingBack, terminating } from './advance-scale-down';
import { actOn, notOurs, planOf } from './draining';
import { heldUp } from './held-up';
import { nodeOf, rollBack, withoutReason } from './scale-down-exits';
import { perform, wait, type DownStep, type View } from './step';
import { enterDown } from './transitions';

/** Before the end: what has not left its node by then ends with it. Milliseconds. Protocol, not scaled. */
const MARGIN = 5000;
/** After its time, before the instance is ended by us: EC2's end of a spot instance is the cheaper one. */
const OVERDUE = 30_000;

const STEPS: Readonly<Record<ScaleDownPhase, (operation: ScaleDown, view: View) => DownStep>> = {
  accepted: (operation, view) => givenUp(operation, view) ?? nodeTaken(operation, view) ?? accepted(operation, view),
  cordoned: (operation, view) => givenUp(operation, view) ?? nodeTaken(operation, view) ?? cordoned(operation, view),
  draining: (operation, view) => nodeTaken(operation, view) ?? withdrawn(operation, view) ?? draining(operation, view),
  terminating: ending,
  'rolling-back': rollingBack,
  done: wait,
  'rolled-back': wait,
};

export function advanceForced(operation: ScaleDown, view: View): DownStep {
  return STEPS[operation.phase](operation, view);
}

function accepted(operation: ScaleDown, view: View): DownStep {
  const seen = view.observation;
  if (!seen.complete || operation.node === null) return wait(operation);
  const node = nodeOf(operation.node, seen);
  if (node?.markedBy !== operation.id || !node.cordoned)
    return perform(operation, { do: 'mark', node: operation.node });
  return wait(enterDown(operation, 'cordoned', view.now, view.now + view.policy.deadline.confirm));
}

/** Until EC2 says the same the node is only cordoned, and goes back into service when the alert ends. */
function cordoned(operation: ScaleDown, view: View): DownStep {
  const notice = operation.notice ?? view.notice;
  if (notice) {
    const deadline = Math.max(view.now, notice.at - MARGIN);
    const told = { ...operation, notice: { kind: notice.kind, at: notice.at } };
    return wait(enterDown(told, 'draining', view.now, deadline));
  }
  const heard = view.confirmation;
  if (!heard?.answered || heard.replaceNodes.includes(operation.node?.name ?? '')) return wait(operation);
  return rollBack(operation, 'not-confirmed', 'the alert is over, and EC2 did not say that it takes the node', view);
}

function withdrawn(operation: ScaleDown, view: View): DownStep | null {
  if (view.withdrawn !== true) return null;
  return rollBack(operation, 'withdrawn', 'EC2 does not take the node any more', view);
}

function draining(operation: ScaleDown, view: View): DownStep {
  const seen = view.observation;
  const { node } = operation;
  if (isOver(operation, view) && isInterrupted(operation)) return end(operation, view);
  if (!seen.complete || node === null) return wait(operation);
  if (isOver(operation, view)) return endIfOurs(operation, node, seen, view);
  return actOn(planOf(operation, node, seen, view), operation) ?? leave(operation, node, seen, view);
}

function isOver({ deadline }: ScaleDown, { now }: View): boolean {
  return deadline !== null && now >= deadline;
}

/** EC2 ends the instance itself, whatever we see or do. */
function isInterrupted({ notice }: ScaleDown): boolean {
  return notice?.kind === 'interruption';
}

function leave(operation: ScaleDown, target: DrainTarget, seen: CompleteObservation, view: View): DownStep {
  const held = heldUp(operation, nodeOf(target, seen), view);
  return held ? wait(held) : endIfOurs(withoutReason(operation), target, seen, view);
}

function endIfOurs(operation: ScaleDown, target: DrainTarget, seen: CompleteObservation, view: View): DownStep {
  const strange = isInterrupted(operation) ? null : notOurs(target, seen, view);
  return strange ? rollBack(operation, 'not-ours', strange, view) : end(operation, view);
}

function end(operation: ScaleDown, { now }: View): DownStep {
  return wait(enterDown(operation, 'terminating', now, null));
}

/** EC2 ends it by itself; ended by us is only what it has forgotten, and what an event would only stop. */
function ending(operation: ScaleDown, view: View): DownStep {
  const { notice, terminateSentAt } = operation;
  if (notice?.kind !== 'interruption' || terminateSentAt !== undefined || view.now >= notice.at + OVERDUE) {
    return terminating(operation, view);
  }
  const seen = view.observation;
  if (!seen.complete || isListedAlive(operation.node?.instanceId, seen)) return wait(operation);
  return afterTermination(operation, seen, view.now);
}
