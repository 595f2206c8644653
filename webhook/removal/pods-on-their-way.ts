/** Pods that will take room which nobody takes yet. Pure. */
import type { Pod } from '../model/observation';
import type { Surroundings } from './surroundings';

/** Not on a node yet, and nothing holds it back but the scheduler. */
export function isOnItsWay({ node, phase, gated, terminating, ownerKind }: Pod): boolean {
  return node === null && phase === 'Pending' && !gated && !terminating && ownerKind !== 'DaemonSet';
}

/** How long an evicted pod keeps its room while its owner has not created another. Cluster Autoscaler's. */
const KEEPS_ROOM_MS = 120_000;

/**
 * Pods that are being evicted and whose owner has created no other in their place since. An approximation: what has left
 * its node already and was not created again yet (a moment of a StatefulSet) is not seen by anybody.
 */
export function missingPods({ seen, now }: Surroundings): readonly Pod[] {
  const evicted = seen.pods.filter((pod) => isBeingReplaced(pod, now));
  if (evicted.length === 0) return [];
  const owners = new Set(evicted.map(({ ownerUid }) => ownerUid));
  const since = Math.min(...evicted.map(deletedAt));
  const created = new Map<string, number>();
  for (const { ownerUid, createdAt, terminating } of seen.pods) {
    if (ownerUid === undefined || terminating || createdAt < since || !owners.has(ownerUid)) continue;
    created.set(ownerUid, (created.get(ownerUid) ?? 0) + 1);
  }
  return evicted.filter(({ ownerUid = '' }) => {
    const others = created.get(ownerUid) ?? 0;
    created.set(ownerUid, others - 1);
    return others <= 0;
  });
}

function isBeingReplaced(pod: Pod, now: number): boolean {
  const { terminating, ownerUid, ownerKind, node, phase } = pod;
  if (!terminating || ownerUid === undefined || ownerKind === 'DaemonSet' || ownerKind === 'Job') return false;
  return node !== null && phase === 'Running' && now - deletedAt(pod) <= KEEPS_ROOM_MS;
}

/** When it was told to go: its deletion timestamp is the end of its grace. */
function deletedAt({ deletionAt = 0, graceSeconds }: Pod): number {
  return deletionAt - graceSeconds * 1000;
}
