/** What must hold whenever we touch a pod. */
import type { KubePod } from '../../../simulator/kubernetes/objects';
import type { PodDeletion } from '../../../webhook/ports';
import { Broken } from '../support/story';
import type { Truth } from '../support/truth';

/** How old what a process knows may be when it acts on it. */
const KNOWN_WITHIN = 30_000;
/** As much as the clocks of two replicas differ, and a little more. Milliseconds. */
const CLOCKS_DIFFER = 2000;

/** Pods whose owner, data or people say that they stay. */
export function checkEviction(namespace: string, name: string, truth: Truth): void {
  const pod = truth.world.cluster.pod(namespace, name);
  if (!pod) return;
  if (pod.metadata.ownerReferences?.[0]?.kind === 'DaemonSet') {
    throw new Broken('evicted', `pod ${name} of a DaemonSet was evicted`);
  }
  // From a node that EC2 takes: the pod would end with it.
  if (staysWhereItIs(pod) && !truth.isTaken(pod.spec.nodeName ?? '')) {
    throw new Broken('evicted', `pod ${name} was evicted, which has to stay`);
  }
}

/** What people write on pods that are to stay. */
const STAY: readonly (readonly [string, string])[] = [
  ['smartscale/safe-to-evict', 'false'],
  ['cluster-autoscaler.kubernetes.io/safe-to-evict', 'false'],
  ['karpenter.sh/do-not-disrupt', 'true'],
];

function staysWhereItIs(pod: KubePod): boolean {
  const { annotations = {} } = pod.metadata;
  return wouldBeLost(pod) || STAY.some(([key, value]) => annotations[key] === value);
}

/** Nobody would create it again, or not with its data. */
function wouldBeLost({ metadata: { ownerReferences = [] }, spec }: KubePod): boolean {
  return ownerReferences.length === 0 || (spec.volumes ?? []).some((volume) => 'hostPath' in volume);
}

/**
 * A deletion asks no budget: for a node that EC2 takes, or where the pool says so, and never without grace. `senderHasSlept`:
 * it may be the one call that a process was about to make when it fell asleep.
 */
export function checkDeletion(deletion: PodDeletion, senderHasSlept: boolean, truth: Truth): void {
  const { namespace, name, uid, graceSeconds } = deletion;
  const pod = truth.world.cluster.pod(namespace, name);
  if (pod?.metadata.uid !== uid) return;
  if (graceSeconds <= 0) throw new Broken('forced', `pod ${name} was deleted without grace`);
  if (graceSeconds > graceOf(pod)) throw new Broken('forced', `pod ${name} was given more grace than its own`);
  if (!truth.isTaken(nodeOf(pod))) checkForced(pod, senderHasSlept, truth);
}

/** The pool gives nodes back whatever budgets and people say, but loses nothing, and only when a drain has no time left. */
function checkForced(pod: KubePod, senderHasSlept: boolean, truth: Truth): void {
  const { name } = pod.metadata;
  if (!truth.policy.drain.force) {
    throw new Broken('forced', `pod ${name} was deleted past its budget, and nothing allows that`);
  }
  if (wouldBeLost(pod)) throw new Broken('forced', `pod ${name} was deleted, and nobody creates it again as it was`);
  if (senderHasSlept) return;
  const needed = Math.min(graceOf(pod) * 1000, truth.policy.drain.maxGrace) + CLOCKS_DIFFER;
  const drains = truth.drainsOf(nodeOf(pod), KNOWN_WITHIN);
  if (drains.some(({ drainUntil }) => truth.now >= (drainUntil ?? Infinity) - needed)) return;
  throw new Broken('forced', `pod ${name} was deleted by no drain, or by one that had time left`);
}

function graceOf({ spec }: KubePod): number {
  return spec.terminationGracePeriodSeconds ?? 30;
}

function nodeOf({ spec }: KubePod): string {
  return spec.nodeName ?? '';
}
