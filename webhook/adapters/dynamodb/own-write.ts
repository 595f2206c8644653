/**
 * A failed condition may be our own write whose reply was lost: the SDK repeats a request by itself, and the repeated one
 * meets what the first has written. These look at the state read afterwards, consistently, and recognise our hand in it.
 */
import { isDeepStrictEqual } from 'node:util';
import type { MonthCost } from '../../model/month-cost';
import type { Operation } from '../../model/operation';
import type { PoolState } from '../../model/pool';
import type { Acceptance, Closing } from '../../ports';
import { fitOperation } from './fit-operation';

/**
 * Ids are ours alone, so an operation of ours in the item was put there by this acceptance. One that only takes back is
 * known by its `cancelledBy`. If a taken-back operation has closed meanwhile the answer is a harmless "lost": whoever
 * decides again finds the node returned.
 */
export function hasAccepted(state: PoolState, { operations, cancel }: Acceptance): boolean {
  if (operations.length > 0) return operations.every(({ id }) => id in state.operations);
  return cancel.length > 0 && cancel.every(({ id, by }) => isCancelledBy(state.operations[id], by));
}

function isCancelledBy(operation: Operation | undefined, by: string): boolean {
  return operation?.kind === 'scale-down' && operation.cancelledBy === by;
}

/**
 * The revision alone could be another owner's save; its content then differs at least in `owner` or `ownerUntil`. If
 * somebody has cancelled it in between the answer is "lost", and reading again shows both our phase and the cancel.
 */
export function hasSaved(state: PoolState, operation: Operation): boolean {
  const stored = state.operations[operation.id];
  return stored !== undefined && isDeepStrictEqual(plain(stored), plain(fitOperation(operation)));
}

/** As it is stored: without undefined fields and prototypes. */
function plain(operation: Operation): unknown {
  return JSON.parse(JSON.stringify(operation));
}

/**
 * The operation is gone and the pool carries the time of our closing. If another closing has overwritten that stamp since,
 * the answer is a harmless "lost": whoever reads again finds the operation gone, and its history row is there already.
 */
export function hasClosed(state: PoolState, id: string, seenVersion: number, closing: Closing): boolean {
  return (
    !(id in state.operations) &&
    state.version > seenVersion &&
    state.closedAt === closing.closedAt &&
    (closing.upClosedAt === undefined || state.upClosedAt === closing.upClosedAt)
  );
}

/** What one process counted: another one that counted the very same has done our work. */
export function isSameCost(stored: MonthCost, cost: MonthCost): boolean {
  return isDeepStrictEqual(stored, cost);
}
