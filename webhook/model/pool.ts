/** A pool: its policy from the configuration, and its durable state from the store. */
import type { Operation } from './operation';
import type { Capacity } from './offering';
import type { Resources, Taint } from './observation';
import type { Budget } from './spending';

export interface PoolKey {
  readonly cluster: string;
  readonly pool: string;
}

export type Direction = 'up' | 'down';

/** Where and what to launch; one subnet a zone. */
export interface LaunchPolicy {
  readonly template: { readonly id: string; readonly version: string };
  readonly subnets: readonly { readonly id: string; readonly zone: string }[];
  readonly instanceTypes: readonly string[];
  readonly capacity: Capacity;
  /** What a spot pool does when EC2 has no spot: launch on demand in the same decision, or go without. */
  readonly spotFallback: 'on-demand' | 'none';
  /** Nodes of a spot pool that are on demand, whatever spot costs. */
  readonly onDemandBase: number;
  /** What a spot pool launched on demand for want of spot is exchanged: at most one node in `every`, 0 = not by itself. */
  readonly returnToSpot: { readonly every: number };
  /** `zones`: one call a zone, so that the zones become alike. `none`: EC2 chooses among all. */
  readonly balance: 'zones' | 'none';
}

/** A Prometheus, and a query whose answer is one number: requests a second. */
export interface RequestRateSource {
  /** With the path prefix if there is one. */
  readonly prometheus: string;
  readonly query: string;
  /** `file` holds the token (Bearer) or `user:password` (Basic). */
  readonly authorization?: { readonly scheme: 'Bearer' | 'Basic'; readonly file: string };
  /** PEM file. */
  readonly caFile?: string;
}

export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Day = (typeof DAYS)[number];

/** No node is given back from `from` to `to`, local time, on these days; one that ends before it begins ends a day later. */
export interface BlockedWindow {
  readonly days: readonly Day[];
  /** 'HH:MM'; `to` may be 24:00. */
  readonly from: string;
  readonly to: string;
  /** IANA name. */
  readonly timeZone: string;
}

export const REMOVAL_POLICIES = ['emptiest', 'oldest', 'newest', 'costliest'] as const;

/** Which node is given back. */
export interface RemovalPolicy {
  readonly policy: (typeof REMOVAL_POLICIES)[number];
  /** Younger nodes stay. */
  readonly minNodeAge: number;
  /** Nodes of the pool in service that every zone keeps. */
  readonly minPerZone: number;
  /** What a round of evictions under one budget is taken to last: pods end, and are Ready elsewhere. */
  readonly evictionRound: number;
  readonly blockedWindows: readonly BlockedWindow[];
  /** Name of the node that SmartScale runs on; null = none that it knows of. */
  readonly hostNode: string | null;
}

/** All durations in milliseconds, the time scale already applied. */
export interface PoolPolicy {
  readonly min: number;
  readonly max: number;
  /** Nodes that an alert without `nodes` asks for or gives back. */
  readonly step: number;
  readonly maxNodesPerDecision: number;
  readonly maxConcurrentDrains: number;
  /** Instances above max that may be launched in the place of nodes that EC2 takes, or that are exchanged for spot. */
  readonly maxSurge: number;
  readonly budget?: Budget;
  /** Nodes of the fleet that savings are compared with; `max` if absent. */
  readonly staticFleet?: number;
  /** Where to ask how many requests the pool serves. */
  readonly requestRate?: RequestRateSource;
  /** Decide and record, never act. */
  readonly dryRun: boolean;
  /** Shape of a new node: for the fit check, and what rules use while no node of the pool is Ready. */
  readonly node: {
    readonly allocatable: Resources;
    readonly labels: Readonly<Record<string, string>>;
    readonly taints: readonly Taint[];
  };
  readonly launch: LaunchPolicy;
  readonly cooldown: {
    readonly up: number;
    readonly down: number;
    readonly backoffFirst: number;
    readonly backoffMax: number;
    /** Least distance between two scale-ups that are open together. */
    readonly topUp: number;
  };
  /** When launches keep failing. */
  readonly circuit: {
    /** Failed launches in a row that open it. */
    readonly opensAfter: number;
    /** How long it is open the first time; doubled by each probe that fails, up to `cooldown.backoffMax`. */
    readonly openFor: number;
  };
  /** How long an offering that EC2 refused is left out. */
  readonly unavailable: {
    /** The first time; doubled by each refusal that follows. */
    readonly first: number;
    readonly max: number;
  };
  readonly deadline: {
    readonly confirm: number;
    /** All of the three that follow. */
    readonly join: number;
    /** From the launch to `running`. */
    readonly running: number;
    /** From the launch to the Node. */
    readonly registered: number;
    /** From the Node to one that is Ready. */
    readonly ready: number;
    readonly cordon: number;
    readonly drain: number;
  };
  /** Wait between the mark and the first eviction. */
  readonly settle: number;
  readonly drain: DrainPolicy;
  readonly removal: RemovalPolicy;
}

export interface DrainPolicy {
  /** Most grace that a pod is given to end, milliseconds. The pod's own clock, so no time scale. */
  readonly maxGrace: number;
  /** At the deadline pods are deleted past budgets and opt-outs, instead of going back. */
  readonly force: boolean;
  /** How long a node is left alone whose drain came to nothing; doubled by each that follows, up to the second. */
  readonly backoffFirst: number;
  readonly backoffMax: number;
  /** Milliseconds that a second of grace lasts; 1000 if absent. The simulator's kubelets have the time scale too. */
  readonly graceSecond?: number;
}

/** Durations that hold for the whole service, time scale applied; sources: architecture of the evaluation and the sweep. */
export interface ServiceTimings {
  readonly evaluationInterval: number;
  readonly runnerInterval: number;
  readonly observationMaxAge: number;
  /** A gap between complete observations longer than this breaks the run. */
  readonly observationGap: number;
  /** After a gap, deadlines that terminate or delete have at least this left. */
  readonly graceAfterGap: number;
  /** Two observations this far apart must agree before something counts as gone. */
  readonly confirmGone: number;
  /** How long a post stands: the longest repeat_interval of the shipped routes, 175 s, + 45 s. */
  readonly heardFor: number;
  /** Watchdog must have been updated within this. */
  readonly watchdogFresh: number;
  /** A scale-up for pods that did not help is judged this long after it was done. */
  readonly didNotHelpAfter: number;
  /** Added to the join deadline before an instance counts as an orphan. */
  readonly orphanGrace: number;
  /** How often spot prices are read and instance-hours are counted. */
  readonly costInterval: number;
}

export interface Pause {
  /** Epoch milliseconds; null = until resumed. */
  readonly until: number | null;
  readonly by: string;
  readonly reason: string;
  readonly since: number;
}

export interface Backoff {
  readonly failures: number;
  readonly until: number;
  /** Error code or reason of the last failure, for people. */
  readonly cause?: string;
}

export interface ExchangeStep {
  /** `taken-back`: the load needed the node that was to be given back, and so what stands in its place too. */
  readonly step: 'launch' | 'give-back' | 'taken-back';
  /** Epoch milliseconds. */
  readonly at: number;
}

/** The pool item. Version 0 = nothing stored yet. */
export interface PoolState {
  readonly version: number;
  readonly operations: Readonly<Record<string, Operation>>;
  /** When the last scale-up closed: the up cooldown runs from here. */
  readonly upClosedAt?: number;
  /** When any operation closed: the down cooldown runs from here. */
  readonly closedAt?: number;
  readonly backoff?: Backoff;
  /** When the last scale-up was accepted: distance of top-ups. */
  readonly upAcceptedAt?: number;
  /** The set of pods that the last finished scale-up for pods named, and when it was done. */
  readonly servedPods?: { readonly podSet: string; readonly at: number };
  /** The last step of an exchange for spot that was accepted: the next one waits. */
  readonly lastExchange?: ExchangeStep;
  readonly pauses: Readonly<Partial<Record<Direction, Pause>>>;
  /** What a dry run would have made of the pool by now; counting takes it for the number of nodes. Absent in real pools. */
  readonly virtualHave?: number;
}

export const EMPTY_POOL: PoolState = { version: 0, operations: {}, pauses: {} };
