import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SmartScaleError } from '../../errors';
import type { Operation } from '../../model/operation';
import { CLOCK_SKEW } from '../../model/clock-skew';
import type { MonthCost } from '../../model/month-cost';
import { EMPTY_POOL, type Direction, type Pause, type PoolKey, type PoolState } from '../../model/pool';
import { nameOfScope, type OfferingMark } from '../../model/offering';
import type { Acceptance, Attempt, Closing, ConsoleRow, HistoryRow, StorePort, WriteAnswer } from '../../ports';
import { DynamoTable, IF_ABSENT, ifNoLater, ifNoLaterRevision, ifRevisionBefore } from './dynamo-table';
import {
  MARK_RANGE,
  PING_KEY,
  attemptKey,
  costKey,
  consoleKey,
  historyKey,
  historyRange,
  joinedKey,
  leaseKey,
  markKey,
  partitionOf,
  poolKey,
} from './keys';
import { hasAccepted, hasClosed, hasSaved, isSameCost } from './own-write';
import { decodePoolItem } from './pool-item';
import { acceptUpdate, assertNextRevision, closeUpdate, firstItem, pauseUpdate, saveUpdate } from './pool-updates';
import {
  decodeAttempt,
  decodeCost,
  decodeHistory,
  decodeMark,
  encodeAttempt,
  encodeCost,
  decodeConsole,
  encodeConsole,
  encodeHistory,
  encodeMark,
} from './rows';
import { expiresAt } from './table';

/** The most that a pool can have: 300 pairs of type and zone, spot and on demand, and what is about more than one. */
const MOST_MARKS = 1000;

/**
 * The store on DynamoDB: single-item conditional writes, consistent reads where a decision hangs on them, and nothing else
 * (no transactions, no indexes, no scans). Every method that rejects with `store-unreachable` may be repeated unchanged.
 */
export class DynamoStore implements StorePort {
  readonly #table: DynamoTable;

  constructor(client: DynamoDBClient, tableName: string) {
    this.#table = new DynamoTable(client, tableName);
  }

  async ping(): Promise<void> {
    await this.#table.get(PING_KEY, 'weak');
  }

  async readPool(key: PoolKey): Promise<PoolState> {
    const item = await this.#table.get(poolKey(key));
    return item === null ? EMPTY_POOL : decodePoolItem(item);
  }

  async accept(key: PoolKey, acceptance: Acceptance): Promise<WriteAnswer> {
    const written =
      acceptance.version === 0 ? this.#create(key, acceptance) : this.#change(key, acceptUpdate(acceptance));
    return this.#unlessOurs(key, await written, (state) => hasAccepted(state, acceptance));
  }

  async saveOperation(
    key: PoolKey,
    operation: Operation,
    seen: { readonly revision: number; readonly owner: string },
  ): Promise<WriteAnswer> {
    assertNextRevision(operation, seen);
    const written = await this.#change(key, saveUpdate(operation, seen));
    return this.#unlessOurs(key, written, (state) => hasSaved(state, operation));
  }

  async closeOperation(
    key: PoolKey,
    operation: Operation,
    seen: { readonly version: number; readonly revision: number; readonly owner: string },
    closing: Closing,
  ): Promise<WriteAnswer> {
    const written = await this.#change(key, closeUpdate(operation, seen, closing));
    return this.#unlessOurs(key, written, (state) => hasClosed(state, operation.id, seen.version, closing));
  }

  async setPause(key: PoolKey, direction: Direction, pause: Pause | null): Promise<void> {
    await this.#change(key, pauseUpdate(direction, pause));
  }

  async putAttempt(key: PoolKey, attempt: Attempt): Promise<Attempt> {
    const row = attemptKey(key, attempt.operation, attempt.number);
    if (await this.#table.put(row, encodeAttempt(attempt), IF_ABSENT)) return attempt;
    const stored = await this.readAttempt(key, attempt.operation, attempt.number);
    if (stored === null) throw new SmartScaleError('internal', `attempt ${row.sk} vanished while it was read`);
    return stored;
  }

  async readAttempt(key: PoolKey, operation: string, number: number): Promise<Attempt | null> {
    const row = await this.#table.get(attemptKey(key, operation, number));
    return row === null ? null : decodeAttempt(row);
  }

  async putMark(key: PoolKey, mark: OfferingMark, keptUntil: number): Promise<void> {
    await this.#table.put(markKey(key, nameOfScope(mark.scope)), encodeMark(mark, keptUntil), ifNoLater(mark.at));
  }

  async readMarks(key: PoolKey): Promise<readonly OfferingMark[]> {
    return (await this.#table.last(partitionOf(key), MARK_RANGE, MOST_MARKS)).map(decodeMark);
  }

  async putJoined(key: PoolKey, instanceId: string, at: number): Promise<void> {
    await this.#table.put(joinedKey(key, instanceId), { at, expiresAt: expiresAt(at, 'joined') });
  }

  async hasJoined(key: PoolKey, instanceId: string): Promise<boolean> {
    return (await this.#table.get(joinedKey(key, instanceId))) !== null;
  }

  async putConsole(key: PoolKey, row: ConsoleRow): Promise<void> {
    await this.#table.put(consoleKey(key, row.instanceId), encodeConsole(row));
  }

  async readConsole(key: PoolKey, instanceId: string): Promise<ConsoleRow | null> {
    const row = await this.#table.get(consoleKey(key, instanceId));
    return row === null ? null : decodeConsole(row);
  }

  async appendHistory(key: PoolKey, row: HistoryRow): Promise<void> {
    const condition = row.revision === undefined ? undefined : ifNoLaterRevision(row.revision);
    await this.#table.put(historyKey(key, row.at, row.id), encodeHistory(row), condition);
  }

  async readHistory(
    key: PoolKey,
    query: { readonly limit: number; readonly before?: number },
  ): Promise<readonly HistoryRow[]> {
    const rows = await this.#table.last(partitionOf(key), historyRange(query.before), query.limit);
    return rows.map(decodeHistory);
  }

  async readCost(key: PoolKey, month: string): Promise<MonthCost | null> {
    const row = await this.#table.get(costKey(key, month));
    return row === null ? null : decodeCost(row);
  }

  async putCost(key: PoolKey, cost: MonthCost): Promise<WriteAnswer> {
    const row = costKey(key, cost.month);
    if (await this.#table.put(row, encodeCost(cost), ifRevisionBefore(cost.revision))) return 'written';
    const stored = await this.readCost(key, cost.month);
    return stored !== null && isSameCost(stored, cost) ? 'written' : 'lost';
  }

  async takeLease(cluster: string, owner: string, now: number, until: number): Promise<boolean> {
    // A lost reply needs no second look: the repeated request finds ourselves as the owner.
    return this.#table.put(
      leaseKey(cluster),
      { owner, until },
      {
        ConditionExpression: 'attribute_not_exists(#o) OR #o = :me OR #u <= :now OR #u > :far',
        ExpressionAttributeNames: { '#o': 'owner', '#u': 'until' },
        ExpressionAttributeValues: { ':me': owner, ':now': now, ':far': until + CLOCK_SKEW },
      },
    );
  }

  async #create(key: PoolKey, acceptance: Acceptance): Promise<boolean> {
    // There is nothing yet that could be taken back.
    if (acceptance.cancel.length > 0) return false;
    return this.#table.put(poolKey(key), firstItem(acceptance), IF_ABSENT);
  }

  #change(key: PoolKey, expression: Parameters<DynamoTable['update']>[1]): Promise<boolean> {
    return this.#table.update(poolKey(key), expression);
  }

  async #unlessOurs(key: PoolKey, written: boolean, isOurs: (state: PoolState) => boolean): Promise<WriteAnswer> {
    if (written || isOurs(await this.readPool(key))) return 'written';
    return 'lost';
  }
}
