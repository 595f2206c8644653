/** decide(intent, context) -> Decision: pure. Time, ids and the world are arguments. */
import type { Clamp, Decision, Intent, Veto } from '../model/decision';
import { budgetOf, onDemandRoom } from './budget';
import { candidatesOf } from './candidates';
import { makeCase, retractable, type Case, type DecisionContext } from './case';
import { backoffEnds } from './clocks';
import { launchesAllowed, nodesForPods, roomAboveMin, roomBelowMax, roomForDrains } from './room';
import { EARLY_RULES, MAX_OPEN_OPERATIONS, RULES } from './vetoes';

/**
 * Tries the intents in their order: the first up intent that may act is the decision. Down intents must agree: giving back
 * less than one of them allows is safe, giving back more is not. When none may act, the answer to the first intent is,
 * because it is the one that people will ask about.
 */
export function decideAll(intents: readonly Intent[], context: DecisionContext): Decision {
  const decisions = intents.map((intent) => decide(intent, context));
  return (
    decisions.find((decision) => decision.launch > 0 || decision.takeBack.length > 0) ??
    decisions.find((decision) => decision.outcome === 'hold') ??
    decisions.toSorted((a, b) => a.giveBack - b.giveBack)[0] ??
    held(null, 'nothing-asked', 'no alert of the pool fires', context.now)
  );
}

export function decide(intent: Intent, context: DecisionContext): Decision {
  for (const [veto, rule] of EARLY_RULES) {
    const detail = rule(intent, context);
    if (detail !== null) return held(intent, veto, detail, context.now);
  }
  if (!context.observation.complete) return held(intent, 'unknown-state', 'incomplete observation', context.now);
  const subject = makeCase(intent, context, context.observation);
  for (const [veto, rule] of RULES) {
    const detail = rule(subject);
    if (detail !== null) return { ...held(intent, veto, detail, context.now), have: subject.have, want: subject.want };
  }
  return intent.direction === 'up' ? grow(subject) : shrink(subject);
}

/** Takes drains back first, newest first, and buys only the rest. */
function grow(subject: Case): Decision {
  const { intent, context, have, want } = subject;
  const missing = want - have;
  const takeBack = retractable(subject)
    .slice(0, missing)
    .map((down) => down.id);
  const { amount: launch, limitedBy } = clamp(missing - takeBack.length, [
    ['max-nodes-per-decision', context.policy.maxNodesPerDecision],
    ['max', roomBelowMax(subject)],
    ['backing-off', isBackingOff(context) ? 0 : Infinity],
    ['circuit-open', launchesAllowed(subject)],
    ['budget', budgetOf(subject).room],
    ['waiting-pods', nodesForPods(subject)],
  ]);
  return {
    ...acting(subject),
    outcome: launch > 0 ? 'scale-up' : 'uncordon',
    detail: growDetail(subject, launch, takeBack.length),
    launch,
    takeBack,
    limitedBy,
    ...(onDemandRoom(subject) < launch ? { onDemandAtMost: onDemandRoom(subject) } : {}),
    ...(intent.forPods && launch > 0 ? { podSet: subject.podSet, ...pinned(subject) } : {}),
  };
}

function pinned({ zones }: Case): Pick<Decision, 'zones'> {
  return zones === null ? {} : { zones };
}

function isBackingOff({ state, policy, now }: DecisionContext): boolean {
  return backoffEnds(state, policy, now) > now;
}

function growDetail(subject: Case, launch: number, takenBack: number): string {
  const { intent, have, want, zones, servable } = subject;
  const [pod] = servable;
  const where = zones && pod ? ` in ${zones.join(', ')}, where pod ${pod.namespace}/${pod.name} has to be` : '';
  const parts = [
    ...(takenBack > 0 ? [`takes back ${takenBack} drain${takenBack === 1 ? '' : 's'}`] : []),
    ...(launch > 0 ? [`launches ${launch}${where}`] : []),
  ];
  const prices = launch > 0 ? priceDetail(subject, launch) : '';
  return `${intent.source} asks for ${want}, the pool has ${have}: ${parts.join(' and ')}${prices}`;
}

function priceDetail(subject: Case, launch: number): string {
  const { spending } = subject.context;
  const { unknown } = budgetOf(subject);
  const cheapest = spending ? `; cheapest is ${spending.cheapest}` : '';
  if (unknown !== null) return `${cheapest}; the budget is not checked, ${unknown}`;
  const room = onDemandRoom(subject);
  return room < launch ? `${cheapest}; the budget pays for ${room} of them on demand` : cheapest;
}

function shrink(subject: Case): Decision {
  const { intent, have, want, downs, ups } = subject;
  const { amount: giveBack, limitedBy } = clamp(have - want, [
    ['min', roomAboveMin(subject)],
    ['candidates', candidatesOf(subject).room],
    ['max-concurrent-drains', roomForDrains(subject)],
    ['too-many-open', MAX_OPEN_OPERATIONS - ups.length - downs.length],
  ]);
  return {
    ...acting(subject),
    outcome: 'scale-down',
    detail: `${intent.source} asks for ${want}, the pool has ${have}: gives back ${giveBack}`,
    giveBack,
    limitedBy,
  };
}

function acting({ intent, context, have, want }: Case): Decision {
  return { ...held(intent, 'enough', '', context.now), reason: 'accepted', have, want };
}

function held(intent: Intent | null, reason: Veto, detail: string, now: number): Decision {
  return {
    at: now,
    outcome: 'hold',
    reason,
    detail,
    intent,
    have: null,
    want: null,
    launch: 0,
    giveBack: 0,
    takeBack: [],
    limitedBy: [],
  };
}

/** Shrinks `wanted` by each limit in turn and names those that did; never below zero. */
function clamp(
  wanted: number,
  limits: readonly (readonly [Clamp, number])[],
): { amount: number; limitedBy: readonly Clamp[] } {
  const limitedBy = limits.filter(([, limit]) => Math.max(0, limit) < wanted).map(([name]) => name);
  const amount = Math.max(0, Math.min(wanted, ...limits.map(([, limit]) => limit)));
  return { amount, limitedBy };
}
