import { isPodReady, isTerminating } from './conditions';
import type { KubePod, KubePodDisruptionBudget } from './objects';

export type BudgetCounts = Pick<
  KubePodDisruptionBudget['status'],
  'expectedPods' | 'currentHealthy' | 'desiredHealthy' | 'disruptionsAllowed'
>;

/**
 * How the disruption controller counts. `minAvailable` as a number counts the pods that exist; a percentage, and
 * `maxUnavailable` of either kind, asks the owners how many there should be, so pods without a scalable owner count as
 * none and nothing is ever allowed. Percentages are rounded up.
 */
export function budgetCounts(
  spec: KubePodDisruptionBudget['spec'],
  pods: readonly KubePod[],
  status: { readonly disrupted: ReadonlySet<string>; desiredBy(ownerUid: string): number | null },
): BudgetCounts {
  const { minAvailable, maxUnavailable } = spec;
  const scale = () => expectedScale(pods, (uid) => status.desiredBy(uid));
  const expectedPods = maxUnavailable === undefined && typeof minAvailable === 'number' ? pods.length : scale();
  const desiredHealthy =
    maxUnavailable === undefined
      ? share(minAvailable ?? 0, expectedPods)
      : Math.max(0, expectedPods - share(maxUnavailable, expectedPods));
  const currentHealthy = pods.filter(
    (pod) => !isTerminating(pod) && !status.disrupted.has(pod.metadata.name) && isPodReady(pod),
  ).length;
  const disruptionsAllowed = expectedPods <= 0 ? 0 : Math.max(0, currentHealthy - desiredHealthy);
  return { expectedPods, currentHealthy, desiredHealthy, disruptionsAllowed };
}

function expectedScale(pods: readonly KubePod[], desiredBy: (ownerUid: string) => number | null): number {
  const owners = new Set(
    pods.flatMap(({ metadata }) => metadata.ownerReferences?.find(({ controller }) => controller === true)?.uid ?? []),
  );
  return [...owners].reduce((sum, uid) => sum + (desiredBy(uid) ?? 0), 0);
}

/** Throws a RangeError on what is neither a whole number nor a percentage. */
export function share(value: number | string, total: number): number {
  if (typeof value === 'number') return value;
  const percent = /^([0-9]+)%$/.exec(value)?.[1];
  if (percent === undefined) throw new RangeError(`neither a number nor a percentage: ${value}`);
  return Math.ceil((Number(percent) * total) / 100);
}
