/** Which wishes a drain that forces passes over. Pure. */
import type { Pod } from '../model/observation';
import type { PodFacts } from '../removal/pod-facts';
import { fateOfPod } from '../removal/pod-fates';

const SAFE_TO_EVICT = 'cluster-autoscaler.kubernetes.io/safe-to-evict';
/** By which people ask that a pod be left alone, although another one would be made in its place. */
const OPT_OUT = [
  SAFE_TO_EVICT,
  'karpenter.sh/do-not-disrupt',
  'karpenter.sh/do-not-evict',
  'smartscale/safe-to-evict',
] as const;

/** Its owner wants it to be completed, not begun again. */
export function isWaitedFor({ annotations, terminating }: Pod): boolean {
  return !terminating && annotations[SAFE_TO_EVICT] === 'on-completion';
}

/** Nothing but a wish of people keeps it: it has an owner, and no data that would be lost. */
export function isOnlyOptedOut(pod: Pod, facts: PodFacts): boolean {
  if (fateOfPod(pod, facts).fate !== 'block') return false;
  const others = Object.entries(pod.annotations).filter(([key]) => !OPT_OUT.some((each) => each === key));
  return fateOfPod({ ...pod, annotations: Object.fromEntries(others) }, facts).fate === 'evict';
}
