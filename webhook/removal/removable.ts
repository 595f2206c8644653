/** Which nodes of a pool a scale-down may take, as far as the nodes themselves tell: their pods are another matter. Pure. */
import { poolNodes } from '../decision/counting';
import { keptBy, unavailable } from './protected-nodes';
import type { Surroundings } from './surroundings';

export interface Removable {
  /** Nodes that may be taken. */
  readonly count: number;
  /** The others: `name: why not`. */
  readonly kept: readonly string[];
}

export function removableNodes(around: Surroundings): Removable {
  const nodes = poolNodes(around.key, around.seen);
  const kept = nodes.flatMap((node) => {
    const why = unavailable(node, around) ?? keptBy(node, around);
    return why === null ? [] : [`${node.name}: ${why}`];
  });
  return { count: nodes.length - kept.length, kept };
}
