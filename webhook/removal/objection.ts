/** What speaks against draining a node. Pure. */
import type { CompleteObservation, Node } from '../model/observation';
import { refusedByBudget } from './budgets';
import { Homes } from './homes';
import { keptBy } from './protected-nodes';
import type { Surroundings } from './surroundings';

export interface Objection {
  readonly reason:
    'unknown-state' | 'no-candidate' | 'blocked-by-pod' | 'blocked-by-disruption-budget' | 'pods-do-not-fit-elsewhere';
  readonly why: string;
}

/**
 * What a drain is judged by could not be read. Unknown is not zero: then nothing is drained. Null also when nobody has
 * tried: whoever looks before a drain is decided on looks again when it is.
 */
export function unread({ budgets, claims, pods, faults }: CompleteObservation): string | null {
  const missing = budgets === undefined || (claims === undefined && pods.some((pod) => pod.claims !== undefined));
  const [fault] = faults ?? [];
  return missing && fault ? `disruption budgets or claims could not be read: ${fault.message}` : null;
}

/**
 * Null when nothing does; asked when the node is chosen and again once it has settled. A drain that forces has its own way
 * with budgets: it asks them until its deadline.
 */
export function objection(
  node: Node,
  around: Surroundings,
  homes = new Homes(around),
  pastBudgets = around.policy.drain.force,
): Objection | null {
  const unknown = unread(around.seen);
  if (unknown) return { reason: 'unknown-state', why: unknown };
  const kept = keptBy(node, around);
  if (kept) return { reason: 'no-candidate', why: kept };
  const [blocker] = around.drainOf(node.name).blockers;
  if (blocker) return { reason: 'blocked-by-pod', why: blocker };
  const refusal = pastBudgets ? null : refusedByBudget(node, around);
  if (refusal) return { reason: 'blocked-by-disruption-budget', why: refusal };
  return homeless(node, homes);
}

function homeless(node: Node, homes: Homes): Objection | null {
  const placing = homes.place(node.name);
  if (placing.placed) return null;
  const { namespace, name } = placing.pod;
  const lost = placing.because === 'no-room' ? 'fits on no other node' : 'found no place as far as was looked';
  return { reason: 'pods-do-not-fit-elsewhere', why: `pod ${namespace}/${name} ${lost}` };
}
