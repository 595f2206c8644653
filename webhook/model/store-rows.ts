/** What the store keeps beside the pool item, and what it answers. */
import type { Fault } from '../errors';
import type { FleetRequest } from './launch';

export interface Attempt {
  readonly operation: string;
  readonly number: number;
  /** Sent beside each other, each with its own client token. */
  readonly launches: readonly { readonly token: string; readonly request: FleetRequest }[];
  readonly at: number;
}

/** What an instance that never joined wrote to its console, secrets masked. */
export interface ConsoleRow {
  readonly instanceId: string;
  readonly operation: string;
  readonly at: number;
  readonly text: string;
}

export interface HistoryRow {
  /** Epoch milliseconds; with `id` the row's key, so that writing twice is once. */
  readonly at: number;
  readonly id: string;
  readonly kind: 'decision' | 'operation' | 'sweep' | 'pause';
  /** Plain JSON. */
  readonly data: Readonly<Record<string, unknown>>;
  /**
   * Of the operation that the row tells of: a row never replaces one of a later revision. Who slept through a takeover
   * would otherwise write its own ending over the true one. Absent = replaces whatever is there.
   */
  readonly revision?: number;
}

/** `lost`: somebody else wrote first; read again. */
export type WriteAnswer = 'written' | 'lost';

/** What is wrong with the store although it may answer. */
export interface StoreInspection {
  readonly faults: readonly Fault[];
  /** What nobody could tell: the role may not ask, or an emulator does not know the question. For people. */
  readonly unknown: readonly string[];
}
