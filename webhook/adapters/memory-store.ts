/**
 * The store in memory: for dry runs, whose virtual state nobody else shares, and for histories within one process. It keeps
 * the rules of the DynamoDB adapter (one contract suite holds both to them), and fails on request.
 */
import type { SmartScaleError } from '../errors';
import { CLOCK_SKEW } from '../model/clock-skew';
import { nameOfScope, type OfferingMark } from '../model/offering';
import type { MonthCost } from '../model/month-cost';
import type { Operation } from '../model/operation';
import { EMPTY_POOL, type Direction, type Pause, type PoolKey, type PoolState } from '../model/pool';
import type { Acceptance, Attempt, ConsoleRow, Closing, HistoryRow, StorePort, WriteAnswer } from '../ports';
import { fitOperation } from './dynamodb/fit-operation';
import { hasAccepted, hasClosed, hasSaved, isSameCost } from './dynamodb/own-write';
import { assertNextRevision } from './dynamodb/pool-updates';

interface Seen {
  readonly revision: number;
  readonly owner: string;
}

interface PoolRows {
  state: PoolState;
  readonly attempts: Map<string, Attempt>;
  readonly history: Map<string, HistoryRow>;
  readonly marks: Map<string, OfferingMark>;
  readonly joined: Set<string>;
  readonly costs: Map<string, MonthCost>;
  readonly consoles: Map<string, ConsoleRow>;
}

export class MemoryStore implements StorePort {
  readonly #pools = new Map<string, PoolRows>();
  readonly #leases = new Map<string, { owner: string; until: number }>();
  #fault: SmartScaleError | null = null;
  #losesNextReply = false;

  /** From now on every call rejects with this; null ends it. */
  failWith(fault: SmartScaleError | null): void {
    this.#fault = fault;
  }

  /** The next conditional write is applied twice, as the SDK does after a lost reply. */
  loseNextReply(): void {
    this.#losesNextReply = true;
  }

  async ping(): Promise<void> {
    await this.#reach();
  }

  async readPool(key: PoolKey): Promise<PoolState> {
    return (await this.#rows(key)).state;
  }

  async accept(key: PoolKey, acceptance: Acceptance): Promise<WriteAnswer> {
    return this.#conditionally(
      key,
      (state) => accepted(state, acceptance),
      (state) => hasAccepted(state, acceptance),
    );
  }

  async saveOperation(key: PoolKey, operation: Operation, seen: Seen): Promise<WriteAnswer> {
    assertNextRevision(operation, seen);
    return this.#conditionally(
      key,
      (state) => (isAsSeen(state, operation.id, seen) ? withOperations(state, [operation]) : null),
      (state) => hasSaved(state, operation),
    );
  }

  async closeOperation(
    key: PoolKey,
    operation: Operation,
    seen: Seen & { readonly version: number },
    closing: Closing,
  ): Promise<WriteAnswer> {
    return this.#conditionally(
      key,
      (state) =>
        state.version === seen.version && isAsSeen(state, operation.id, seen)
          ? closed(state, operation.id, closing)
          : null,
      (state) => hasClosed(state, operation.id, seen.version, closing),
    );
  }

  async setPause(key: PoolKey, direction: Direction, pause: Pause | null): Promise<void> {
    const rows = await this.#rows(key);
    const { [direction]: _previous, ...others } = rows.state.pauses;
    const pauses = pause === null ? others : { ...others, [direction]: pause };
    rows.state = asStored({ ...rows.state, version: rows.state.version + 1, pauses });
  }

  async putAttempt(key: PoolKey, attempt: Attempt): Promise<Attempt> {
    const { attempts } = await this.#rows(key);
    const id = `${attempt.operation}#${String(attempt.number)}`;
    const first = attempts.get(id) ?? asStored(attempt);
    attempts.set(id, first);
    return first;
  }

  async readAttempt(key: PoolKey, operation: string, number: number): Promise<Attempt | null> {
    const { attempts } = await this.#rows(key);
    return attempts.get(`${operation}#${String(number)}`) ?? null;
  }

  async putMark(key: PoolKey, mark: OfferingMark, _keptUntil: number): Promise<void> {
    const { marks } = await this.#rows(key);
    const name = nameOfScope(mark.scope);
    const { at = -Infinity } = marks.get(name) ?? {};
    if (at <= mark.at || at > mark.at + CLOCK_SKEW) marks.set(name, asStored(mark));
  }

  async readMarks(key: PoolKey): Promise<readonly OfferingMark[]> {
    return [...(await this.#rows(key)).marks.values()];
  }

  async putJoined(key: PoolKey, instanceId: string, _at: number): Promise<void> {
    (await this.#rows(key)).joined.add(instanceId);
  }

  async hasJoined(key: PoolKey, instanceId: string): Promise<boolean> {
    return (await this.#rows(key)).joined.has(instanceId);
  }

  async putConsole(key: PoolKey, row: ConsoleRow): Promise<void> {
    (await this.#rows(key)).consoles.set(row.instanceId, asStored(row));
  }

  async readConsole(key: PoolKey, instanceId: string): Promise<ConsoleRow | null> {
    return (await this.#rows(key)).consoles.get(instanceId) ?? null;
  }

  async appendHistory(key: PoolKey, row: HistoryRow): Promise<void> {
    const { history } = await this.#rows(key);
    const id = `${String(row.at)}#${row.id}`;
    const { revision = -Infinity } = history.get(id) ?? {};
    if (revision <= (row.revision ?? Infinity)) history.set(id, asStored(row));
  }

  async readHistory(
    key: PoolKey,
    query: { readonly limit: number; readonly before?: number },
  ): Promise<readonly HistoryRow[]> {
    const rows = [...(await this.#rows(key)).history.values()]
      .filter(({ at }) => at < (query.before ?? Infinity))
      .sort((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1));
    return rows.slice(0, query.limit);
  }

  async readCost(key: PoolKey, month: string): Promise<MonthCost | null> {
    return (await this.#rows(key)).costs.get(month) ?? null;
  }

  async putCost(key: PoolKey, cost: MonthCost): Promise<WriteAnswer> {
    const { costs } = await this.#rows(key);
    const stored = costs.get(cost.month);
    if (stored && isSameCost(stored, cost)) return 'written';
    if ((stored?.revision ?? 0) !== cost.revision - 1) return 'lost';
    costs.set(cost.month, asStored(cost));
    return 'written';
  }

  async takeLease(cluster: string, owner: string, now: number, until: number): Promise<boolean> {
    await this.#reach();
    const held = this.#leases.get(cluster);
    const holds = held !== undefined && held.until > now && held.until <= until + CLOCK_SKEW;
    if (holds && held.owner !== owner) return false;
    this.#leases.set(cluster, { owner, until });
    return true;
  }

  /** One turn of the event loop, so that callers race as they do on a network. */
  async #reach(): Promise<void> {
    await Promise.resolve();
    if (this.#fault) throw this.#fault;
  }

  async #rows(key: PoolKey): Promise<PoolRows> {
    await this.#reach();
    const id = JSON.stringify([key.cluster, key.pool]);
    const rows = this.#pools.get(id) ?? {
      state: EMPTY_POOL,
      attempts: new Map<string, Attempt>(),
      history: new Map<string, HistoryRow>(),
      marks: new Map<string, OfferingMark>(),
      joined: new Set<string>(),
      costs: new Map<string, MonthCost>(),
      consoles: new Map<string, ConsoleRow>(),
    };
    this.#pools.set(id, rows);
    return rows;
  }

  /** `write` answers null when its condition does not hold. */
  async #conditionally(
    key: PoolKey,
    write: (state: PoolState) => PoolState | null,
    isOurs: (state: PoolState) => boolean,
  ): Promise<WriteAnswer> {
    const rows = await this.#rows(key);
    const attempts = this.#losesNextReply ? 2 : 1;
    this.#losesNextReply = false;
    let last: PoolState | null = null;
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      last = write(rows.state);
      if (last !== null) rows.state = asStored(last);
    }
    return last !== null || isOurs(rows.state) ? 'written' : 'lost';
  }
}

/**
 * A copy of plain objects, as a table gives it: a structured clone may have the prototypes of another realm, and is then
 * never equal to what was saved. Frozen, so that everybody may read the same one.
 */
function asStored<T>(value: T): T {
  return frozen(JSON.parse(JSON.stringify(value))) as T;
}

function frozen(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  for (const part of Object.values(value)) frozen(part);
  return Object.freeze(value);
}

function isAsSeen(state: PoolState, id: string, seen: Seen): boolean {
  const stored = state.operations[id];
  return stored?.revision === seen.revision && stored.owner === seen.owner;
}

function withOperations(state: PoolState, operations: readonly Operation[]): PoolState {
  const added = Object.fromEntries(operations.map((operation) => [operation.id, fitOperation(operation)]));
  return { ...state, operations: { ...state.operations, ...added } };
}

function accepted(state: PoolState, acceptance: Acceptance): PoolState | null {
  const { version, operations, cancel, upAcceptedAt, lastExchange } = acceptance;
  if (state.version !== version) return null;
  const cancelled: Operation[] = [];
  for (const { id, revision, by } of cancel) {
    const operation = state.operations[id];
    if (operation?.revision !== revision) return null;
    cancelled.push({ ...operation, revision: revision + 1, ...{ cancelledBy: by } });
  }
  return {
    ...withOperations(state, [...cancelled, ...operations]),
    version: version + 1,
    ...(upAcceptedAt !== undefined && { upAcceptedAt }),
    ...(lastExchange && { lastExchange }),
  };
}

function closed(state: PoolState, id: string, { closedAt, upClosedAt, backoff, servedPods }: Closing): PoolState {
  const { [id]: _closed, ...operations } = state.operations;
  const { backoff: oldBackoff, servedPods: oldServed, ...rest } = state;
  const nextBackoff = backoff === undefined ? oldBackoff : backoff;
  const nextServed = servedPods === undefined ? oldServed : servedPods;
  return {
    ...rest,
    operations,
    version: state.version + 1,
    closedAt,
    ...(upClosedAt !== undefined && { upClosedAt }),
    ...(nextBackoff && { backoff: nextBackoff }),
    ...(nextServed && { servedPods: nextServed }),
  };
}
