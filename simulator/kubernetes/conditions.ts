import type { Condition, KubeNode, KubePod } from './objects';

/** The condition in place of the one of its type; lastTransitionTime moves only with the status. */
export function withCondition(
  conditions: readonly Condition[] | undefined,
  condition: Condition,
  timestamp: string,
): Condition[] {
  const before = conditions?.find(({ type }) => type === condition.type);
  const lastTransitionTime = before?.status === condition.status ? (before.lastTransitionTime ?? timestamp) : timestamp;
  const after = { ...condition, lastTransitionTime };
  if (before === undefined) return [...(conditions ?? []), after];
  return (conditions ?? []).map((each) => (each === before ? after : each));
}

export function conditionOf(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((each) => each.type === type);
}

export function isNodeReady(node: KubeNode): boolean {
  return conditionOf(node.status.conditions, 'Ready')?.status === 'True';
}

export function isPodReady(pod: KubePod): boolean {
  return conditionOf(pod.status.conditions, 'Ready')?.status === 'True';
}

export function isTerminating(pod: KubePod): boolean {
  return pod.metadata.deletionTimestamp !== undefined;
}

/** Succeeded or Failed: its containers run no more and its requests are free. */
export function isCompleted(pod: KubePod): boolean {
  return pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed';
}
