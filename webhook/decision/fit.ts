/** Which pods wait for a node, and whether a new node of the pool would take them. Pure. */
import { DEFAULT_POOL, LABELS } from '../model/names';
import type { CompleteObservation, Pod, Resources, Taint, Toleration } from '../model/observation';
import type { PoolPolicy } from '../model/pool';

export interface NodeShape {
  readonly free: Resources;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
}

/** Pods of the pool that the scheduler could not place. Gated pods and those of a DaemonSet wait for nothing that we buy. */
export function unplacedPods(seen: CompleteObservation, pool: string): readonly Pod[] {
  return seen.pods.filter(
    (pod) =>
      pod.phase === 'Pending' &&
      pod.node === null &&
      pod.unschedulable &&
      !pod.gated &&
      !pod.terminating &&
      pod.ownerKind !== 'DaemonSet' &&
      (pod.labels[LABELS.pool] ?? DEFAULT_POOL) === pool,
  );
}

/** An empty new node: what the configuration says, less what DaemonSets take on the nodes of the pool today. */
export function newNode(pool: string, node: PoolPolicy['node'], seen: CompleteObservation): NodeShape {
  return {
    free: subtract(node.allocatable, daemonSetShare(pool, seen)),
    labels: { [LABELS.pool]: pool, ...node.labels },
    taints: node.taints,
  };
}

/** Requests, nodeSelector and taints; affinity and volumes are not looked at. */
export function fits(pod: Pod, node: NodeShape): boolean {
  return (
    holds(node.free, pod.requests) &&
    Object.entries(pod.nodeSelector).every(([key, value]) => node.labels[key] === value) &&
    node.taints.every((taint) => taint.effect === 'PreferNoSchedule' || tolerates(pod.tolerations, taint))
  );
}

/** Rules of https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/. */
export function tolerates(tolerations: readonly Toleration[], taint: Taint): boolean {
  return tolerations.some((toleration) => {
    if (toleration.effect && toleration.effect !== taint.effect) return false;
    if (toleration.operator === 'Exists') return !toleration.key || toleration.key === taint.key;
    return toleration.key === taint.key && (toleration.value ?? '') === (taint.value ?? '');
  });
}

function holds(free: Resources, wanted: Resources): boolean {
  return wanted.cpu <= free.cpu + 1e-9 && wanted.memory <= free.memory && wanted.pods <= free.pods;
}

export function subtract(from: Resources, what: Resources): Resources {
  return { cpu: from.cpu - what.cpu, memory: from.memory - what.memory, pods: from.pods - what.pods };
}

export function add(a: Resources, b: Resources): Resources {
  return { cpu: a.cpu + b.cpu, memory: a.memory + b.memory, pods: a.pods + b.pods };
}

export const NOTHING: Resources = { cpu: 0, memory: 0, pods: 0 };

/** The largest sum of DaemonSet requests on any node of the pool. */
function daemonSetShare(pool: string, seen: CompleteObservation): Resources {
  const members = new Set(seen.nodes.filter((node) => node.pool === pool).map((node) => node.name));
  const byNode = new Map<string, Resources>();
  for (const pod of seen.pods) {
    if (pod.ownerKind !== 'DaemonSet' || pod.node === null || !members.has(pod.node)) continue;
    byNode.set(pod.node, add(byNode.get(pod.node) ?? NOTHING, pod.requests));
  }
  return [...byNode.values()].reduce(
    (most, share) => ({
      cpu: Math.max(most.cpu, share.cpu),
      memory: Math.max(most.memory, share.memory),
      pods: Math.max(most.pods, share.pods),
    }),
    NOTHING,
  );
}
