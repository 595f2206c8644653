/** Whether the pods of a node find a place elsewhere. Pure. */
import { isServing } from '../decision/counting';
import { add, fits, NOTHING, subtract, type NodeShape } from '../decision/fit';
import type { Node, Pod, Resources } from '../model/observation';
import type { Surroundings } from './surroundings';

/**
 * A pod of the node that would find no place among the other serving nodes, or null. Pods of nodes that other
 * scale-downs are emptying are placed first, since they need a place too; what is placed takes its room.
 */
export function podWithoutHome(nodeName: string, around: Surroundings, coming: readonly NodeShape[]): Pod | null {
  const leaving = new Set([nodeName, ...around.leaving()]);
  const serving = around.seen.nodes
    .filter((node) => isServing(node) && !leaving.has(node.name))
    .map((node): NodeShape => ({
      free: freeOf(node, around),
      labels: node.labels,
      taints: node.taints,
      name: node.name,
    }));
  const homes = [...serving, ...coming].map((shape) => ({ shape }));
  const others = [...leaving].filter((name) => name !== nodeName);
  const own = new Set(movableOn(nodeName, around).map((pod) => pod.uid));
  const pods = [...others.flatMap((name) => movableOn(name, around)), ...bySizeDown(movableOn(nodeName, around))];
  for (const pod of pods) {
    const home = homes.find(({ shape }) => fits(pod, shape));
    if (home) home.shape = { ...home.shape, free: subtract(home.shape.free, pod.requests) } satisfies NodeShape;
    else if (own.has(pod.uid)) return pod;
  }
  return null;
}

function movableOn(nodeName: string, around: Surroundings): readonly Pod[] {
  return around.drainOf(nodeName).resettle;
}

function bySizeDown(pods: readonly Pod[]): readonly Pod[] {
  return pods.toSorted((a, b) => b.requests.cpu - a.requests.cpu || b.requests.memory - a.requests.memory);
}

function freeOf(node: Node, around: Surroundings): Resources {
  const running = around.podsOn(node.name).filter((pod) => pod.phase !== 'Succeeded' && pod.phase !== 'Failed');
  return subtract(
    node.allocatable,
    running.reduce((total, pod) => add(total, pod.requests), NOTHING),
  );
}
