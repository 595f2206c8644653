/** Whether disruption budgets let the pods of a node go: the demand of the whole node against each of them. Pure. */
import type { DisruptionBudget, Node, Pod } from '../model/observation';
import type { Surroundings } from './surroundings';

interface Demand {
  readonly budget: DisruptionBudget;
  /** The first of them, to be named. */
  readonly pod: Pod;
  count: number;
}

/** Why not, naming pod and budget; null when they do. Budgets that were not read say nothing. */
export function refusedByBudget(node: Node, around: Surroundings): string | null {
  const { budgetsOf } = around.facts;
  if (!budgetsOf) return null;
  const demands = new Map<DisruptionBudget, Demand>();
  for (const pod of around.drainOf(node.name).evict) {
    const budgets = isGoverned(pod) ? budgetsOf(pod) : [];
    const [budget, second] = budgets;
    if (budget && second)
      return `${nameOf(pod)} has two budgets, ${budget.name} and ${second.name}: nobody may evict it`;
    if (budget && counts(pod, budget)) note(demands, budget, pod);
  }
  for (const demand of demands.values()) {
    const why = refusal(demand, around);
    if (why !== null) return why;
  }
  return null;
}

/** Pods that do not run yet or are ending already go without asking any budget: rules of the eviction API. */
function isGoverned({ phase, terminating }: Pod): boolean {
  return !terminating && (phase === 'Running' || phase === 'Unknown');
}

/** A pod that is not Ready takes nothing from a budget that spares it, or that has what it wants without it. */
function counts({ ready }: Pod, { sparesUnready, currentHealthy, desiredHealthy }: DisruptionBudget): boolean {
  return ready || !(sparesUnready || (desiredHealthy > 0 && currentHealthy >= desiredHealthy));
}

function note(demands: Map<DisruptionBudget, Demand>, budget: DisruptionBudget, pod: Pod): void {
  const known = demands.get(budget) ?? { budget, pod, count: 0 };
  known.count += 1;
  demands.set(budget, known);
}

/** More than it allows now go in rounds: each waits until those of the one before are Ready elsewhere. */
function refusal({ budget, pod, count }: Demand, { policy }: Surroundings): string | null {
  const { name, isCurrent, disruptionsAllowed } = budget;
  if (!isCurrent) return `budget ${name} of ${nameOf(pod)} has changed and was not worked out anew yet`;
  if (disruptionsAllowed < 1) return `budget ${name} of ${nameOf(pod)} allows no disruption`;
  const rounds = Math.ceil(count / disruptionsAllowed);
  if (rounds === 1 || rounds * policy.removal.evictionRound <= policy.deadline.drain) return null;
  return `budget ${name} lets go ${disruptionsAllowed} of ${count} pods at a time, ${nameOf(pod)} among them: ${rounds} rounds are longer than a drain may take`;
}

function nameOf({ namespace, name }: Pod): string {
  return `pod ${namespace}/${name}`;
}
