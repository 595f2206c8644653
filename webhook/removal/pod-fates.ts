/** What a drain does with each pod of its node. Pure. The first rule that applies is the answer. */
import type { Pod } from '../model/observation';

export type PodFate =
  /** Belongs to the node: DaemonSet and mirror pods stay and end with it. */
  | { readonly fate: 'leave' }
  /** Finished, or already on its way out. */
  | { readonly fate: 'finished' }
  | { readonly fate: 'going' }
  | { readonly fate: 'evict' }
  /** The node must not be drained. */
  | { readonly fate: 'block'; readonly why: string };

/** Annotations by which people and other autoscalers keep a pod where it is. */
const OPT_OUT: readonly (readonly [string, string])[] = [
  ['cluster-autoscaler.kubernetes.io/safe-to-evict', 'false'],
  ['karpenter.sh/do-not-disrupt', 'true'],
  ['karpenter.sh/do-not-evict', 'true'],
  ['smartscale/safe-to-evict', 'false'],
];

export function fateOfPod(pod: Pod): PodFate {
  if (pod.mirror || pod.ownerKind === 'DaemonSet' || pod.ownerKind === 'Node') return { fate: 'leave' };
  if (pod.phase === 'Succeeded' || pod.phase === 'Failed') return { fate: 'finished' };
  if (pod.terminating) return { fate: 'going' };
  return fateOfLivePod(pod);
}

function fateOfLivePod(pod: Pod): PodFate {
  const optOut = OPT_OUT.find(([key, value]) => pod.annotations[key] === value);
  if (optOut) return block(pod, `has ${optOut[0]}=${optOut[1]}`);
  if (pod.annotations['cluster-autoscaler.kubernetes.io/safe-to-evict'] === 'true') return { fate: 'evict' };
  if (pod.ownerKind === null) return block(pod, 'is a bare pod: nobody would create it again');
  const volume = unsafeVolume(pod);
  if (volume) return block(pod, `keeps data in local volume ${volume}`);
  return { fate: 'evict' };
}

function unsafeVolume(pod: Pod): string | undefined {
  const declared = pod.annotations['cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes'] ?? '';
  const safe = new Set(declared.split(',').map((name) => name.trim()));
  return pod.localVolumes.find((name) => !safe.has(name));
}

function block(pod: Pod, why: string): PodFate {
  return { fate: 'block', why: `pod ${pod.namespace}/${pod.name} ${why}` };
}

export interface DrainList {
  readonly evict: readonly Pod[];
  /** Terminating: their end is waited for. */
  readonly going: readonly Pod[];
  /** Those that must stay, and why. */
  readonly blocked: readonly Pod[];
  readonly blockers: readonly string[];
}

/** Sorts the pods of one node. */
export function drainList(pods: readonly Pod[]): DrainList {
  const fates = pods.map((pod) => ({ pod, ...fateOfPod(pod) }));
  return {
    evict: fates.filter(({ fate }) => fate === 'evict').map(({ pod }) => pod),
    going: fates.filter(({ fate }) => fate === 'going').map(({ pod }) => pod),
    blocked: fates.filter(({ fate }) => fate === 'block').map(({ pod }) => pod),
    blockers: fates.flatMap((it) => (it.fate === 'block' ? [it.why] : [])),
  };
}
