/** What is asked of Alertmanager once more before an operation begins, and what then speaks against it. Pure. */
import { count, isComingBack } from '../decision/counting';
import { activeAlerts, BELOW_MINIMUM } from '../decision/intent';
import { pauseHolds } from '../decision/vetoes';
import type { Signals } from '../model/alert';
import { isListedAlive } from '../model/observation';
import { isExchange, type Operation, type ScaleDown, type ScaleUp } from '../model/operation';
import type { Direction, PoolKey } from '../model/pool';
import type { Confirmation, View } from './step';

/** Before anything has happened that costs: asked of Alertmanager itself, since what was posted may be old. */
export function needsConfirmation(operation: Operation, moment: Moment): boolean {
  if (operation.kind === 'scale-up') return isLate(operation, moment);
  if (operation.forced) return needsNotice(operation) || leavesForEvent(operation);
  return operation.phase === 'cordoned' || (operation.phase === 'accepted' && operation.confirmedAt === undefined);
}

/** Cordoned because an alert says so, and EC2 has not said it yet. */
export function needsNotice(operation: Operation): boolean {
  return (
    operation.kind === 'scale-down' && operation.forced === true && operation.phase === 'cordoned' && !operation.notice
  );
}

/** The alert for it is over: IMDS does not announce the event any more, so EC2 is asked, too. */
export function mayBeWithdrawn(operation: Operation, heard: Confirmation | null): boolean {
  if (!leavesForEvent(operation) || !heard?.answered) return false;
  return !heard.replaceNodes.includes(operation.node?.name ?? '');
}

/** Scheduled events can be withdrawn; interruptions never are. */
function leavesForEvent(operation: Operation): operation is ScaleDown {
  if (operation.kind !== 'scale-down' || operation.forced !== true) return false;
  return operation.phase === 'draining' && operation.notice?.kind === 'maintenance';
}

export function confirmationOf(signals: Signals, key: PoolKey): Confirmation {
  if (signals.alertmanagerSilent) return { answered: false };
  const active = activeAlerts(signals, key);
  const ups = active.filter(({ scale }) => scale === 'up');
  const totals = ups.flatMap(({ wish }) => (wish.kind === 'total' ? [wish.nodes] : []));
  return {
    answered: true,
    downActive: active.some(({ scale }) => scale === 'down'),
    upFiring: ups.map(({ name }) => name),
    upWanted: totals.length === 0 ? null : Math.max(...totals),
    replaceNodes: active.flatMap(({ scale, node }) => (scale === 'replace' && node !== null ? [node] : [])),
    watchdogFresh: signals.watchdogFresh,
  };
}

/** Who has paused this direction, or null. */
export function pausedBy(direction: Direction, { state, now }: View): string | null {
  const pause = state.pauses[direction];
  return pause && pauseHolds(pause, now) ? `${pause.by} has paused it: ${pause.reason}` : null;
}

type Moment = Pick<View, 'now' | 'timings'>;

/** Nothing of it has begun, although it was accepted at least a look ago: its process died, or the store was away. */
function isLate({ attempt, acceptedAt }: ScaleUp, { now, timings }: Moment): boolean {
  return attempt === 0 && now - acceptedAt > timings.evaluationInterval;
}

/**
 * Why a scale-up of which nothing has begun is not wanted any more, or null. Asked only when it did not begin at once:
 * what it was accepted for may be long over.
 */
export function notWantedAnyMore(operation: ScaleUp, view: View): string | null {
  if (!isLate(operation, view)) return null;
  if (isExchange(operation)) return 'it could not begin at once, and nobody waits for it';
  if (standsIn(operation, view)) return pausedBy('up', view);
  return (
    pausedBy('up', view) ?? (operation.trigger.alert === BELOW_MINIMUM ? minimumKept : alertsOver)(operation, view)
  );
}

/** In the place of a node that EC2 takes, or has taken: no up alert asked for it, and none has to. */
function standsIn({ replaces }: ScaleUp, { state, observation }: View): boolean {
  if (replaces === undefined) return false;
  const drain = state.operations[replaces.drain ?? ''];
  if (drain?.kind === 'scale-down') return !isComingBack(drain);
  return observation.complete && !isListedAlive(replaces.instanceId, observation);
}

function minimumKept(operation: ScaleUp, view: View): string | null {
  const others = countWithout(operation, view);
  if (others === null || others.alive < view.policy.min) return null;
  return `${others.alive} instances are alive or planned without it, min is ${view.policy.min}`;
}

function alertsOver(operation: ScaleUp, view: View): string | null {
  const heard = view.confirmation;
  if (!heard?.answered) return null;
  if (heard.upFiring.length === 0) return 'no unsilenced up alert of the pool is active any more';
  const others = countWithout(operation, view);
  if (others === null || heard.upWanted === null || others.have < heard.upWanted) return null;
  return `${heard.upFiring.join(', ')} asks for ${heard.upWanted}, the pool has ${others.have} without it`;
}

function countWithout({ id }: ScaleUp, { key, state, observation }: View) {
  if (!observation.complete) return null;
  const { [id]: _itself, ...operations } = state.operations;
  return count(key, { ...state, operations }, observation);
}
