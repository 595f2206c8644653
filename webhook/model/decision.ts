/** Our answer to an intent, always with its reason. */
import type { Notice } from './notice';
import type { DrainTarget, ScaleDown } from './operation';
import type { Direction, ExchangeStep } from './pool';
import type { Silence, Wish } from './alert';

/** What one firing alert, or the minimum, asks of a pool. */
export interface Intent {
  readonly direction: Direction;
  /** Alert name, `below-minimum` or `return-to-spot`. */
  readonly source: string;
  readonly wish: Wish;
  readonly urgent: boolean;
  readonly forPods: boolean;
  /** When we first heard of it, epoch milliseconds. */
  readonly heardAt: number;
  /** The silence under which it fires: such an intent never acts, it is reported. */
  readonly silence: Silence | null;
}

/** Ordered: the first that applies is the answer. docs/decisions.md explains each; a test compares. */
export const VETOES = [
  'nothing-asked',
  'paused',
  'invalid-intent',
  'unknown-pool',
  'foreign',
  'unknown-state',
  'scale-up-firing',
  'pipeline-silent',
  'enough',
  'already-in-flight',
  'unhealthy-cluster',
  'blocked-window',
  'circuit-open',
  'cooling-down',
  'backing-off',
  'at-max',
  'at-min',
  'no-candidate',
  'over-budget',
  'pending-pods-do-not-fit',
  'did-not-help',
  'too-many-open',
] as const;

export type Veto = (typeof VETOES)[number];

export const CLAMPS = [
  'max',
  'max-nodes-per-decision',
  'backing-off',
  'circuit-open',
  'budget',
  'waiting-pods',
  'min',
  'candidates',
  'max-concurrent-drains',
  'too-many-open',
] as const;
export type Clamp = (typeof CLAMPS)[number];

export type Outcome = 'scale-up' | 'uncordon' | 'scale-down' | 'replace' | 'exchange' | 'hold';

export interface Decision {
  readonly at: number;
  readonly outcome: Outcome;
  /** A veto when held, `accepted` when acting. */
  readonly reason: Veto | 'accepted';
  /** One sentence for people, with the numbers. */
  readonly detail: string;
  readonly intent: Intent | null;
  /** Nodes the pool has by our counting; null when unknown. */
  readonly have: number | null;
  /** Nodes wanted in all; null when nothing was asked. */
  readonly want: number | null;
  /** Instances to launch (scale-up). */
  readonly launch: number;
  /** Nodes to give back (scale-down). */
  readonly giveBack: number;
  /** Open scale-downs to take back, newest first. */
  readonly takeBack: readonly string[];
  readonly limitedBy: readonly Clamp[];
  /** Set hash of the pending pods that the launch is for. */
  readonly podSet?: string;
  /** The zones that the pods need which the launch is for; absent = any of the pool. */
  readonly zones?: readonly string[];
  /** So many of the launch may be on demand, the budget pays for no more; absent = any. Only of spot pools. */
  readonly onDemandAtMost?: number;
  /** Nodes that EC2 is about to take (replace). */
  readonly replacements?: readonly Replacement[];
  /** The node that is exchanged for spot, and which of the two steps this is. */
  readonly exchange?: { readonly step: Exclude<ExchangeStep['step'], 'taken-back'>; readonly target: DrainTarget };
}

/** What is done for one node that EC2 is about to take. */
export interface Replacement {
  readonly alert: string;
  readonly target: DrainTarget;
  /** EC2's own word; absent while only the alert says so. */
  readonly notice?: Notice;
  /** A scale-down of the node is accepted. */
  readonly drain: boolean;
  /** A scale-up of one is accepted in its place. */
  readonly buy: boolean;
  /** The scale-down of it that is open already. */
  readonly down?: ScaleDown;
}
