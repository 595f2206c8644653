/** Durable state machines: what is stored in the pool item while work is under way. */
import type { ErrorCode, Fault } from '../errors';
import type { Notice } from './notice';

export const SCALE_UP_PHASES = ['accepted', 'launching', 'joining', 'rolling-back', 'done', 'rolled-back'] as const;
export const SCALE_DOWN_PHASES = [
  'accepted',
  'cordoned',
  'draining',
  'terminating',
  'rolling-back',
  'done',
  'rolled-back',
] as const;

export type ScaleUpPhase = (typeof SCALE_UP_PHASES)[number];
export type ScaleDownPhase = (typeof SCALE_DOWN_PHASES)[number];

/** What the operation was accepted for: the numbers that the decision saw. */
export interface Trigger {
  /** Alert name, `below-minimum` or `return-to-spot`. */
  readonly alert: string;
  /** Nodes that the intent asked for in all; null for a step. */
  readonly nodes: number | null;
  /** Nodes that the pool had, by the counting of `decision/counting.ts`. */
  readonly have: number;
  readonly urgent: boolean;
  /** Accepted while another scale-up was open. */
  readonly topUp: boolean;
  /** When the alert that asked first reached us, epoch milliseconds: start of alert-to-launch. */
  readonly heardAt: number;
}

interface OperationCommon {
  readonly id: string;
  /** Rises by one with every save; a save names the revision it saw. */
  readonly revision: number;
  /** The replica that runs it, and until when it may (epoch milliseconds). */
  readonly owner: string;
  readonly ownerUntil: number;
  readonly acceptedAt: number;
  /** When the present phase was entered. */
  readonly phaseAt: number;
  readonly trigger: Trigger;
  /** The failure of the last action, until one succeeds. */
  readonly lastError?: Fault;
  /** Why it is rolling back, or what it waits for: a veto or exit name, shown to people. */
  readonly reason?: string;
  readonly detail?: string;
}

/** How an instance ended that never became a node, and of which offering it was; the zone is the instance's. */
export interface Ended {
  /** `ec2-no-capacity`: the offering has none, whatever CreateFleet answered. */
  readonly class: ErrorCode;
  readonly type: string;
  readonly spot: boolean;
}

export interface LaunchedInstance {
  readonly id: string;
  readonly zone?: string;
  /** When its node was first seen Ready. */
  readonly joinedAt?: number;
  /** When EC2 said, or two observations 60 s apart agreed, that it is gone. */
  readonly goneAt?: number;
  /** First complete observation of the present run that did not list it. */
  readonly missingSince?: number;
  /** Only of the first two of different class or offering. */
  readonly ended?: Ended;
}

export interface ScaleUp extends OperationCommon {
  readonly kind: 'scale-up';
  readonly phase: ScaleUpPhase;
  /** Nodes this operation is to bring; shrinks to what EC2 gave once it answered. */
  readonly planned: number;
  /** Number of the last stored attempt, 0 before one is stored. An attempt is a round of calls. */
  readonly attempt: number;
  /** The last attempt whose answer is in `instances`; absent before the first. */
  readonly settled?: number;
  /** That answer named offerings that EC2 does not have: others may still be asked for. */
  readonly elsewhere?: true;
  /** EC2 has given all that it will: `instances` is all that there will be. */
  readonly answered: boolean;
  readonly launchedAt?: number;
  readonly instances: readonly LaunchedInstance[];
  /** What their consoles show of those that never joined was asked for: once, whatever came of it. */
  readonly consolesKept?: true;
  /** First complete observation in which none of it was alive: rolling back, or asked for by a token that EC2 refuses. */
  readonly quietSince?: number;
  /** Set hash of the pending pods it was bought for, when it was bought for pods. */
  readonly podSet?: string;
  /** The only zones of the pool in which those pods find a place; absent = any. At most three: a choice is enough. */
  readonly zones?: readonly string[];
  /** So many may be on demand, the budget pays for no more; absent = any. Only of spot pools. */
  readonly onDemandAtMost?: number;
  /** The node that EC2 takes or that is exchanged, in whose place this one launches: it may go over max. */
  readonly replaces?: Replaced;
}

export interface Replaced {
  /** Tag of what is launched in its place, so that it is known as long as that instance lives. */
  readonly instanceId: string;
  /** The scale-down that drains it; absent when it is exchanged for spot, and drained once this one is a Ready node. */
  readonly drain?: string;
}

export interface DrainTarget {
  readonly name: string;
  readonly uid: string;
  readonly instanceId: string;
}

export interface ScaleDown extends OperationCommon {
  readonly kind: 'scale-down';
  readonly phase: ScaleDownPhase;
  readonly node: DrainTarget | null;
  /** Confirmed at Alertmanager at this time. */
  readonly confirmedAt?: number;
  /** End of the present phase's patience (epoch milliseconds); null where there is no way back. */
  readonly deadline: number | null;
  /** The scale-up that took this node back. */
  readonly cancelledBy?: string;
  /** EC2 takes the node: it is drained in the time that is left, whatever min, pods or rules say. */
  readonly forced?: true;
  /** Another node stands in its place already: no down alert has to ask for it. */
  readonly exchanged?: true;
  /** EC2's own word, once it is heard. */
  readonly notice?: Pick<Notice, 'kind' | 'at'>;
  /** Terminate was answered; absent before. */
  readonly terminateSentAt?: number;
  readonly evicted: number;
  /** Pods that were to be moved when the drain began. */
  readonly pods?: number;
  /** The last pod had left; volumes and hooks are waited for from then on. */
  readonly emptiedAt?: number;
  /** The API server has answered no eviction since. */
  readonly failingSince?: number;
}

export type Operation = ScaleUp | ScaleDown;

/**
 * Bytes of UTF-8 that are kept of a detail. What is longer is cut when it is stored, so whoever says the same at every look
 * has to cut it himself. A scale-down is short but for what people have to read; a scale-up has its instances.
 */
export const LONGEST_DETAIL: Readonly<Record<Operation['kind'], number>> = { 'scale-up': 112, 'scale-down': 800 };

/** Launches a spot instance for a node that is on demand for want of spot: voluntary, so nothing waits for it. */
export function isExchange({ replaces }: Pick<ScaleUp, 'replaces'>): boolean {
  return replaces !== undefined && replaces.drain === undefined;
}

/**
 * Got nothing because it was spot or nothing, an exchange or one whose budget pays for nothing on demand, and EC2 had no
 * spot. That is no failed launch: what EC2 refused is remembered, and says when it is worth another try.
 */
export function isWithoutSpot(up: ScaleUp): boolean {
  if (up.instances.length > 0) return false;
  return isExchange(up) || (up.onDemandAtMost === 0 && up.elsewhere === true);
}

export function isClosed(operation: Operation): boolean {
  return operation.phase === 'done' || operation.phase === 'rolled-back';
}
