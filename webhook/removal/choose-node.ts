/** Which node a scale-down takes: ours, allowed, unblocked, its pods fit elsewhere, those that are on demand for want of spot first, then the emptiest. Pure. */
import type { NodeShape } from '../decision/fit';
import type { Node } from '../model/observation';
import type { DrainTarget } from '../model/operation';
import { Homes } from './homes';
import { objection, unread, type Objection } from './objection';
import { unavailable } from './protected-nodes';
import { inTheirOrder, sayWhy } from './ranking';
import type { Surroundings } from './surroundings';

export type Choice =
  | { readonly node: DrainTarget; readonly detail: string }
  | { readonly node: null; readonly reason: Objection['reason']; readonly detail: string };

/** The best node for a scale-down that has none yet. What would have to be forced is chosen last. */
export function chooseNode(around: Surroundings): Choice {
  const unknown = unread(around.seen);
  if (unknown !== null) return { node: null, reason: 'unknown-state', detail: unknown };
  const choice = chooseFrom(around, false);
  return choice.node === null && around.policy.drain.force ? chooseFrom(around, true) : choice;
}

function chooseFrom(around: Surroundings, pastBudgets: boolean): Choice {
  const refusals: Refusal[] = [];
  const homes = new Homes(around);
  const nodes = inTheirOrder(around);
  for (const [i, node] of nodes.entries()) {
    const against = refusalOf(node, around, homes, pastBudgets);
    if (against === null && node.instanceId) {
      const { name, uid, instanceId } = node;
      return {
        node: { name, uid, instanceId },
        detail: `${name}: ${around.drainOf(name).evict.length} pods to move${before(node, nodes[i + 1], around)}`,
      };
    }
    refusals.push({
      name: node.name,
      reason: against?.reason ?? 'no-candidate',
      why: against?.why ?? 'has no instance',
    });
  }
  const cut =
    refusals.length < nodes.length
      ? `; looked at ${refusals.length} of ${nodes.length} nodes, more takes too long`
      : '';
  return { node: null, reason: reasonOf(refusals), detail: `${sayRefusals(refusals)}${cut}` };
}

/** What has told it apart from the next one. */
function before(node: Node, next: Node | undefined, around: Surroundings): string {
  return next ? `; goes before ${next.name}, because it ${sayWhy(node, next, around)}` : '';
}

interface Refusal extends Objection {
  readonly name: string;
}

function refusalOf(node: Node, around: Surroundings, homes: Homes, pastBudgets: boolean): Objection | null {
  const why = unavailable(node, around) ?? waitedFor(node, homes);
  return why === null ? objection(node, around, homes, pastBudgets) : { reason: 'no-candidate', why };
}

/** The scheduler is about to use it. */
function waitedFor({ name }: Node, homes: Homes): string | null {
  const pod = homes.waitingPodThatFits(name);
  return pod && `is what pod ${pod.namespace}/${pod.name} waits for`;
}

/** What people can do most about; a pod that blocks is told in the detail. */
function reasonOf(refusals: readonly Refusal[]): Objection['reason'] {
  const telling = ['pods-do-not-fit-elsewhere', 'blocked-by-disruption-budget'] as const;
  return telling.find((reason) => refusals.some((it) => it.reason === reason)) ?? 'no-candidate';
}

const MOST_TOLD = 5;

function sayRefusals(refusals: readonly Refusal[]): string {
  const told = refusals.slice(0, MOST_TOLD).map(({ name, why }) => `${name}: ${why}`);
  return told.join('; ') || 'the pool has no node';
}

/** Those that could be given back, were another one there, in the order in which they go. */
export function fallbackNodes(around: Surroundings): readonly DrainTarget[] {
  return inTheirOrder(around).flatMap((node) => {
    const { name, uid, instanceId } = node;
    if (instanceId === null || !around.fallback().has(instanceId) || unavailable(node, around) !== null) return [];
    return [{ name, uid, instanceId }];
  });
}

/** Nothing speaks against draining the node once there is an empty one of this shape. */
export function movableTo(shape: NodeShape, around: Surroundings): (target: DrainTarget) => boolean {
  const homes = new Homes(around, [shape]);
  return ({ name }) => {
    const node = around.nodesByName().get(name);
    return node !== undefined && objection(node, around, homes) === null;
  };
}
