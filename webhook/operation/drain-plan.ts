/**
 * What a look at a node in mid-drain does with its pods: whose turn it is, with how much grace, and who is deleted because
 * the time is over. Pure.
 */
import type { Pod } from '../model/observation';
import type { DrainPolicy } from '../model/pool';
import type { PodDeletion, PodEviction } from '../model/refs';
import type { PodFacts } from '../removal/pod-facts';
import { drainList } from '../removal/pod-fates';
import { tierOf, type Tier } from '../removal/system-pods';
import { isOnlyOptedOut, isWaitedFor } from './overridable';

/** `deadline`: the pool asks for it. `notice`: EC2 takes the node, whatever its pods say. */
export type Force = 'deadline' | 'notice';

export interface DrainCase {
  readonly now: number;
  readonly facts: PodFacts;
  readonly deadline: number;
  /** Null: budgets and opt-outs are never passed over. */
  readonly force: Force | null;
  readonly policy: DrainPolicy;
  /** The kubelet of the node is Ready. */
  readonly nodeReady: boolean;
}

export interface DrainPlan {
  readonly evict: readonly PodEviction[];
  readonly force: readonly PodDeletion[];
  /** Pods whose end is waited for, these included. */
  readonly left: number;
  /** What keeps the drain from going on, for people. */
  readonly waits: { readonly reason: string; readonly detail: string } | null;
  /** Why it must not go on. */
  readonly against: string | null;
}

/** What a dead kubelet does not end is not waited for, so long after its grace: seconds. */
const DEAD_KUBELET = 60;
/** A pod that is there longer than its grace is named, so long after it: seconds. */
export const HEADROOM = 30;
/** A pod of a node that EC2 takes is deleted so long before the end, if its own grace is longer: seconds. */
const CUT_OFF: Readonly<Record<Tier, number>> = { 1: 60, 3: 20 };
/** With less than this left nobody is asked any more, and nobody waits for a turn: seconds. */
const ALL_AT_ONCE = 20;
/** The API server keeps whole seconds. */
const ROUNDING = 2;

export function planDrain(pods: readonly Pod[], at: DrainCase): DrainPlan {
  const { evict, going, blocked, blockers } = drainList(pods, at.facts);
  const against = at.force === 'notice' ? undefined : blocked.findIndex((pod) => !mayBeForced(pod, at));
  const held = at.force === null ? [] : blocked;
  const leaving = going.filter((pod) => !isGivenUp(pod, at));
  const staying = [...evict, ...held];
  const forced = [...staying, ...leaving].filter((pod) => isDue(pod, at));
  const turn = inTurn([...staying, ...leaving], at);
  const asked = [...evict, ...(at.force === 'notice' ? held : [])].filter((pod) => turn(pod) && !forced.includes(pod));
  return {
    evict: asked.map((pod) => ({ ...refOf(pod), ...cap(pod, at) })),
    force: forced.map((pod) => ({ ...refOf(pod), graceSeconds: graceLeft(pod, at) })),
    left: staying.length + leaving.length,
    waits: waitsFor(staying, leaving, at),
    against: blockers[against ?? -1] ?? null,
  };
}

/** A pool that opted in passes over what people asked for, never over data that would be lost. */
function mayBeForced(pod: Pod, { force, facts }: DrainCase): boolean {
  return force === 'deadline' && isOnlyOptedOut(pod, facts);
}

/** Critical pods serve the others: they go when none of those is left, or when their own time begins. */
function inTurn(pods: readonly Pod[], at: DrainCase): (pod: Pod) => boolean {
  const late = at.force === 'notice' && secondsLeft(at) <= CUT_OFF[1];
  const first: Tier = late || !pods.some((pod) => tierOf(pod) === 1) ? 3 : 1;
  return (pod) => tierOf(pod) <= first;
}

/** Whether a pod is to be deleted now, so that it has ended by the deadline. */
function isDue(pod: Pod, at: DrainCase): boolean {
  if (at.force === null) return false;
  if (pod.terminating && !endsTooLate(pod, at)) return false;
  const left = secondsLeft(at);
  const grace = Math.min(pod.graceSeconds, at.policy.maxGrace / 1000);
  if (at.force === 'deadline') return left <= grace;
  return left < ALL_AT_ONCE || left <= Math.min(grace, CUT_OFF[tierOf(pod)]);
}

function endsTooLate({ deletionAt }: Pod, at: DrainCase): boolean {
  return deletionAt !== undefined && deletionAt > Math.max(at.deadline, at.now) + seconds(ROUNDING, at);
}

/** Kubelets that are alive end their pods, however late. */
function isGivenUp({ deletionAt }: Pod, at: DrainCase): boolean {
  return !at.nodeReady && deletionAt !== undefined && at.now >= deletionAt + seconds(DEAD_KUBELET, at);
}

/** Never more than the pod's own, and never 0: then the API server forgets the pod while its containers still run. */
function graceLeft({ graceSeconds }: Pod, at: DrainCase): number {
  return Math.max(1, Math.min(Math.floor(secondsLeft(at)), graceSeconds));
}

function cap({ graceSeconds }: Pod, at: DrainCase): Pick<PodEviction, 'graceSeconds'> {
  const left = at.force === 'notice' ? secondsLeft(at) : Infinity;
  const most = Math.max(1, Math.floor(Math.min(at.policy.maxGrace / 1000, left)));
  return graceSeconds > most ? { graceSeconds: most } : {};
}

function waitsFor(staying: readonly Pod[], leaving: readonly Pod[], at: DrainCase): DrainPlan['waits'] {
  const overdue = leaving.find(({ deletionAt }) => at.now >= (deletionAt ?? Infinity) + seconds(HEADROOM, at));
  if (overdue) return waitFor('pod-does-not-end', 'still there long after its grace', overdue);
  const job = leaving.find((pod) => isWaitedFor(pod));
  if (job) return waitFor('waits-for-completion', 'to be completed first', job);
  const kept = staying.find((pod) => isOnlyOptedOut(pod, at.facts));
  return kept ? waitFor('blocked-by-pod', 'kept by an annotation until the deadline', kept) : null;
}

function waitFor(reason: string, why: string, { namespace, name }: Pod): DrainPlan['waits'] {
  return { reason, detail: `${why}: pod ${namespace}/${name}` };
}

function secondsLeft(at: DrainCase): number {
  return (at.deadline - at.now) / seconds(1, at);
}

function seconds(count: number, { policy }: DrainCase): number {
  return count * (policy.graceSecond ?? 1000);
}

function refOf({ namespace, name, uid }: Pod): PodEviction {
  return { namespace, name, uid };
}
