/** Where each row lives. */
import type { PoolKey } from '../../model/pool';

export interface RowKey {
  readonly pk: string;
  readonly sk: string;
}

/** `#` separates; in a name it is escaped, so that no two names can meet in one key. */
const escape = (name: string): string => name.replace(/[%#]/g, encodeURIComponent);

/** Fifteen digits sort as text in the order of time until the year 33658. */
const sortable = (at: number): string => String(Math.trunc(at)).padStart(15, '0');

export const partitionOf = (key: PoolKey): string => `${escape(key.cluster)}#${escape(key.pool)}`;

export const poolKey = (key: PoolKey): RowKey => ({ pk: partitionOf(key), sk: 'pool' });

export const attemptKey = (key: PoolKey, operation: string, number: number): RowKey => ({
  pk: partitionOf(key),
  sk: `attempt#${operation}#${String(number)}`,
});

export const joinedKey = (key: PoolKey, instanceId: string): RowKey => ({
  pk: partitionOf(key),
  sk: `joined#${instanceId}`,
});

/** `month`: YYYY-MM. */
export const costKey = (key: PoolKey, month: string): RowKey => ({ pk: partitionOf(key), sk: `cost#${month}` });

export const consoleKey = (key: PoolKey, instanceId: string): RowKey => ({
  pk: partitionOf(key),
  sk: `console#${instanceId}`,
});

export const historyKey = (key: PoolKey, at: number, id: string): RowKey => ({
  pk: partitionOf(key),
  sk: `history#${sortable(at)}#${id}`,
});

export const markKey = (key: PoolKey, scope: string): RowKey => ({ pk: partitionOf(key), sk: `offering#${scope}` });

export const MARK_RANGE = { from: 'offering#', to: 'offering#~' } as const;

/** Sort keys of all rows before `before` (epoch milliseconds, exclusive), or of all rows. */
export function historyRange(before?: number): { readonly from: string; readonly to: string } {
  // '~' sorts after every digit; a row's own key is longer than its time, hence greater than `to`.
  return { from: 'history#', to: before === undefined ? 'history#~' : `history#${sortable(before)}` };
}

export const leaseKey = (cluster: string): RowKey => ({ pk: escape(cluster), sk: 'lease' });

/** Never written: reading it proves that the table answers. */
export const PING_KEY: RowKey = { pk: '#ping', sk: 'ping' };
