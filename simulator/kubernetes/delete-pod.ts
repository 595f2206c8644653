import { isCompleted, isTerminating } from './conditions';
import type { KubePod } from './objects';
import { rfc3339 } from './kube-store';
import { keyOf } from './table';
import type { KubeWorld } from './kube-world';

/**
 * Deletes as the API server does: with a grace period the pod is only marked and its kubelet ends it; without one, not
 * bound, or completed, it is gone at once. A second deletion can shorten the grace, never lengthen it.
 * Returns the pod as it is then answered.
 */
export function deletePod(world: KubeWorld, pod: KubePod, graceSeconds?: number): KubePod {
  const grace = effectiveGrace(pod, graceSeconds);
  if (isTerminating(pod) && grace >= (pod.metadata.deletionGracePeriodSeconds ?? 0)) return pod;
  const marked = markedForDeletion(world, pod, grace);
  if (grace > 0) return world.store.pods.replace(marked);
  world.store.pods.remove(keyOf(pod.metadata));
  return { ...marked, metadata: { ...marked.metadata, resourceVersion: String(world.store.revision) } };
}

function effectiveGrace(pod: KubePod, graceSeconds: number | undefined): number {
  if (pod.spec.nodeName === undefined || isCompleted(pod)) return 0;
  return Math.max(0, graceSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30);
}

function markedForDeletion(world: KubeWorld, pod: KubePod, graceSeconds: number): KubePod {
  const { generation = 1 } = pod.metadata;
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      generation: isTerminating(pod) ? generation : generation + 1,
      deletionTimestamp: rfc3339(world.now() + world.scaledSeconds(graceSeconds)),
      deletionGracePeriodSeconds: graceSeconds,
    },
  };
}
