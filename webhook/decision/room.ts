/** How far a pool may grow and shrink. Pure. */
import type { Case } from './case';

/** Instances that may still be launched. Can be negative when people or a lowered max brought the pool above it. */
export function roomBelowMax({ context, counts }: Pick<Case, 'context' | 'counts'>): number {
  return context.policy.max - counts.alive;
}

/** Nodes that may still be given back. */
export function roomAboveMin({ context, counts }: Pick<Case, 'context' | 'counts'>): number {
  return counts.free - context.policy.min;
}
