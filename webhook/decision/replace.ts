/**
 * Nodes that EC2 is about to take: drained in time, with another one launched beside them. An alert is believed only when
 * EC2 says the same; until then its node is cordoned, and nothing is bought or moved. Pure.
 */
import type { ScalingAlert, Signals } from '../model/alert';
import type { Decision, Intent, Replacement } from '../model/decision';
import { LABELS, TAGS } from '../model/names';
import type { Notice } from '../model/notice';
import { isAlive, type CompleteObservation, type Node } from '../model/observation';
import { instancesByReplaced } from '../model/observed';
import type { ScaleDown } from '../model/operation';
import type { PoolKey, PoolPolicy, PoolState } from '../model/pool';
import { backoffEnds, clockEnds } from './clocks';
import { circuitOf } from './circuit';
import { count, isFailing, openOperations, poolInstances, poolNodes } from './counting';
import { activeAlerts } from './intent';
import { pauseHolds } from './vetoes';

export interface ReplaceContext {
  readonly key: PoolKey;
  readonly state: PoolState;
  readonly policy: PoolPolicy;
  readonly now: number;
}

export interface NamedNode {
  readonly alert: ScalingAlert;
  readonly node: Node;
  readonly instanceId: string;
}

/** Nodes of ours that a replace alert names. What people own, or another system launched, is not ours to replace. */
export function namedNodes(signals: Signals, key: PoolKey, seen: CompleteObservation): readonly NamedNode[] {
  const ours = new Set(
    poolInstances(key, seen)
      .filter((it) => isAlive(it) && !(TAGS.permanent in it.tags))
      .map(({ id }) => id),
  );
  const candidates = poolNodes(key, seen).filter(({ labels }) => labels[LABELS.permanent] !== 'true');
  const nodes = new Map(candidates.map((node) => [node.name, node]));
  const byName = new Map<string, NamedNode>();
  for (const alert of activeAlerts(signals, key)) {
    if (alert.scale !== 'replace' || alert.heardAt === null) continue;
    const node = nodes.get(alert.node ?? '');
    if (!node?.instanceId || !ours.has(node.instanceId)) continue;
    // What EC2 has announced counts, whatever it recommended before.
    if (alert.recommended && byName.has(node.name)) continue;
    byName.set(node.name, { alert, node, instanceId: node.instanceId });
  }
  return [...byName.values()];
}

/** Null when there is nothing (more) to do for any of them. */
export function decideReplace(
  named: readonly NamedNode[],
  notices: readonly Notice[],
  seen: CompleteObservation,
  context: ReplaceContext,
): Decision | null {
  const taken = named.flatMap(({ instanceId }) => notices.filter((it) => it.instanceId === instanceId));
  let room = launchesLeft(taken.length, seen, context);
  const replacements: Replacement[] = [];
  for (const it of named) {
    const notice = taken.find(({ instanceId }) => instanceId === it.instanceId);
    const mayBuy = notice !== undefined && room > 0 && !isReplaced(it.instanceId, seen, context.state);
    const replacement = replacementOf(it, notice, mayBuy, context);
    if (replacement === null) continue;
    if (replacement.buy) room -= 1;
    replacements.push(replacement);
  }
  const now = inTurn(replacements, named, context);
  const [first] = now;
  return first ? decisionOf(now, first, { seen, context, named }) : null;
}

/**
 * EC2 may recommend to leave half of the pool at once, and takes few of them: nodes that are cordoned for nothing more than
 * that have to be few too, `maxSurge` and at least one. The others wait for their turn.
 */
function inTurn(
  replacements: readonly Replacement[],
  named: readonly NamedNode[],
  { state, policy }: ReplaceContext,
): readonly Replacement[] {
  const recommended = new Set(named.filter(({ alert }) => alert.recommended).map(({ node }) => node.uid));
  const announced = new Set(named.map(({ node }) => node.uid).filter((uid) => !recommended.has(uid)));
  const cordoned = openOperations(state).filter(
    (it) => it.kind === 'scale-down' && isOnlyCordoned(it) && !announced.has(it.node?.uid ?? ''),
  );
  const left = Math.max(0, Math.max(1, policy.maxSurge) - cordoned.length);
  const waiting = replacements.filter(({ target, notice }) => notice === undefined && recommended.has(target.uid));
  const late = new Set(waiting.slice(left));
  return replacements.filter((it) => !late.has(it));
}

function isOnlyCordoned({ forced, notice, phase }: ScaleDown): boolean {
  return forced === true && notice === undefined && phase !== 'draining' && phase !== 'terminating';
}

function replacementOf(
  { alert, node, instanceId }: NamedNode,
  notice: Notice | undefined,
  mayBuy: boolean,
  context: ReplaceContext,
): Replacement | null {
  const down = openOperations(context.state).find(
    (it): it is ScaleDown => it.kind === 'scale-down' && it.node?.uid === node.uid,
  );
  const drain = down === undefined && mayDrain(node, notice, context);
  const buy = mayBuy && (drain || goesOn(down));
  if (!drain && !buy) return null;
  const target = { name: node.name, uid: node.uid, instanceId };
  return { alert: alert.name, target, drain, buy, ...(notice ? { notice } : {}), ...(down && !drain ? { down } : {}) };
}

/** A drain that a rule asked for is no reason to launch: the node was to go anyway. */
function goesOn(down: ScaleDown | undefined): boolean {
  return down?.forced === true && down.phase !== 'rolling-back';
}

/**
 * Whether another one stands in its place, or soon will. Told by what was launched and not by the drain: a drain that
 * rolls back leaves its replacement, and the next drain of that node must not buy a second one.
 */
function isReplaced(
  instanceId: string,
  seen: CompleteObservation,
  state: PoolState,
  passed: readonly string[] = [],
): boolean {
  const comes = openOperations(state).some(
    (it) => it.kind === 'scale-up' && it.replaces?.instanceId === instanceId && it.phase !== 'rolling-back',
  );
  if (comes) return true;
  const standIns = (instancesByReplaced(seen.instances).get(instanceId) ?? []).filter(({ id }) => !passed.includes(id));
  // EC2 may have taken the replacement too, and that one was replaced then.
  return standIns.some((it) => isAlive(it) || isReplaced(it.id, seen, state, [...passed, it.id]));
}

/** A person's cordon stays. An alert that EC2 did not confirm is not tried again at once. */
function mayDrain(node: Node, notice: Notice | undefined, { state, policy, now }: ReplaceContext): boolean {
  const { down: pause } = state.pauses;
  if ((node.cordoned && node.markedBy === null) || (pause && pauseHolds(pause, now))) return false;
  return notice !== undefined || clockEnds(state.closedAt, policy.cooldown.down, now) <= now;
}

/**
 * Beside anything and in no cooldown, but not while launches fail; at most `maxSurge` above max, and never so many that
 * the pool is above max once EC2 has what it takes.
 */
function launchesLeft(taken: number, seen: CompleteObservation, { key, state, policy, now }: ReplaceContext): number {
  const { up: pause } = state.pauses;
  const failing = openOperations(state).some((it) => it.kind === 'scale-up' && isFailing(it));
  const fails = failing || backoffEnds(state, policy, now) > now || circuitOf(state, policy, now) !== 'closed';
  if (fails || (pause && pauseHolds(pause, now))) return 0;
  return policy.max + Math.min(policy.maxSurge, taken) - count(key, state, seen).alive;
}

function decisionOf(
  replacements: readonly Replacement[],
  first: Replacement,
  { seen, context, named }: { seen: CompleteObservation; context: ReplaceContext; named: readonly NamedNode[] },
): Decision {
  const alert = named.find(({ node }) => node.uid === first.target.uid)?.alert;
  return {
    at: context.now,
    outcome: 'replace',
    reason: 'accepted',
    detail: replacements.map(wording).join('; '),
    intent: intentOf(first.alert, alert?.firstHeardAt ?? context.now),
    have: count(context.key, context.state, seen).have,
    want: null,
    launch: replacements.filter(({ buy }) => buy).length,
    giveBack: replacements.filter(({ drain }) => drain).length,
    takeBack: [],
    limitedBy: [],
    replacements,
  };
}

function intentOf(source: string, heardAt: number): Intent {
  return { direction: 'up', source, wish: { kind: 'step' }, urgent: true, forPods: false, heardAt, silence: null };
}

function wording({ alert, target, notice, drain, buy }: Replacement): string {
  const told = notice
    ? `EC2 takes ${target.name} at ${new Date(notice.at).toISOString()} (${notice.kind})`
    : `${alert} says that EC2 takes ${target.name}, EC2 does not say so yet`;
  const acts = [...(drain ? [notice ? 'drains it' : 'cordons it'] : []), ...(buy ? ['launches another'] : [])];
  return `${told}: ${acts.join(' and ')}`;
}
