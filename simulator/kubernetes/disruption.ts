import { type BudgetCounts, budgetCounts } from './budget-arithmetic';
import { isTerminating, withCondition } from './conditions';
import { selects } from './label-selector';
import type { Condition, KubePod, KubePodDisruptionBudget } from './objects';
import { keyOf } from './table';
import type { KubeWorld } from './kube-world';

/** After how long a pod that was let go and was not deleted counts again, milliseconds. */
const DISRUPTED_TTL_MS = 120_000;

/** Keeps the status of PodDisruptionBudgets. Until it has looked at one, evictions under it are refused. */
export class DisruptionController {
  private readonly dirty = new Set<string>();
  /** The pods under each budget, by name. */
  private readonly covered = new Map<string, Map<string, KubePod>>();

  constructor(
    private readonly world: KubeWorld,
    private readonly desiredBy: (ownerUid: string) => number | null,
  ) {
    const { pods, poddisruptionbudgets } = world.store;
    pods.onChange((before, after) => this.podChanged(before, after));
    poddisruptionbudgets.onChange((before, after) => this.budgetChanged(before, after));
  }

  reconcile(): void {
    for (const key of this.dirty) {
      this.dirty.delete(key);
      const budget = this.world.store.poddisruptionbudgets.get(key);
      if (budget) this.sync(budget);
    }
  }

  private podChanged(before: KubePod | null, after: KubePod | null): void {
    for (const budget of this.world.store.poddisruptionbudgets.values()) {
      const key = keyOf(budget.metadata);
      const [was, is] = [covers(budget, before), covers(budget, after)];
      if (was || is) this.dirty.add(key);
      if (after !== null && is) this.covered.get(key)?.set(after.metadata.name, after);
      else if (before !== null && was) this.covered.get(key)?.delete(before.metadata.name);
    }
  }

  private budgetChanged(before: KubePodDisruptionBudget | null, after: KubePodDisruptionBudget | null): void {
    if (after === null) {
      if (before) this.covered.delete(keyOf(before.metadata));
      return;
    }
    const key = keyOf(after.metadata);
    this.dirty.add(key);
    if (before?.spec === after.spec) return;
    const pods = this.world.store.podsOfNamespace
      .of(after.metadata.namespace ?? '')
      .filter((pod) => covers(after, pod));
    this.covered.set(key, new Map(pods.map((pod) => [pod.metadata.name, pod])));
  }

  private sync(budget: KubePodDisruptionBudget): void {
    const pods = [...(this.covered.get(keyOf(budget.metadata))?.values() ?? [])];
    const disruptedPods = this.stillDisrupted(budget, pods);
    const counts = budgetCounts(budget.spec, pods, {
      disrupted: new Set(Object.keys(disruptedPods)),
      desiredBy: this.desiredBy,
    });
    const status = this.statusOf(budget, counts, disruptedPods);
    if (JSON.stringify(status) === JSON.stringify(budget.status)) return;
    this.world.store.poddisruptionbudgets.replace({ ...budget, status });
  }

  private statusOf(
    budget: KubePodDisruptionBudget,
    counts: BudgetCounts,
    disruptedPods: Record<string, string>,
  ): KubePodDisruptionBudget['status'] {
    const { generation = 1 } = budget.metadata;
    const condition = disruptionAllowed(counts.disruptionsAllowed, generation);
    return {
      observedGeneration: generation,
      ...(Object.keys(disruptedPods).length > 0 && { disruptedPods }),
      disruptionsAllowed: counts.disruptionsAllowed,
      currentHealthy: counts.currentHealthy,
      desiredHealthy: counts.desiredHealthy,
      expectedPods: counts.expectedPods,
      conditions: withCondition(budget.status.conditions, condition, this.world.store.timestamp()),
    };
  }

  /** Let go, but its deletion has not been seen yet: it counts as gone, for a while. */
  private stillDisrupted({ status }: KubePodDisruptionBudget, pods: readonly KubePod[]): Record<string, string> {
    if (status.disruptedPods === undefined) return {};
    const now = this.world.now();
    const alive = new Set(pods.filter((pod) => !isTerminating(pod)).map(({ metadata }) => metadata.name));
    const waiting = Object.entries(status.disruptedPods).filter(
      ([name, since]) => alive.has(name) && now - Date.parse(since) < DISRUPTED_TTL_MS,
    );
    return Object.fromEntries(waiting);
  }
}

export function covers(budget: KubePodDisruptionBudget, pod: KubePod | null): boolean {
  return (
    pod !== null &&
    pod.metadata.namespace === budget.metadata.namespace &&
    selects(budget.spec.selector, pod.metadata.labels)
  );
}

export function disruptionAllowed(allowed: number, observedGeneration: number): Condition {
  return {
    type: 'DisruptionAllowed',
    status: allowed > 0 ? 'True' : 'False',
    observedGeneration,
    reason: allowed > 0 ? 'SufficientPods' : 'InsufficientPods',
    message: '',
  };
}
