/** What speaks against draining a node. Pure. */
import type { NodeShape } from '../decision/fit';
import type { Node } from '../model/observation';
import { podWithoutHome } from './homes';
import { keptBy } from './protected-nodes';
import type { Surroundings } from './surroundings';

export interface Objection {
  readonly reason: 'no-candidate' | 'blocked-by-pod' | 'pods-do-not-fit-elsewhere';
  readonly why: string;
}

/** Null when nothing does; asked when the node is chosen and again once it has settled. */
export function objection(node: Node, around: Surroundings, coming: readonly NodeShape[] = []): Objection | null {
  const kept = keptBy(node, around);
  if (kept) return { reason: 'no-candidate', why: kept };
  const [blocker] = around.drainOf(node.name).blockers;
  if (blocker) return { reason: 'blocked-by-pod', why: blocker };
  const lost = podWithoutHome(node.name, around, coming);
  if (!lost) return null;
  return { reason: 'pods-do-not-fit-elsewhere', why: `pod ${lost.namespace}/${lost.name} fits on no other node` };
}
