/** Pods that a drain has to wait for: they say that they are about to complete, and do not. */
import type { KubeCluster } from '../../simulator/kubernetes/kube-cluster';

const SAFE_TO_EVICT = 'cluster-autoscaler.kubernetes.io/safe-to-evict';

/** The pods that the workload has now. */
export function holdPods({ world }: KubeCluster, workload: string, held = true): void {
  const { pods } = world.store;
  for (const pod of pods.list().filter(({ metadata }) => metadata.name.startsWith(`${workload}-`))) {
    const { [SAFE_TO_EVICT]: _said, ...annotations } = pod.metadata.annotations ?? {};
    const now = held ? { ...annotations, [SAFE_TO_EVICT]: 'on-completion' } : annotations;
    pods.replace({ ...pod, metadata: { ...pod.metadata, annotations: now } });
  }
}
