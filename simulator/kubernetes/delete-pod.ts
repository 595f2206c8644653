import { isCompleted, isTerminating } from './conditions';
import type { KubePod } from './objects';
import { rfc3339 } from './kube-store';
import { keyOf } from './table';
import type { KubeWorld } from './kube-world';

/**
 * Deletes as the API server does: with a grace period the pod is only marked and its kubelet ends it; without one, not
 * bound, or completed, it is gone at once, unless a finalizer holds it. A second deletion can shorten the grace, counted from the first one, and never
 * lengthen it; one that says no grace changes nothing. Returns the pod as it is then answered.
 */
export function deletePod(world: KubeWorld, pod: KubePod, graceSeconds?: number): KubePod {
  const before = pod.metadata.deletionGracePeriodSeconds ?? 0;
  const isShorter = graceSeconds !== undefined && atLeastOne(graceSeconds) < before;
  if (isTerminating(pod) && !isShorter) return pod;
  const grace = effectiveGrace(pod, graceSeconds);
  const marked = markedForDeletion(world, pod, grace);
  if (grace > 0 || isHeld(pod)) return world.store.pods.replace(marked);
  world.store.pods.remove(keyOf(pod.metadata));
  return { ...marked, metadata: { ...marked.metadata, resourceVersion: String(world.store.revision) } };
}

/** Takes the pod away if its end waited for nothing but the finalizers that it no longer has. */
export function finalizePod(world: KubeWorld, pod: KubePod): void {
  if (isTerminating(pod) && pod.metadata.deletionGracePeriodSeconds === 0 && !isHeld(pod)) {
    world.store.pods.remove(keyOf(pod.metadata));
  }
}

function isHeld({ metadata }: KubePod): boolean {
  return (metadata.finalizers ?? []).length > 0;
}

function effectiveGrace(pod: KubePod, graceSeconds: number | undefined): number {
  if (pod.spec.nodeName === undefined || isCompleted(pod)) return 0;
  return atLeastOne(graceSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30);
}

/** Below zero is one: only zero is without grace. */
function atLeastOne(graceSeconds: number): number {
  return graceSeconds < 0 ? 1 : graceSeconds;
}

function markedForDeletion(world: KubeWorld, pod: KubePod, graceSeconds: number): KubePod {
  const { generation = 1 } = pod.metadata;
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      generation: isTerminating(pod) ? generation : generation + 1,
      deletionTimestamp: rfc3339(deletedAt(world, pod) + world.scaledSeconds(graceSeconds)),
      deletionGracePeriodSeconds: graceSeconds,
    },
  };
}

/** When the pod was first deleted. */
function deletedAt(world: KubeWorld, { metadata }: KubePod): number {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = metadata;
  if (deletionTimestamp === undefined) return world.now();
  return Date.parse(deletionTimestamp) - world.scaledSeconds(deletionGracePeriodSeconds);
}
