/**
 * What a launched instance has to reach by when: running, registered, Ready, and all of it within `deadline.join`. A miss
 * terminates, so it counts only in a complete observation, and after a gap in the observations there is always
 * `graceAfterGap` left for nodes that joined, or were about to, while we were blind. Pure.
 */
import { LABELS } from '../model/names';
import type { CompleteObservation, Node } from '../model/observation';
import type { ScaleUp } from '../model/operation';
import type { View } from './step';

export interface Overdue {
  readonly reason: 'not-running' | 'not-registered' | 'not-ready' | 'join-deadline';
  /** For people: what to look at. */
  readonly detail: (ids: readonly string[]) => string;
}

export interface JoinView {
  readonly operation: ScaleUp;
  readonly seen: CompleteObservation;
  readonly view: View;
}

/** The first deadline that the instance has missed, or null. */
export function overdue(id: string, context: JoinView): Overdue | null {
  const { operation, seen, view } = context;
  const { deadline } = view.policy;
  const launchedAt = operation.launchedAt ?? operation.phaseAt;
  const node = seen.nodes.find(({ instanceId }) => instanceId === id);
  if (hasPassed(launchedAt + deadline.join, context)) return atTheEnd(node, view);
  if (node)
    return hasPassed(Math.max(launchedAt, node.createdAt) + deadline.ready, context) ? notReady(node, view) : null;
  const runs = seen.instances.some((it) => it.id === id && it.state !== 'pending');
  if (!runs && hasPassed(launchedAt + deadline.running, context)) return NOT_RUNNING;
  return hasPassed(launchedAt + deadline.registered, context) ? NOT_REGISTERED : null;
}

function hasPassed(deadline: number, { operation, seen, view }: JoinView): boolean {
  const blind = seen.completeSince > operation.phaseAt;
  // By what was seen then: a process that slept since must not end what has joined meanwhile.
  return seen.at >= (blind ? Math.max(deadline, seen.completeSince + view.timings.graceAfterGap) : deadline);
}

const NOT_RUNNING: Overdue = {
  reason: 'not-running',
  detail: (ids) => `${named(ids)} still pending: see the state transition reason and volumes in EC2`,
};

const NOT_REGISTERED: Overdue = {
  reason: 'not-registered',
  detail: (ids) => `${named(ids)} without a Node: see the console output, the K3s token and the route to the server`,
};

function notReady(node: Node, { key }: View): Overdue {
  if (node.ready || node.awaitsAdmission) return { reason: 'not-ready', detail: () => withoutLabel(node, key.pool) };
  return {
    reason: 'not-ready',
    detail: (ids) => `${named(ids)} registered, not Ready: see kubectl describe node ${node.name}, the CNI first`,
  };
}

function atTheEnd(node: Node | undefined, { key }: View): Overdue {
  const stray = node?.ready === true || node?.awaitsAdmission ? node : undefined;
  return {
    reason: 'join-deadline',
    detail: (ids) => (stray ? withoutLabel(stray, key.pool) : `${ids.join(', ')} never became Ready nodes`),
  };
}

/** A node that is Ready and still waited for has another pool, or none. */
function withoutLabel({ name }: Node, pool: string): string {
  return `${name} is Ready without the label ${LABELS.pool}=${pool}: mend the bootstrap of the workers`;
}

/** An operation keeps some hundred characters: the first stands for all. */
function named([first = '', ...others]: readonly string[]): string {
  return others.length === 0 ? first : `${first} and ${others.length} more`;
}
