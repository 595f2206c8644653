/** What `advance` is given and what it answers. Pure data. */
import type { Fault } from '../errors';
import type { FleetRequest } from '../model/launch';
import type { OfferingMark } from '../model/offering';
import type { Notice } from '../model/notice';
import type { Observation } from '../model/observation';
import type { DrainTarget, Operation, ScaleDown, ScaleUp } from '../model/operation';
import type { PoolKey, PoolPolicy, PoolState, ServiceTimings } from '../model/pool';
import type { PriceBook } from '../model/price';
import type { NodeRef, PodDeletion, PodEviction, PodRef } from '../model/refs';
import type { Rest } from '../model/rest';

/** One call to the world, as data. Every one of them may be repeated. */
export type Action =
  | { readonly do: 'store-attempt'; readonly number: number; readonly round: readonly FleetRequest[] }
  | { readonly do: 'create-fleet'; readonly number: number }
  | { readonly do: 'remember-joined'; readonly ids: readonly string[] }
  | { readonly do: 'keep-consoles'; readonly ids: readonly string[] }
  | { readonly do: 'terminate'; readonly ids: readonly string[] }
  | { readonly do: 'admit'; readonly node: NodeRef }
  | { readonly do: 'mark'; readonly node: DrainTarget }
  /** `rest`: for how long nobody is to try this node again. */
  | { readonly do: 'unmark'; readonly node: DrainTarget; readonly rest?: Rest }
  /** `force`: are deleted instead. */
  | { readonly do: 'evict'; readonly pods: readonly PodEviction[]; readonly force?: readonly PodDeletion[] }
  | { readonly do: 'delete-node'; readonly node: NodeRef };

/** How it went. `failed` and `unknown` are saved as lastError, and the next look decides. */
export type ActionResult =
  | { readonly result: 'ok' }
  | {
      readonly result: 'launched';
      readonly instances: readonly { readonly id: string; readonly zone?: string }[];
      readonly faults: readonly Fault[];
      /** EC2 named offerings that it does not have. */
      readonly elsewhere: boolean;
    }
  | { readonly result: 'refused'; readonly fault: Fault; readonly elsewhere: boolean }
  | { readonly result: 'failed'; readonly fault: Fault }
  /** The node is not ours to mark: a person or another operation was first, or it is gone. */
  | { readonly result: 'not-ours'; readonly reason: 'node-gone' | 'taken' }
  | {
      readonly result: 'evicted';
      readonly accepted: readonly PodRef[];
      /** What budgets say of those that they keep. */
      readonly refused: readonly string[];
      /** One of `refused` that no waiting mends. */
      readonly misconfigured?: string;
      /** Deleted, past budgets and opt-outs. */
      readonly forced?: readonly PodDeletion[];
      /** The API server has answered at least one of the calls. */
      readonly heard: boolean;
      readonly fault?: Fault;
      /** What went wrong with pods whose next try is not due yet. */
      readonly standing?: Fault;
    };

/** What Alertmanager said about the pool just now. */
export type Confirmation =
  | {
      readonly answered: true;
      /** An unsilenced, uninhibited down alert of the pool is active. */
      readonly downActive: boolean;
      /** Names of active, unsilenced up alerts of the pool. */
      readonly upFiring: readonly string[];
      /** The largest total that one of them asks for; null when none names a number. */
      readonly upWanted: number | null;
      /** Nodes that an active, unsilenced alert says EC2 takes. */
      readonly replaceNodes: readonly string[];
      readonly watchdogFresh: boolean;
    }
  /** No Alertmanager answers. */
  | { readonly answered: false };

export interface View {
  readonly key: PoolKey;
  readonly now: number;
  readonly observation: Observation;
  /** The pool item as just read: the siblings of the operation. */
  readonly state: PoolState;
  readonly policy: PoolPolicy;
  readonly timings: ServiceTimings;
  /** Only looked up where `needsConfirmation` says so. */
  readonly confirmation: Confirmation | null;
  /** What EC2 has refused lately; only looked up for scale-ups that are launching. */
  readonly marks: readonly OfferingMark[];
  /** What EC2 says of the node of a forced scale-down; null = nothing, or not known. */
  readonly notice: Notice | null;
  /** EC2, asked again, does not say any more that it takes the node. Only looked up where `mayBeWithdrawn` says so. */
  readonly withdrawn?: boolean;
  /**
   * Volumes that are attached to the empty node and that none of its pods uses; null = not known. Only looked up where
   * `isEmptied` says so, and where it may be.
   */
  readonly attachments?: readonly string[] | null;
  /** Null or absent: nobody knows what anything costs. */
  readonly prices?: PriceBook | null;
}

/** The operation as it is to be saved before `act` is performed (the same object when nothing changed). */
export interface Step<O extends Operation = Operation> {
  readonly next: O;
  readonly act: Action | null;
}

export function wait<O extends Operation>(next: O): Step<O> {
  return { next, act: null };
}

export function perform<O extends Operation>(next: O, act: Action): Step<O> {
  return { next, act };
}

export type UpStep = Step<ScaleUp>;
export type DownStep = Step<ScaleDown>;
