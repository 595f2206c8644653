/** In which order the nodes of a pool go. Pure. */
import { poolNodes } from '../decision/counting';
import { add, NOTHING } from '../decision/fit';
import { isStoodInFor } from '../decision/stand-in';
import type { Node } from '../model/observation';
import type { Surroundings } from './surroundings';

export function inTheirOrder(around: Surroundings): readonly Node[] {
  const rank = rankOf(around);
  const emptiness = byEmptiness(around);
  return poolNodes(around.key, around.seen).toSorted((a, b) => rank(a) - rank(b) || emptiness(a, b));
}

/** What is on demand only for want of spot goes first, and of that what another one stands in for. */
function rankOf(around: Surroundings): (node: Node) => number {
  return ({ instanceId }) => {
    if (instanceId === null || !around.fallback().has(instanceId)) return 2;
    return isStoodInFor(instanceId, around.seen) ? 0 : 1;
  };
}

/** Nothing to move first, then the least requested share, fewest pods, the oldest; the name makes it total. */
function byEmptiness(around: Surroundings): (a: Node, b: Node) => number {
  const shares = new Map(around.seen.nodes.map((node) => [node.name, requestedShare(node, around)]));
  const pods = (node: Node) => around.drainOf(node.name).evict.length;
  return (a, b) =>
    Number(pods(a) > 0) - Number(pods(b) > 0) ||
    (shares.get(a.name) ?? 0) - (shares.get(b.name) ?? 0) ||
    pods(a) - pods(b) ||
    a.createdAt - b.createdAt ||
    (a.name < b.name ? -1 : 1);
}

function requestedShare(node: Node, around: Surroundings): number {
  const wanted = around.drainOf(node.name).resettle.reduce((total, pod) => add(total, pod.requests), NOTHING);
  return Math.max(wanted.cpu / (node.allocatable.cpu || 1), wanted.memory / (node.allocatable.memory || 1));
}
