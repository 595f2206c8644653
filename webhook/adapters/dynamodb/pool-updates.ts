/** The four updates of the pool item, each one conditional request. Pure. */
import { SmartScaleError } from '../../errors';
import type { Operation } from '../../model/operation';
import type { Direction, Pause } from '../../model/pool';
import type { Acceptance, Closing } from '../../ports';
import { ExpressionBuilder, type Expression } from './expression';
import { fitOperation } from './fit-operation';

const at = (id: string, field: string): string[] => ['operations', id, field];

/** For an item that exists (version 1 and later). */
export function acceptUpdate({ version, operations, cancel, upAcceptedAt, lastExchange }: Acceptance): Expression {
  const update = new ExpressionBuilder().onlyIf(['version'], version).set(['version'], version + 1);
  for (const operation of operations) update.set(['operations', operation.id], fitOperation(operation));
  for (const { id, revision, by } of cancel) {
    update
      .onlyIf(at(id, 'revision'), revision)
      .set(at(id, 'revision'), revision + 1)
      .set(at(id, 'cancelledBy'), by);
  }
  return update.setOrRemove(['upAcceptedAt'], upAcceptedAt).setOrRemove(['lastExchange'], lastExchange).build();
}

/** The first item of a pool. */
export function firstItem({ operations, upAcceptedAt, lastExchange }: Acceptance): Record<string, unknown> {
  return {
    version: 1,
    operations: Object.fromEntries(operations.map((operation) => [operation.id, fitOperation(operation)])),
    ...(upAcceptedAt !== undefined && { upAcceptedAt }),
    ...(lastExchange && { lastExchange }),
  };
}

export function saveUpdate(operation: Operation, seen: { revision: number; owner: string }): Expression {
  return new ExpressionBuilder()
    .onlyIf(at(operation.id, 'revision'), seen.revision)
    .onlyIf(at(operation.id, 'owner'), seen.owner)
    .set(['operations', operation.id], fitOperation(operation))
    .build();
}

/** @throws SmartScaleError `internal`: two saves of one revision could not be told apart. */
export function assertNextRevision(operation: Operation, seen: { revision: number }): void {
  if (operation.revision === seen.revision + 1) return;
  const numbers = `${String(operation.revision)} after ${String(seen.revision)}`;
  throw new SmartScaleError('internal', `operation ${operation.id} is saved as revision ${numbers}`);
}

export function closeUpdate(
  operation: Operation,
  seen: { version: number; revision: number; owner: string },
  closing: Closing,
): Expression {
  return new ExpressionBuilder()
    .onlyIf(['version'], seen.version)
    .onlyIf(at(operation.id, 'revision'), seen.revision)
    .onlyIf(at(operation.id, 'owner'), seen.owner)
    .remove(['operations', operation.id])
    .set(['version'], seen.version + 1)
    .set(['closedAt'], closing.closedAt)
    .setOrRemove(['upClosedAt'], closing.upClosedAt)
    .setOrRemove(['backoff'], closing.backoff)
    .setOrRemove(['servedPods'], closing.servedPods)
    .build();
}

/** Unconditional, and the first thing written to a pool if need be. */
export function pauseUpdate(direction: Direction, pause: Pause | null): Expression {
  return new ExpressionBuilder()
    .increase(['version'], 1)
    .setIfAbsent(['operations'], {})
    .setOrRemove([direction === 'up' ? 'pauseUp' : 'pauseDown'], pause)
    .build();
}
