/** How far a pool may grow and shrink. Pure. */
import { poolNodes } from './counting';
import type { Case } from './case';
import { circuitOf } from './circuit';
import { RETURN_TO_SPOT } from './intent';
import { zoneOf } from './zones';

/** Instances that may still be launched. Can be negative when people or a lowered max brought the pool above it. */
export function roomBelowMax({ intent, context, counts }: Pick<Case, 'intent' | 'context' | 'counts'>): number {
  const { max, maxSurge } = context.policy;
  // Another node goes for it.
  const surge = intent.source === RETURN_TO_SPOT ? Math.min(1, maxSurge) : 0;
  return max + surge - counts.alive;
}

/** Instances that the circuit lets through: one at a time to see, while launches keep failing. */
export function launchesAllowed({ context, ups }: Pick<Case, 'context' | 'ups'>): number {
  const circuit = circuitOf(context.state, context.policy, context.now);
  if (circuit === 'closed') return Infinity;
  return circuit === 'half-open' && ups.length === 0 ? 1 : 0;
}

/** Nodes that may still be given back. */
export function roomAboveMin({ context, counts }: Pick<Case, 'context' | 'counts'>): number {
  return counts.free - context.policy.min;
}

/** A node for each waiting pod that it helps is the most that can help, those on their way included. */
export function nodesForPods({ intent, servable, coming }: Case): number {
  return intent.forPods ? servable.length - coming : Infinity;
}

/** Drains that may begin now. Where the nodes of a pool are in several zones, none of these loses two at once. */
export function roomForDrains({ context, downs }: Pick<Case, 'context' | 'downs'>): number {
  const { key, policy, observation } = context;
  const nodes = observation.complete ? poolNodes(key, observation) : [];
  const zones = new Set(nodes.flatMap((node) => zoneOf(node) ?? [])).size;
  return (zones > 1 ? Math.min(policy.maxConcurrentDrains, zones) : policy.maxConcurrentDrains) - downs.length;
}
