/** Everything the service needs from outside. Adapters and fakes implement these; a contract suite holds both to them. */
import type { Fault } from './errors';
import type { AlertmanagerLevel } from './model/alert';
import type { Claim, DisruptionBudget, Instance, Node, Pod } from './model/observation';
import type { Operation } from './model/operation';
import type { FleetRequest } from './model/launch';
import type { OfferingMark, Refusal } from './model/offering';
import type { Notice } from './model/notice';
import type { MonthCost } from './model/month-cost';
import type { SpotPrice } from './model/price';
import type { Direction, Pause, PoolKey, PoolState } from './model/pool';
import type { Acceptance, Closing } from './model/pool-change';
import type { Attempt, ConsoleRow, HistoryRow, WriteAnswer, StoreInspection } from './model/store-rows';
import type { NodeRef, PodDeletion, PodEviction, PodRef } from './model/refs';
import type { Rest } from './model/rest';
import type { DryRunAnswer, InstanceTypeFacts, Subnet, TemplateAnswer, TypeOffering, VcpuQuotas } from './model/region';

export type { Attempt, ConsoleRow, HistoryRow, WriteAnswer, StoreInspection };
export type { Acceptance, Closing, FleetRequest, NodeRef, PodDeletion, PodEviction, PodRef, Rest };

export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Resolves after `ms`, or at once when the signal aborts. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface Ids {
  /** A new id: unique, sortable by time, matching /^[0-9a-z]{10,32}$/. */
  next(): string;
}

// ---------------------------------------------------------------- Alertmanager

export interface AlertmanagerPort {
  /** All configured Alertmanagers, one entry each, in the order of the configuration. Never rejects. */
  read(): Promise<
    readonly (
      { readonly ok: true; readonly level: AlertmanagerLevel } | { readonly ok: false; readonly fault: Fault }
    )[]
  >;
}

// ----------------------------------------------------------------- Prometheus

export interface RequestRatePort {
  /**
   * Requests a second that the pool serves now, more than 0. Rejects with SmartScaleError: what nobody can tell is not
   * zero, and of nothing there is no cost of each.
   */
  perSecond(pool: string): Promise<number>;
}

// ------------------------------------------------------------------------ EC2

export type FleetAnswer =
  /** EC2 gave `instances`, fewer than asked for when `faults` says why. */
  | {
      readonly kind: 'launched';
      readonly instances: readonly { id: string; zone?: string }[];
      readonly faults: readonly Fault[];
      readonly refusals: readonly Refusal[];
    }
  /** A definite no: nothing was launched by this token. */
  | { readonly kind: 'refused'; readonly fault: Fault; readonly refusals: readonly Refusal[] }
  /** Nobody knows: repeat the same token. */
  | { readonly kind: 'unknown'; readonly fault: Fault };

export interface Ec2Port {
  /** All instances with our cluster tag, in any state EC2 still lists, all pages. Rejects with SmartScaleError. */
  listInstances(cluster: string): Promise<readonly Instance[]>;
  /** By id, whatever their tags. Ids that EC2 does not know are absent from the answer. */
  describeInstances(ids: readonly string[]): Promise<readonly Instance[]>;
  /**
   * What EC2 says of those ids that it will take away; asked for alive ones. Of unknown ids nothing. Empty only when EC2 has
   * answered everything. Rejects with SmartScaleError.
   */
  notices(ids: readonly string[]): Promise<readonly Notice[]>;
  /**
   * What those types cost as spot in each zone of the region: the newest price of each, of those that hold at `at` (epoch
   * milliseconds) or began later. Types that nobody sells as spot are absent. Rejects with SmartScaleError.
   */
  spotPrices(types: readonly string[], at: number): Promise<readonly SpotPrice[]>;
  /** Launches once a token, however often it is called. */
  createFleet(request: FleetRequest, token: string): Promise<FleetAnswer>;
  /** What the machine wrote to its console, the newest 64 KB; null when there is nothing. Rejects with SmartScaleError. */
  consoleOutput(id: string): Promise<string | null>;
  /** Idempotent; an unknown id counts as terminated. Rejects with SmartScaleError. */
  terminate(ids: readonly string[]): Promise<void>;
}

/** What is asked of EC2 before anything is launched. Changes nothing. All methods reject with SmartScaleError. */
export interface PreflightPort {
  templateVersion(template: FleetRequest['template']): Promise<TemplateAnswer>;
  /** Architecture by image; what is unknown, or nobody shares with us, is absent. */
  architectures(imageIds: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Ids that EC2 does not know are absent. */
  subnets(ids: readonly string[]): Promise<readonly Subnet[]>;
  /** Every zone in which one of the types is offered. */
  offerings(types: readonly string[]): Promise<readonly TypeOffering[]>;
  /** Types that EC2 does not know are absent. */
  instanceTypes(names: readonly string[]): Promise<readonly InstanceTypeFacts[]>;
  /** Whether a fleet of this request would be launched, as far as EC2 tells before it tries. */
  tryFleet(request: FleetRequest): Promise<DryRunAnswer>;
  /** The same of a single instance at the first place of the request: this is what asks for tags, profile and image. */
  tryInstance(request: FleetRequest): Promise<DryRunAnswer>;
  tryTerminate(instanceId: string): Promise<DryRunAnswer>;
  quotas(): Promise<VcpuQuotas>;
}

// ----------------------------------------------------------------- Kubernetes

export type MarkAnswer =
  | 'marked'
  /** Somebody changed the node meanwhile: look again. */
  | 'conflict'
  /** No such node, or another one under the same name. */
  | 'gone'
  /** A person has cordoned it, or another operation has marked it. */
  | 'taken';

export type EvictionAnswer =
  /** Accepted, which is no proof that it goes: look at the pod. */
  | { readonly kind: 'accepted' }
  /** 404, or another pod under the same name. */
  | { readonly kind: 'gone' }
  /** 429: the budget says no. `misconfigured`: there are several, and no waiting mends that. */
  | {
      readonly kind: 'refused-by-budget';
      readonly retryAfterMs: number | null;
      readonly message: string;
      readonly misconfigured?: true;
    }
  /** The namespace is being deleted, and takes the pod with it: ask again, it is no failure. */
  | { readonly kind: 'namespace-going' }
  /** 429 of flow control, 5xx, network: ask again. */
  | { readonly kind: 'try-again'; readonly retryAfterMs: number | null; readonly fault: Fault }
  /** Never going to work: RBAC or a malformed request. */
  | { readonly kind: 'failed'; readonly fault: Fault };

export interface Attachment {
  readonly node: string;
  /** Name of the PersistentVolume; null for one that a pod has inline. */
  readonly volume: string | null;
}

export interface KubernetesPort {
  listNodes(): Promise<readonly Node[]>;
  listPods(): Promise<readonly Pod[]>;
  /** Of all namespaces, with what their volumes demand of a node. */
  listClaims(): Promise<readonly Claim[]>;
  /** PodDisruptionBudgets (policy/v1) of all namespaces. */
  listBudgets(): Promise<readonly DisruptionBudget[]>;
  /** Volumes that are attached to nodes, or are being let go of; of all nodes. */
  listAttachments(): Promise<readonly Attachment[]>;
  /** Cordon, taint, label and annotate in one write guarded by resourceVersion. Marking twice for one operation is once. */
  markNode(node: NodeRef, operation: string): Promise<MarkAnswer>;
  /**
   * Undo exactly what markNode did for this operation; other marks and a person's cordon stay. `unmarked` when nothing was
   * ours. `rest` is written beside the undoing, and only with it.
   */
  unmarkNode(node: NodeRef, operation: string, rest?: Rest): Promise<'unmarked' | 'conflict' | 'gone'>;
  /** Takes the startup taint off, guarded by resourceVersion; `admitted` also when there was none. */
  admitNode(node: NodeRef): Promise<'admitted' | 'conflict' | 'gone'>;
  /** With a uid precondition. */
  evict(pod: PodEviction): Promise<EvictionAnswer>;
  /**
   * Past budgets, with a uid precondition; `gone` is also said of another pod under the name. One that is terminating ends
   * earlier if this leaves it less grace, never later. Rejects with SmartScaleError.
   */
  deletePod(pod: PodDeletion): Promise<'deleted' | 'gone'>;
  /** With a uid precondition. */
  deleteNode(node: NodeRef): Promise<'deleted' | 'gone'>;
}

/** What people see in the cluster itself. */
export interface ClusterEvent {
  /** `namespace` of what has one. */
  readonly about: {
    readonly kind: 'Node' | 'Pod';
    readonly namespace?: string;
    readonly name: string;
    readonly uid: string;
  };
  readonly type: 'Normal' | 'Warning';
  /** One word, as Kubernetes has them. */
  readonly reason: string;
  readonly message: string;
}

export interface EventsPort {
  /** Holds nothing up and never throws: what cannot be written is lost. */
  tell(event: ClusterEvent): void;
}

// ---------------------------------------------------------------------- Store

/** All methods reject with SmartScaleError `store-unreachable` or `store-table-missing` when there is no answer. */
export interface StorePort {
  /** Cheap proof that the table answers. */
  ping(): Promise<void>;
  /** Consistent. A pool never written is EMPTY_POOL. */
  readPool(key: PoolKey): Promise<PoolState>;
  accept(key: PoolKey, acceptance: Acceptance): Promise<WriteAnswer>;
  /** Stores `operation` (whose revision is `seen` + 1) if the stored one has revision `seen` and owner `owner`. */
  saveOperation(
    key: PoolKey,
    operation: Operation,
    seen: { readonly revision: number; readonly owner: string },
  ): Promise<WriteAnswer>;
  /** Removes the operation, stamps, version + 1, if pool version, revision and owner are the ones seen. */
  closeOperation(
    key: PoolKey,
    operation: Operation,
    seen: { readonly version: number; readonly revision: number; readonly owner: string },
    closing: Closing,
  ): Promise<WriteAnswer>;
  /** Sets (or with null clears) the pause of a direction. Version + 1, unconditional. */
  setPause(key: PoolKey, direction: Direction, pause: Pause | null): Promise<void>;
  /** Written once: a second write of the same number answers with the stored one. */
  putAttempt(key: PoolKey, attempt: Attempt): Promise<Attempt>;
  readAttempt(key: PoolKey, operation: string, number: number): Promise<Attempt | null>;
  /**
   * Replaces what was remembered of the same scope, unless that is later and not by more than CLOCK_SKEW; kept until `keptUntil`
   * (epoch milliseconds).
   */
  putMark(key: PoolKey, mark: OfferingMark, keptUntil: number): Promise<void>;
  /** All that are kept, also those whose time is over. */
  readMarks(key: PoolKey): Promise<readonly OfferingMark[]>;
  /** Remembers for 90 days that an instance once had a Ready node: such an instance is never an orphan to remove. */
  putJoined(key: PoolKey, instanceId: string, at: number): Promise<void>;
  hasJoined(key: PoolKey, instanceId: string): Promise<boolean>;
  /** Kept for 30 days; a second one of the same instance replaces the first. */
  putConsole(key: PoolKey, row: ConsoleRow): Promise<void>;
  readConsole(key: PoolKey, instanceId: string): Promise<ConsoleRow | null>;
  /** Writing a row twice is once; see `HistoryRow.revision` for two rows of one operation. */
  appendHistory(key: PoolKey, row: HistoryRow): Promise<void>;
  /** Newest first, at most `limit`; `before` (epoch milliseconds, exclusive) pages on. */
  readHistory(
    key: PoolKey,
    query: { readonly limit: number; readonly before?: number },
  ): Promise<readonly HistoryRow[]>;
  /** Null when nothing was counted in that month (YYYY-MM) yet. Consistent. */
  readCost(key: PoolKey, month: string): Promise<MonthCost | null>;
  /** Written if the stored one has the revision before; writing the same twice is once. */
  putCost(key: PoolKey, cost: MonthCost): Promise<WriteAnswer>;
  /**
   * Takes or renews the cluster's lease; true when `owner` holds it until `until`. Compares `now` itself, TTL may lag. One
   * that ends more than CLOCK_SKEW after `until` was taken by a clock that was ahead, and holds nobody back.
   */
  takeLease(cluster: string, owner: string, now: number, until: number): Promise<boolean>;
}

// ---------------------------------------------------------------------- Redis

/** `error`: it did not answer in time, said no, or was not asked because it has just not answered. `off`: there is none. */
export type RedisResult = 'ok' | 'error' | 'off';

export type Recalled =
  | { readonly result: 'hit'; readonly text: string }
  | { readonly result: 'miss' }
  | { readonly result: 'error' | 'off' };

/**
 * What all replicas share to save time, and what may lose everything at any moment: nothing may rest on it. No method
 * rejects, and none takes longer than 50 ms.
 */
export interface RedisPort {
  recall(key: string): Promise<Recalled>;
  /** Replaces what was there. Forgotten `ms` milliseconds after Redis has carried it out, which may be late. */
  remember(key: string, text: string, ms: number): Promise<RedisResult>;
  /** To everybody who listens at this moment, ourselves included; nobody else ever hears of it. */
  publish(text: string): Promise<RedisResult>;
  /** From now on, whatever the connection goes through. The listener must not throw. */
  listen(listener: (text: string) => void): void;
  /** Whether it takes what is to be remembered and brings what is published; mends `fault`. */
  check(): Promise<RedisResult>;
  /** What keeps it from being of use just now, or null. */
  readonly fault: Fault | null;
  close(): Promise<void>;
}
