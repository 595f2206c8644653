/** Which node a scale-down takes: ours, allowed, unblocked, its pods fit elsewhere, those that are on demand for want of spot first, then the emptiest. Pure. */
import type { NodeShape } from '../decision/fit';
import type { DrainTarget } from '../model/operation';
import { objection } from './objection';
import { unavailable } from './protected-nodes';
import { inTheirOrder } from './ranking';
import type { Surroundings } from './surroundings';

export type Choice =
  | { readonly node: DrainTarget; readonly detail: string }
  | { readonly node: null; readonly reason: 'no-candidate' | 'pods-do-not-fit-elsewhere'; readonly detail: string };

/** The best node for a scale-down that has none yet. */
export function chooseNode(around: Surroundings): Choice {
  const refusals: string[] = [];
  let homeless = false;
  for (const node of inTheirOrder(around)) {
    const taken = unavailable(node, around);
    const against = taken === null ? objection(node, around) : { reason: 'no-candidate', why: taken };
    if (against === null && node.instanceId) {
      const { name, uid, instanceId } = node;
      return { node: { name, uid, instanceId }, detail: `${name}: ${around.drainOf(name).evict.length} pods to move` };
    }
    homeless ||= against?.reason === 'pods-do-not-fit-elsewhere';
    refusals.push(`${node.name}: ${against?.why}`);
  }
  const detail = refusals.slice(0, 5).join('; ') || 'the pool has no node';
  return { node: null, reason: homeless ? 'pods-do-not-fit-elsewhere' : 'no-candidate', detail };
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
export function movableTo(shape: NodeShape, { name }: DrainTarget, around: Surroundings): boolean {
  const node = around.seen.nodes.find((it) => it.name === name);
  return node !== undefined && objection(node, around, [shape]) === null;
}
