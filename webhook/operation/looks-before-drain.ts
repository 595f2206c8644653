import type { Operation } from '../model/operation';

/** The next look decides whether a node is drained: it has to see budgets and claims too. Nobody asks them of a forced one. */
export function looksBeforeDrain(operation: Operation): boolean {
  if (operation.kind !== 'scale-down' || operation.forced) return false;
  const { phase, confirmedAt, node, exchanged } = operation;
  if (phase === 'accepted') return confirmedAt !== undefined && (node === null || exchanged === true);
  return phase === 'cordoned';
}
