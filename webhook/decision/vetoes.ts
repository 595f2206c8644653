/**
 * The ordered reasons not to act. Each looks at one thing and answers with a sentence, or null to let pass.
 * The order is model/decision.ts VETOES; docs/decisions.md explains each for operators.
 */
import type { Veto } from '../model/decision';
import { isExchange } from '../model/operation';
import type { Pause } from '../model/pool';
import { retractable, type Case, type DecisionContext } from './case';
import type { Intent } from '../model/decision';
import { openWindow, sayWindow } from './blocked-windows';
import { budgetOf } from './budget';
import { candidatesOf } from './candidates';
import { backoffEnds, clockEnds } from './clocks';
import { isFailing } from './counting';
import { launchesAllowed, nodesForPods, roomBelowMax, roomAboveMin, roomForDrains } from './room';

export const MAX_OPEN_OPERATIONS = 100;

type EarlyRule = (intent: Intent, context: DecisionContext) => string | null;
type Rule = (subject: Case) => string | null;

/** Asked before the world is looked at: they hold whatever it is like. */
export const EARLY_RULES: readonly (readonly [Veto, EarlyRule])[] = [
  ['paused', paused],
  ['invalid-intent', invalidIntent],
  ['unknown-state', unknownState],
];

/** Asked with a complete observation. */
export const RULES: readonly (readonly [Veto, Rule])[] = [
  ['scale-up-firing', scaleUpFiring],
  ['pipeline-silent', pipelineSilent],
  ['enough', enough],
  ['already-in-flight', alreadyInFlight],
  ['unhealthy-cluster', unhealthyCluster],
  ['blocked-window', blockedWindow],
  ['circuit-open', circuitOpen],
  ['cooling-down', coolingDown],
  ['backing-off', backingOff],
  ['at-max', atMax],
  ['at-min', atMin],
  ['no-candidate', noCandidate],
  ['over-budget', overBudget],
  ['pending-pods-do-not-fit', pendingPodsDoNotFit],
  ['did-not-help', didNotHelp],
  ['too-many-open', tooManyOpen],
];

function paused(intent: Intent, context: DecisionContext): string | null {
  if (intent.silence) {
    const { id, endsAt, createdBy, comment } = intent.silence;
    return `paused by silence ${id} of ${createdBy} until ${iso(endsAt)}: ${comment}`;
  }
  const pause = context.state.pauses[intent.direction];
  return pause && pauseHolds(pause, context.now) ? `paused by ${pause.by} ${until(pause)}: ${pause.reason}` : null;
}

/** A pause ends at its time, even if nobody resumes. */
export function pauseHolds(pause: Pause, now: number): boolean {
  return pause.until === null || pause.until > now;
}

function invalidIntent(intent: Intent): string | null {
  if (intent.wish.kind !== 'invalid') return null;
  return `annotation nodes of ${intent.source} is ${JSON.stringify(intent.wish.text.slice(0, 80))}, not a number of nodes: mend the rule`;
}

function unknownState(_intent: Intent, context: DecisionContext): string | null {
  if (context.observation.complete) return null;
  const faults = context.observation.faults.map((fault) => `${fault.code}: ${fault.message}`).join('; ');
  return `the state of the world is unknown (${faults})`;
}

function scaleUpFiring({ intent, context }: Case): string | null {
  if (intent.direction === 'up' || context.upFiring.length === 0) return null;
  return `${context.upFiring.join(', ')} fires: up beats down`;
}

function pipelineSilent({ intent, context }: Case): string | null {
  return intent.direction === 'down' ? context.pipelineSilent : null;
}

function enough({ intent, have, want }: Case): string | null {
  const missing = intent.direction === 'up' ? want - have : have - want;
  return missing > 0 ? null : `${intent.source} asks for ${want}, the pool has ${have}`;
}

function alreadyInFlight(subject: Case): string | null {
  const { intent, ups, downs } = subject;
  if (intent.wish.kind === 'step' && ups.length + downs.length > 0) return 'a step never acts beside an open operation';
  if (intent.direction === 'up') return ups.length > 0 ? upInFlight(subject) : null;
  if (ups.length > 0) return `scale-up ${ups[0]?.id} is open`;
  return roomForDrains(subject) <= 0 ? `${downs.length} nodes are being drained` : null;
}

/**
 * Beside an open scale-up only what is urgent may top up, and not at once: what was bought must have a chance to count.
 * Beside one that rolls back nothing may: its failure becomes the back-off when it closes. An exchange for spot holds
 * nobody back, because nobody asked for it.
 */
function upInFlight(subject: Case): string | null {
  const { intent, ups, context, servable, coming } = subject;
  const failing = ups.find(isFailing);
  if (failing) return `scale-up ${failing.id} is rolling back: ${failing.reason ?? failing.lastError?.code}`;
  const asked = ups.filter((up) => !isExchange(up));
  if (asked.length === 0) return null;
  if (!intent.urgent) return `scale-up ${asked[0]?.id} is open`;
  if (servable.length > 0 && nodesForPods(subject) <= 0) {
    return `${coming} nodes are on their way for ${servable.length} waiting pods`;
  }
  const nextTopUp = clockEnds(context.state.upAcceptedAt, context.policy.cooldown.topUp, context.now);
  return context.now < nextTopUp ? `the last top-up is too recent, the next may come ${iso(nextTopUp)}` : null;
}

/** Beyond both, something is wrong that fewer nodes make worse: Cluster Autoscaler's numbers. */
const MOST_UNREADY = 3;
const MOST_UNREADY_SHARE = 0.45;

function unhealthyCluster({ intent, context }: Case): string | null {
  if (intent.direction === 'up' || !context.observation.complete) return null;
  const { nodes } = context.observation;
  const unready = nodes.filter(({ ready, awaitsAdmission }) => !ready && !awaitsAdmission).length;
  if (unready <= MOST_UNREADY || unready <= nodes.length * MOST_UNREADY_SHARE) return null;
  return `${unready} of ${nodes.length} nodes of the cluster are not Ready`;
}

function blockedWindow({ intent, context }: Case): string | null {
  if (intent.direction === 'up') return null;
  const window = openWindow(context.policy.removal.blockedWindows, context.now);
  return window && `no node is given back ${sayWindow(window)}`;
}

/** What can be taken back needs no launch and goes on. */
function circuitOpen(subject: Case): string | null {
  const { intent, context } = subject;
  if (intent.direction === 'down' || retractable(subject).length > 0 || launchesAllowed(subject) > 0) return null;
  const { failures = 0, until = 0, cause = 'unknown' } = context.state.backoff ?? {};
  const next = until > context.now ? `one node is launched to see ${iso(until)}` : 'one node is being launched to see';
  return `${failures} launches failed in a row, the last with ${cause}: ${next}`;
}

function coolingDown({ intent, context }: Case): string | null {
  const ends = cooldownEnds(context, intent);
  return ends > context.now ? `${intent.direction} cooldown until ${iso(ends)}` : null;
}

/** End of the cooldown that blocks this intent, 0 when none does: the clocks of the architecture, section 5. */
function cooldownEnds(context: DecisionContext, intent: Intent): number {
  const { state, policy, now } = context;
  if (intent.direction === 'down') return clockEnds(state.closedAt, policy.cooldown.down, now);
  return intent.urgent ? 0 : clockEnds(state.upClosedAt, policy.cooldown.up, now);
}

function backingOff(subject: Case): string | null {
  const { intent, context } = subject;
  const { state, policy, now } = context;
  const until = backoffEnds(state, policy, now);
  if (intent.direction === 'down' || until <= now || retractable(subject).length > 0) return null;
  return `${state.backoff?.failures} launches failed in a row, next attempt ${iso(until)}`;
}

function atMax(subject: Case): string | null {
  if (subject.intent.direction === 'down' || retractable(subject).length > 0) return null;
  const { policy } = subject.context;
  return roomBelowMax(subject) > 0
    ? null
    : `${subject.counts.alive} of at most ${policy.max} instances are alive or planned`;
}

function atMin(subject: Case): string | null {
  if (subject.intent.direction === 'up' || roomAboveMin(subject) > 0) return null;
  return `${subject.counts.free} nodes are in service, min is ${subject.context.policy.min}`;
}

/** Whatever runs on them: a scale-down that is accepted looks at that. */
function noCandidate(subject: Case): string | null {
  if (subject.intent.direction === 'up') return null;
  const { room, none } = candidatesOf(subject);
  return room > 0 ? null : none;
}

/** What can be taken back costs nothing more. */
function overBudget(subject: Case): string | null {
  if (retractable(subject).length > 0) return null;
  const { room, over } = budgetOf(subject);
  return room > 0 ? null : over;
}

function pendingPodsDoNotFit({ intent, servable, waiting, refused }: Case): string | null {
  if (!intent.forPods || servable.length > 0) return null;
  if (waiting.length === 0) return 'no pod waits for a node any more';
  const reasons = refused.slice(0, 3).map(({ pod, why }) => `pod ${pod.namespace}/${pod.name} ${why}`);
  return `none of ${waiting.length} waiting pods would fit a new node: ${reasons.join('; ')}`;
}

function didNotHelp({ intent, podSet, context }: Case): string | null {
  const served = context.state.servedPods;
  if (!intent.forPods || served?.podSet !== podSet || context.now - served.at < context.didNotHelpAfter) return null;
  return `the nodes launched for these pods were ready ${iso(served.at)} and none of them was placed: look at the events of the pods`;
}

function tooManyOpen({ ups, downs }: Case): string | null {
  const open = ups.length + downs.length;
  return open >= MAX_OPEN_OPERATIONS ? `${open} operations are open` : null;
}

function until(pause: Pause): string {
  return pause.until === null ? 'until resumed' : `until ${iso(pause.until)}`;
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
