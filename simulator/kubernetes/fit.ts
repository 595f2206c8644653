import { isSelectedBy } from './node-selector';
import type { KubeNode, KubePod, NodeSelector } from './objects';
import type { Amounts } from './requests';
import { untolerated } from './taints';

/** Why a node does not take a pod, in the scheduler's words. */
export interface Misfit {
  readonly reasons: readonly string[];
  /** The pod would fit if others left: preemption is looked at. */
  readonly preemptible: boolean;
}

const UNSCHEDULABLE_TAINT = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

/** The scheduler's filters in its order, but for resources; the first that says no is the reason. Null = may fit. */
export function barrier(pod: KubePod, node: KubeNode, volumes: readonly NodeSelector[] = []): Misfit | null {
  if (node.spec.unschedulable === true && !toleratesCordon(pod)) return never('node(s) were unschedulable');
  const taint = untolerated(pod, node);
  if (taint) return never(`node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`);
  if (!isSelected(pod, node)) return never("node(s) didn't match Pod's node affinity/selector");
  if (!volumes.every((it) => isSelectedBy(it, node))) return never('node(s) had volume node affinity conflict');
  return null;
}

function never(reason: string): Misfit {
  return { reasons: [reason], preemptible: false };
}

function toleratesCordon(pod: KubePod): boolean {
  return (pod.spec.tolerations ?? []).some(
    ({ key, operator, effect }) =>
      (!key || key === UNSCHEDULABLE_TAINT.key) &&
      (!effect || effect === UNSCHEDULABLE_TAINT.effect) &&
      (operator === 'Exists' || key !== undefined),
  );
}

export function isSelected(pod: KubePod, node: KubeNode): boolean {
  const required = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const labels = Object.entries(pod.spec.nodeSelector ?? {});
  return (
    labels.every(([key, value]) => node.metadata.labels?.[key] === value) &&
    (required === undefined || isSelectedBy(required, node))
  );
}

const RESOURCES: readonly (readonly [keyof Amounts, string])[] = [
  ['pods', 'Too many pods'],
  ['cpuMillis', 'Insufficient cpu'],
  ['memoryBytes', 'Insufficient memory'],
];

/** A resource that is not asked for is never lacking, however full the node is. */
export function fits(requests: Amounts, allocatable: Amounts, used: Amounts): boolean {
  return RESOURCES.every(([name]) => !lacks(name, requests, allocatable, used));
}

/** Why `fits` says no. */
export function shortage(requests: Amounts, allocatable: Amounts, used: Amounts): Misfit {
  const short = RESOURCES.filter(([name]) => lacks(name, requests, allocatable, used));
  return {
    reasons: short.map(([, reason]) => reason),
    preemptible: short.every(([name]) => requests[name] <= allocatable[name]),
  };
}

function lacks(name: keyof Amounts, requests: Amounts, allocatable: Amounts, used: Amounts): boolean {
  return requests[name] > 0 && used[name] + requests[name] > allocatable[name];
}

/** The message of the condition PodScheduled=False, as v1.34 writes it. */
export function unschedulableMessage(misfits: readonly Misfit[]): string {
  const total = misfits.length;
  if (total === 0) return 'no nodes available to schedule pods';
  const why = counted(misfits.flatMap(({ reasons }) => reasons));
  const preemption = counted(
    misfits.map(({ preemptible }) =>
      preemptible ? 'No preemption victims found for incoming pod' : 'Preemption is not helpful for scheduling',
    ),
  );
  const of = `0/${total} nodes are available: `;
  return `${of}${why}. no new claims to deallocate, preemption: ${of}${preemption}.`;
}

function counted(reasons: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts]
    .map(([reason, count]) => `${count} ${reason}`)
    .sort()
    .join(', ');
}
