import type { Operation } from '../../../webhook/model/operation';
import { EMPTY_POOL, type PoolState } from '../../../webhook/model/pool';
import type { Acceptance, Closing, HistoryRow, StorePort } from '../../../webhook/ports';
import { KEY } from '../../support/builders';
import { butFor } from './but-for';

export interface StoreWitness {
  accepted(before: PoolState, after: PoolState, acceptance: Acceptance): void;
  saved(before: Operation, after: Operation): void;
  closed(operation: Operation, closing: Closing): void;
  wroteHistory(row: HistoryRow): void;
}

/** The pool item as it is, and somebody who sees every write that is applied, in its order, and what it changed. */
export class Ledger {
  truth: PoolState = EMPTY_POOL;
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly store: Pick<StorePort, 'readPool' | 'readHistory'>,
    private readonly witness: StoreWitness,
  ) {}

  readHistory(): Promise<readonly HistoryRow[]> {
    return this.store.readHistory(KEY, { limit: 100_000 });
  }

  /** The store of one process, under the eyes of the witness. */
  witnessed(store: StorePort): StorePort {
    const { witness } = this;
    return butFor<StorePort>(store, {
      accept: (key, acceptance) =>
        this.write(
          () => store.accept(key, acceptance),
          (before, after) => {
            if (after.version !== before.version) witness.accepted(before, after, acceptance);
          },
        ),
      saveOperation: (key, operation, seen) =>
        this.write(
          () => store.saveOperation(key, operation, seen),
          ({ operations: { [operation.id]: before } }, { operations: { [operation.id]: after } }) => {
            if (before && after && after.revision !== before.revision) witness.saved(before, after);
          },
        ),
      closeOperation: (key, operation, seen, closing) =>
        this.write(
          () => store.closeOperation(key, operation, seen, closing),
          (before, after) => {
            const gone = operation.id in before.operations && !(operation.id in after.operations);
            if (gone) witness.closed(operation, closing);
          },
        ),
      setPause: (...args) =>
        this.write(
          () => store.setPause(...args),
          () => undefined,
        ),
      appendHistory: async (key, row) => {
        await store.appendHistory(key, row);
        witness.wroteHistory(row);
      },
    });
  }

  /** One write after the other, so that what was before is known. One that fails may have been applied all the same. */
  private write<T>(write: () => Promise<T>, see: (before: PoolState, after: PoolState) => void): Promise<T> {
    const turn = this.last.then(async () => {
      try {
        return await write();
      } finally {
        await this.lookAgain(see);
      }
    });
    this.last = turn.catch(() => undefined);
    return turn;
  }

  private async lookAgain(see: (before: PoolState, after: PoolState) => void): Promise<void> {
    const before = this.truth;
    this.truth = await this.store.readPool(KEY).catch(() => before);
    see(before, this.truth);
  }
}
