/**
 * Return to spot: a node that is on demand for want of spot is exchanged in two steps, each decided from what is there. A
 * spot instance is launched in its place; when that one is a Ready node, the other is given back. Voluntary: every veto and
 * cooldown holds, and nothing that an alert asks for waits. Pure.
 */
import { CLOCK_SKEW } from '../model/clock-skew';
import type { Decision, Veto } from '../model/decision';
import type { CompleteObservation, Instance } from '../model/observation';
import type { OfferingMark } from '../model/offering';
import type { DrainTarget } from '../model/operation';
import type { PoolState } from '../model/pool';
import { fallbackNodes, movableTo } from '../removal/choose-node';
import { surroundingsOf } from '../removal/surroundings';
import { spotIsBack } from '../operation/launch-plan';
import type { DecisionContext } from './case';
import { circuitOf } from './circuit';
import { clockEnds } from './clocks';
import { decide } from './decide';
import { newNode } from './fit';
import { returnToSpot } from './intent';
import { isStoodInFor, standInsOf } from './stand-in';

/** With these the alerts of the pool ask for nothing, or for nothing that may be done. */
const QUIET: ReadonlySet<Veto | 'accepted'> = new Set(['nothing-asked', 'enough', 'at-min']);

export type Exchange = NonNullable<Decision['exchange']>;

/** The step that is next, whether or not it may be taken now; null when there is none. One exchange at a time. */
export function nextExchange(ordinary: Decision, context: DecisionContext): Exchange | null {
  const { policy, observation } = context;
  const { capacity, returnToSpot: budget } = policy.launch;
  if (policy.dryRun || capacity !== 'spot' || budget.every === 0) return null;
  if (ordinary.outcome !== 'hold' || !QUIET.has(ordinary.reason) || !observation.complete) return null;
  return stepFor(observation, context);
}

function stepFor(seen: CompleteObservation, context: DecisionContext): Exchange | null {
  const { key, policy } = context;
  const around = surroundingsOf(context, seen);
  const nodes = fallbackNodes(around);
  const begun = [...around.fallback()].filter((id) => standInsOf(id, seen).some((it) => isSurplus(it, context)));
  const twice = nodes.find(({ instanceId }) => begun.includes(instanceId));
  if (twice) return { step: 'give-back', target: twice };
  if (begun.length > 0) return null;
  if (nodes.length === 0) return null;
  const target = nodes.find(movableTo(newNode(key.pool, policy.node, seen), around));
  return target ? { step: 'launch', target } : null;
}

/**
 * A scale-up that closed since, or an alert that took the drain back, has counted on it: then it is a node that was asked for, and stands in for nobody. Giving
 * another one back for it would leave fewer nodes than alerts have asked for.
 */
function isSurplus({ launchedAt }: Instance, { state, now }: DecisionContext): boolean {
  const { step, at = 0 } = state.lastExchange ?? {};
  // Taken back for an alert: begun again with the same node it would be taken back again, and so on.
  if (step === 'taken-back') return launchedAt > at;
  return upClosedAt(state, now) <= Math.max(launchedAt, at);
}

/** A stamp from before the clock was set back is not believed. */
function upClosedAt({ upClosedAt: at = 0 }: PoolState, now: number): number {
  return at > now + CLOCK_SKEW ? 0 : at;
}

/** The exchange; when it has to wait, what alerts asked for, with a word about why. */
export function decideExchange(
  ordinary: Decision,
  exchange: Exchange,
  context: DecisionContext,
  marks: readonly OfferingMark[],
): Decision {
  const { target } = exchange;
  const why = exchange.step === 'launch' ? notLaunched(context, marks) : notGivenBack(target, context);
  if (why !== null)
    return { ...ordinary, detail: `${ordinary.detail}; ${target.name} is not exchanged for spot: ${why}` };
  const launches = exchange.step === 'launch';
  return {
    ...decide(returnToSpot(launches ? 'up' : 'down', context.now), context),
    outcome: 'exchange',
    reason: 'accepted',
    detail: launches
      ? `${target.name} is on demand for want of spot: launches a spot instance in its place`
      : `another node stands in the place of ${target.name}, which is on demand for want of spot: gives it back`,
    want: null,
    launch: launches ? 1 : 0,
    giveBack: launches ? 0 : 1,
    limitedBy: [],
    exchange,
  };
}

function notLaunched(context: DecisionContext, marks: readonly OfferingMark[]): string | null {
  const { state, policy, now } = context;
  const next = clockEnds(state.lastExchange?.at, policy.launch.returnToSpot.every, now);
  if (next > now) return `the next exchange may begin ${iso(next)}`;
  // Told apart from those that close later and count on what is launched now.
  if (upClosedAt(state, now) >= now) return 'a scale-up has just closed';
  if (!spotIsBack({ policy, marks, now })) return 'EC2 has lately refused every spot offering of the pool';
  if (circuitOf(state, policy, now) !== 'closed') return 'launches keep failing';
  const up = decide(returnToSpot('up', now), context);
  if (up.outcome === 'hold') return up.detail;
  // What is launched now has to be given back later: a pool at its minimum may do so by then.
  const down = decide(returnToSpot('down', now), context);
  return down.outcome === 'hold' && down.reason !== 'at-min' ? down.detail : null;
}

/** One that was rolled back is tried again after the time of the budget. */
function notGivenBack({ instanceId }: DrainTarget, context: DecisionContext): string | null {
  const { state, policy, observation, now } = context;
  if (state.lastExchange?.step === 'give-back') {
    const next = clockEnds(state.lastExchange.at, policy.launch.returnToSpot.every, now);
    if (next > now) return `it is tried again ${iso(next)}`;
  }
  if (!observation.complete || !isStoodInFor(instanceId, observation)) return 'what stands in its place is not Ready';
  const down = decide(returnToSpot('down', now), context);
  return down.outcome === 'hold' ? down.detail : null;
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
