import { share } from './budget-arithmetic';
import type { KubePodDisruptionBudget } from './objects';
import type { Draft } from './table';

export interface BudgetSpec {
  readonly name: string;
  readonly namespace: string;
  /** A number, or a percentage such as "50%". One of the two. */
  readonly minAvailable?: number | string;
  readonly maxUnavailable?: number | string;
  /** Labels of the pods; `{ app: name }` when absent, which is what the pods of a workload of that name carry. */
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly unhealthyPodEvictionPolicy?: 'IfHealthyBudget' | 'AlwaysAllow';
}

/** Throws a RangeError on what is neither a number nor a percentage. */
export function newBudget({ name, namespace, matchLabels = { app: name }, ...spec }: BudgetSpec) {
  share(spec.minAvailable ?? spec.maxUnavailable ?? 0, 0);
  return budgetFrom({ name, namespace }, { ...spec, selector: { matchLabels: { ...matchLabels } } });
}

/** As the API server stores it: generation 1, and a status that nobody has looked at. */
export function budgetFrom(
  metadata: Draft<KubePodDisruptionBudget>['metadata'],
  spec: KubePodDisruptionBudget['spec'],
): Draft<KubePodDisruptionBudget> {
  return {
    kind: 'PodDisruptionBudget',
    apiVersion: 'policy/v1',
    metadata: { ...metadata, generation: 1 },
    spec,
    status: { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 },
  };
}
