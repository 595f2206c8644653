/** Pods that a cluster needs to work, and that move last. Pure. */
import type { Pod } from '../model/observation';

export type Tier = 1 | 3;

/** Of system-cluster-critical; system-node-critical is above it. */
const CRITICAL = 2_000_000_000;
/** Deployments that K3s brings, as a rule of one pod and without a budget. */
const OF_K3S = /^(?:coredns|metrics-server|local-path-provisioner|traefik)-/;

export const SYSTEM_NAMESPACE = 'kube-system';

export function isOfK3s({ namespace, name, ownerKind }: Pod): boolean {
  return namespace === SYSTEM_NAMESPACE && ownerKind === 'ReplicaSet' && OF_K3S.test(name);
}

/** A tier is moved when nothing of the one before is left. 2 and 4 would be the DaemonSet pods, which stay. */
export function tierOf(pod: Pod): Tier {
  return (pod.priority ?? 0) >= CRITICAL || isOfK3s(pod) ? 3 : 1;
}
