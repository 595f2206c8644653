/** What is written into a pool item besides a phase change: the two conditional writes of the architecture. */
import type { Operation } from './operation';
import type { Backoff, ExchangeStep, PoolState } from './pool';

/** What accepting a decision writes, in one conditional update of the pool item. */
export interface Acceptance {
  /** The version that `decide` saw. */
  readonly version: number;
  readonly operations: readonly Operation[];
  /** Scale-downs to cancel: only while their revision is the one seen. Each is saved with revision + 1 and `cancelledBy`. */
  readonly cancel: readonly { readonly id: string; readonly revision: number; readonly by: string }[];
  /** Stamp of an accepted scale-up. */
  readonly upAcceptedAt?: number;
  /** Stamp of an accepted step of an exchange for spot. */
  readonly lastExchange?: ExchangeStep;
}

/** What closing writes besides removing the operation; `null` removes the attribute. */
export interface Closing {
  readonly closedAt: number;
  readonly upClosedAt?: number;
  readonly backoff?: Backoff | null;
  readonly servedPods?: PoolState['servedPods'] | null;
}
