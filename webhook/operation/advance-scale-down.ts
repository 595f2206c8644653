/** One look at a scale-down of one node: what it is now, and the one call that takes it further. Pure. */
import { isStoodInFor } from '../decision/stand-in';
import { isAlive, type CompleteObservation } from '../model/observation';
import type { DrainTarget, ScaleDown, ScaleDownPhase } from '../model/operation';
import type { PoolState } from '../model/pool';
import { chooseNode } from '../removal/choose-node';
import { objection } from '../removal/objection';
import { surroundingsOf, type Surroundings } from '../removal/surroundings';
import { pausedBy } from './confirmation';
import { restAfter } from '../removal/drain-rest';
import { draining, lastMoment, tooFewBeside } from './draining';
import { nodeOf, rollBack, withoutReason } from './scale-down-exits';
import { perform, wait, type Confirmation, type DownStep, type View } from './step';
import { enterDown } from './transitions';

type PhaseStep = (operation: ScaleDown, view: View) => DownStep;

const STEPS: Readonly<Record<ScaleDownPhase, PhaseStep>> = {
  accepted: unlessInterrupted(accepted),
  cordoned: unlessInterrupted(cordoned),
  draining: unlessInterrupted(draining),
  terminating,
  'rolling-back': rollingBack,
  done: wait,
  'rolled-back': wait,
};

export function advanceScaleDown(operation: ScaleDown, view: View): DownStep {
  return STEPS[operation.phase](operation, view);
}

function unlessInterrupted(step: PhaseStep): PhaseStep {
  return (operation, view) => interrupted(operation, view) ?? step(operation, view);
}

/** What ends a scale-down in every phase that has a way back. None of these exits destroys anything. */
function interrupted(operation: ScaleDown, view: View): DownStep | null {
  return givenUp(operation, view) ?? nodeTaken(operation, view) ?? standInGone(operation, view);
}

export function givenUp(operation: ScaleDown, view: View): DownStep | null {
  if (operation.cancelledBy) return rollBack(operation, 'cancelled', `taken back by ${operation.cancelledBy}`, view);
  if (view.now >= lastMoment(operation, view)) return timedOut(operation, view);
  if (operation.lastError?.retryable !== false) return null;
  return rollBack(operation, 'refused-by-api-server', operation.lastError.message, view);
}

/** The node is gone, or a person put it back into service. */
export function nodeTaken(operation: ScaleDown, view: View): DownStep | null {
  if (!view.observation.complete || operation.node === null) return null;
  const node = nodeOf(operation.node, view.observation);
  if (!node) return rollBack(operation, 'node-gone', `node ${operation.node.name} is gone`, view);
  if (operation.phase === 'accepted' || node.cordoned || view.observation.at <= operation.phaseAt) return null;
  return rollBack(operation, 'uncordoned-by-person', `somebody uncordoned ${node.name}`, view);
}

/** What was launched in its place is gone again, or out of service. */
function standInGone(operation: ScaleDown, view: View): DownStep | null {
  const { observation } = view;
  if (!operation.exchanged || operation.node === null || !observation.complete) return null;
  if (isStoodInFor(operation.node.instanceId, observation)) return null;
  return rollBack(operation, 'stand-in-gone', `no Ready node stands in the place of ${operation.node.name}`, view);
}

/** What kept the drain is what people want to read, not that time ran out. */
function timedOut(operation: ScaleDown, view: View): DownStep {
  const { phase, reason, detail = '', lastError } = operation;
  const isKept = phase === 'draining' && reason !== undefined;
  if (isKept || reason === 'unknown-state') return rollBack(operation, reason, detail, view);
  const because = lastError ? `: ${lastError.message}` : '';
  return rollBack(operation, 'deadline', `still ${phase} at the deadline${because}`, view);
}

function accepted(operation: ScaleDown, view: View): DownStep {
  const paused = pausedBy('down', view);
  if (paused) return rollBack(operation, 'paused', paused, view);
  if (operation.confirmedAt === undefined) return confirm(operation, view);
  const seen = view.observation;
  if (!seen.complete) return wait(operation);
  if (operation.node === null) return isTurnOf(operation, view.state) ? choose(operation, seen, view) : wait(operation);
  return marking(operation, operation.node, seen, view);
}

function marking(operation: ScaleDown, target: DrainTarget, seen: CompleteObservation, view: View): DownStep {
  const node = nodeOf(target, seen);
  if (node?.markedBy === operation.id && node.cordoned) {
    return wait(enterDown(operation, 'cordoned', view.now, view.now + view.policy.deadline.cordon));
  }
  // Chosen by a decision that may be minutes old.
  const against = operation.exchanged && node && objection(node, aroundIt(operation, seen, view));
  if (against) return refused(operation, against.reason, `${target.name}: ${against.why}`, view);
  return perform(operation, { do: 'mark', node: target });
}

/** Asked of Alertmanager itself: what was posted may be old, and what follows costs pods their place. */
function confirm(operation: ScaleDown, view: View): DownStep {
  const heard = view.confirmation;
  if (!heard?.answered) return wait(operation);
  const why = heard.upFiring[0] ? `${heard.upFiring[0]} fires` : unconfirmed(operation, heard);
  if (why) return rollBack(operation, 'not-confirmed', why, view);
  return wait({ ...operation, confirmedAt: view.now });
}

function unconfirmed({ exchanged }: ScaleDown, heard: Confirmation & { answered: true }): string | null {
  if (!heard.downActive && !exchanged) return 'no unsilenced down alert of the pool is active any more';
  return heard.watchdogFresh ? null : 'the Watchdog alert is not fresh';
}

/** Those accepted together choose one after the other, the oldest id first: else both would choose the same node. */
function isTurnOf(operation: ScaleDown, state: PoolState): boolean {
  return !Object.values(state.operations).some(
    (other) =>
      other.kind === 'scale-down' && other.phase === 'accepted' && other.node === null && other.id < operation.id,
  );
}

function choose(operation: ScaleDown, seen: CompleteObservation, view: View): DownStep {
  const choice = chooseNode(aroundIt(operation, seen, view));
  if (choice.node === null) return refused(operation, choice.reason, choice.detail, view);
  return wait({ ...withoutReason(operation), node: choice.node, detail: choice.detail });
}

/** Without the operation itself: its own pods need their room once, and are no neighbours of themselves. */
function aroundIt({ id }: ScaleDown, seen: CompleteObservation, view: View): Surroundings {
  const { [id]: _itself, ...operations } = view.state.operations;
  return surroundingsOf({ ...view, state: { ...view.state, operations } }, seen);
}

/** What could not be read may be readable at the next look, until the deadline. */
function refused(operation: ScaleDown, reason: string, detail: string, view: View): DownStep {
  return reason === 'unknown-state'
    ? wait({ ...operation, reason, detail })
    : rollBack(operation, reason, detail, view);
}

/**
 * Only up alerts are asked for again: our own cordon takes the node out of the count that the down alert compares with,
 * so that alert ends here as it should.
 */
function cordoned(operation: ScaleDown, view: View): DownStep {
  const seen = view.observation;
  const settled = operation.phaseAt + view.policy.settle;
  const paused = pausedBy('down', view);
  if (paused) return rollBack(operation, 'paused', paused, view);
  if (!seen.complete || operation.node === null || seen.at < settled) return wait(operation);
  if (!view.confirmation?.answered) return wait(operation);
  const [rising] = view.confirmation.upFiring;
  if (rising) return rollBack(operation, 'not-confirmed', `${rising} fires`, view);
  return begin(operation, operation.node, seen, view);
}

function begin(operation: ScaleDown, target: DrainTarget, seen: CompleteObservation, view: View): DownStep {
  const scarce = tooFewBeside(seen, view);
  if (scarce) return rollBack(operation, 'at-min', scarce, view);
  const around = aroundIt(operation, seen, view);
  const node = nodeOf(target, seen);
  const against = node && objection(node, around);
  if (against) return refused(operation, against.reason, `${target.name}: ${against.why}`, view);
  const pods = around.drainOf(target.name).evict.length;
  return wait({
    ...enterDown(withoutReason(operation), 'draining', view.now, view.now + view.policy.deadline.drain),
    pods,
  });
}

/** No way back: repeats until instance and Node are gone. */
export function terminating(operation: ScaleDown, view: View): DownStep {
  const seen = view.observation;
  const target = operation.node;
  if (target === null) return wait(enterDown(operation, 'done', view.now, null));
  const sentAt = operation.terminateSentAt;
  if (sentAt === undefined) return perform(operation, { do: 'terminate', ids: [target.instanceId] });
  if (!seen.complete || seen.at <= sentAt) return wait(operation);
  const instance = seen.instances.find((candidate) => candidate.id === target.instanceId);
  if (instance && isAlive(instance)) {
    const overdue = view.now - sentAt >= view.timings.confirmGone;
    return overdue ? perform(operation, { do: 'terminate', ids: [target.instanceId] }) : wait(operation);
  }
  return afterTermination(operation, seen, view.now);
}

/** An instance that shuts down for so long holds no other drain up: it takes no pods and costs nothing. Protocol, not scaled. */
const SHUTS_DOWN_FOR = 600_000;

/** The Node goes once the kubelet is stopped; one that registered again goes too, whatever its uid. */
export function afterTermination(operation: ScaleDown, seen: CompleteObservation, now: number): DownStep {
  const id = operation.node?.instanceId;
  const node = seen.nodes.find((candidate) => candidate.instanceId === id);
  if (node) return perform(operation, { do: 'delete-node', node: { name: node.name, uid: node.uid } });
  const ending = seen.instances.some((candidate) => candidate.id === id && candidate.state !== 'terminated');
  if (!ending) return wait(enterDown(operation, 'done', now, null));
  if (now - endBegan(operation) < SHUTS_DOWN_FOR) return wait(operation);
  const detail = `EC2 has not ended instance ${id} yet, its Node is gone`;
  return wait({ ...enterDown(operation, 'done', now, null), reason: 'still-shutting-down', detail });
}

/** What EC2 ends by itself runs until the time of its notice, however early its node was empty. */
function endBegan({ terminateSentAt, phaseAt, notice }: ScaleDown): number {
  return terminateSentAt ?? Math.max(phaseAt, notice?.at ?? 0);
}

export function rollingBack(operation: ScaleDown, view: View): DownStep {
  if (operation.node === null) return wait(enterDown(operation, 'rolled-back', view.now, null));
  const seen = view.observation;
  if (!seen.complete || seen.at <= operation.phaseAt) return wait(operation);
  const node = nodeOf(operation.node, seen);
  if (node?.markedBy === operation.id) {
    const rest = restAfter(operation, node, view.now, view.policy.drain);
    return perform(operation, { do: 'unmark', node: operation.node, ...(rest && { rest }) });
  }
  return wait(enterDown(operation, 'rolled-back', view.now, null));
}
