/** Which pods wait for a node, and whether a new node of the pool would take them. Pure. */
import { LABELS } from '../model/names';
import type { CompleteObservation, Pod, Resources, Taint, Toleration } from '../model/observation';
import { nodesByPool, podsByNode, unschedulableByPool } from '../model/observed';
import type { PoolPolicy } from '../model/pool';
import { matches, wordsOf } from './node-terms';

export interface NodeShape {
  readonly free: Resources;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  /** Absent for a node that is still to be made. */
  readonly name?: string;
}

/** Pods of the pool that the scheduler could not place. Gated pods and those of a DaemonSet wait for nothing that we buy. */
export function unplacedPods(seen: CompleteObservation, pool: string): readonly Pod[] {
  return (unschedulableByPool(seen.pods).get(pool) ?? []).filter(
    (pod) =>
      pod.phase === 'Pending' && pod.node === null && !pod.gated && !pod.terminating && pod.ownerKind !== 'DaemonSet',
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

export function fits(pod: Pod, node: NodeShape): boolean {
  return misfit(pod, node) === null;
}

/** Why the node would not take the pod, for people; null when it would. Volumes are the business of `placing.ts`. */
export function misfit(pod: Pod, node: NodeShape): string | null {
  return shortOf(pod.requests, node.free) ?? unselected(pod, node) ?? repelled(pod, node.taints);
}

function shortOf(wanted: Resources, free: Resources): string | null {
  if (wanted.cpu > free.cpu + 1e-9)
    return `asks for ${rounded(wanted.cpu)} CPU, a new node offers ${rounded(free.cpu)}`;
  if (wanted.memory > free.memory) {
    return `asks for ${mebibytes(wanted.memory)} of memory, a new node offers ${mebibytes(free.memory)}`;
  }
  return wanted.pods > free.pods ? 'a new node is full of the pods of DaemonSets' : null;
}

function unselected({ nodeSelector, affinity }: Pod, node: NodeShape): string | null {
  const wrong = Object.entries(nodeSelector).find(([key, value]) => node.labels[key] !== value);
  if (wrong) {
    const [key, value] = wrong;
    const has = node.labels[key];
    return `selects ${key}=${value}, a new node has ${has === undefined ? 'no such label' : has}`;
  }
  if (!affinity || matches(affinity, node)) return null;
  return `requires a node with ${wordsOf(affinity)}, a new node is none`;
}

function repelled({ tolerations }: Pod, taints: readonly Taint[]): string | null {
  const taint = taints.find((it) => it.effect !== 'PreferNoSchedule' && !tolerates(tolerations, it));
  return taint ? `does not tolerate ${taint.key}${taint.value ? `=${taint.value}` : ''}:${taint.effect}` : null;
}

function rounded(amount: number): string {
  return String(Number(amount.toFixed(2)));
}

function mebibytes(bytes: number): string {
  const MIB = 2 ** 20;
  return bytes >= 1024 * MIB ? `${rounded(bytes / (1024 * MIB))} GiB` : `${rounded(bytes / MIB)} MiB`;
}

/** Rules of https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/. */
export function tolerates(tolerations: readonly Toleration[], taint: Taint): boolean {
  return tolerations.some((toleration) => {
    if (toleration.effect && toleration.effect !== taint.effect) return false;
    if (toleration.operator === 'Exists') return !toleration.key || toleration.key === taint.key;
    return toleration.key === taint.key && (toleration.value ?? '') === (taint.value ?? '');
  });
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
  const pods = podsByNode(seen.pods);
  const shares = (nodesByPool(seen.nodes).get(pool) ?? []).map(({ name }) => {
    const ofDaemonSets = (pods.get(name) ?? []).filter(({ ownerKind }) => ownerKind === 'DaemonSet');
    return ofDaemonSets.reduce((sum, { requests }) => add(sum, requests), NOTHING);
  });
  return shares.reduce(
    (most, share) => ({
      cpu: Math.max(most.cpu, share.cpu),
      memory: Math.max(most.memory, share.memory),
      pods: Math.max(most.pods, share.pods),
    }),
    NOTHING,
  );
}
