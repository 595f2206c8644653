/** The annotations that anything here reads. All others stay behind in the page: `last-applied-configuration` alone is a copy of its object. */
import { ANNOTATIONS } from '../../model/names';

type Texts = Readonly<Record<string, string>>;

/** Of pods and nodes. What is read and not listed is never seen: a test compares the list with the code. */
export const KEPT_ANNOTATIONS: ReadonlySet<string> = new Set([
  ...Object.values(ANNOTATIONS),
  'smartscale/safe-to-evict',
  'cluster-autoscaler.kubernetes.io/safe-to-evict',
  'cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes',
  'cluster-autoscaler.kubernetes.io/scale-down-disabled',
  'cluster-autoscaler.kubernetes.io/daemonset-pod',
  'karpenter.sh/do-not-disrupt',
  'karpenter.sh/do-not-evict',
  'atlassian.com/no-delete',
  'controller.kubernetes.io/pod-deletion-cost',
]);

/** Of which the end of the name is free. */
export const KEPT_PREFIXES: readonly string[] = ['delay-deletion.cluster-autoscaler.kubernetes.io/'];

const NONE: Texts = {};

export function keptAnnotations(all: Texts): Texts {
  const kept = Object.entries(all).filter(([name]) => isKept(name));
  return kept.length > 0 ? Object.fromEntries(kept) : NONE;
}

function isKept(name: string): boolean {
  return KEPT_ANNOTATIONS.has(name) || KEPT_PREFIXES.some((prefix) => name.startsWith(prefix));
}
