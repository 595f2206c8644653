import { MemoryStore } from '../../../webhook/adapters/memory-store';
import type { Operation } from '../../../webhook/model/operation';
import { EMPTY_POOL, type PoolKey, type PoolState } from '../../../webhook/model/pool';
import type { Acceptance, Closing, HistoryRow, WriteAnswer } from '../../../webhook/ports';

export interface StoreWitness {
  accepted(before: PoolState, after: PoolState, acceptance: Acceptance): void;
  saved(before: Operation, after: Operation): void;
  closed(operation: Operation, closing: Closing, before: PoolState): void;
  wroteHistory(row: HistoryRow): void;
}

/** The store in memory, with somebody who sees every write that is applied, in its order, and what it changed. */
export class WitnessedStore extends MemoryStore {
  /** The pool item as it is. */
  truth: PoolState = EMPTY_POOL;
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly witness: StoreWitness) {
    super();
  }

  override accept(key: PoolKey, acceptance: Acceptance): Promise<WriteAnswer> {
    return this.alone(async () => {
      const before = this.truth;
      const answer = await super.accept(key, acceptance);
      const after = await this.lookAgain(key);
      if (after.version !== before.version) this.witness.accepted(before, after, acceptance);
      return answer;
    });
  }

  override saveOperation(...args: Parameters<MemoryStore['saveOperation']>): Promise<WriteAnswer> {
    const [key, { id }] = args;
    return this.alone(async () => {
      const before = this.truth.operations[id];
      const answer = await super.saveOperation(...args);
      const after = (await this.lookAgain(key)).operations[id];
      if (before && after && after.revision !== before.revision) this.witness.saved(before, after);
      return answer;
    });
  }

  override closeOperation(...args: Parameters<MemoryStore['closeOperation']>): Promise<WriteAnswer> {
    const [key, operation, , closing] = args;
    return this.alone(async () => {
      const before = this.truth;
      const answer = await super.closeOperation(...args);
      const after = await this.lookAgain(key);
      const gone = operation.id in before.operations && !(operation.id in after.operations);
      if (gone) this.witness.closed(operation, closing, before);
      return answer;
    });
  }

  override setPause(...args: Parameters<MemoryStore['setPause']>): Promise<void> {
    return this.alone(async () => {
      await super.setPause(...args);
      await this.lookAgain(args[0]);
    });
  }

  override async appendHistory(key: PoolKey, row: HistoryRow): Promise<void> {
    await super.appendHistory(key, row);
    this.witness.wroteHistory(row);
  }

  private async lookAgain(key: PoolKey): Promise<PoolState> {
    this.truth = await super.readPool(key);
    return this.truth;
  }

  /** One write after the other, so that what was before is known. */
  private alone<T>(write: () => Promise<T>): Promise<T> {
    const turn = this.last.then(write, write);
    this.last = turn.catch(() => undefined);
    return turn;
  }
}
