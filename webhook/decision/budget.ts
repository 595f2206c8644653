/** What the budget of the pool lets through. Pure. */
import { budgetView, type BudgetView } from '../cost/budget-view';
import type { PoolPolicy } from '../model/pool';
import type { Spending } from '../model/spending';
import type { Case } from './case';
import { unlistedInstances } from './counting';
import { BELOW_MINIMUM, RETURN_TO_SPOT } from './intent';

const FREE_OF_BUDGET: ReadonlySet<string> = new Set([BELOW_MINIMUM, RETURN_TO_SPOT]);
const UNLIMITED: BudgetView = { room: Infinity, over: null, unknown: null };

/**
 * How many of the nodes the budget pays for if there is no spot: a pool is held to the price of spot while EC2 has some, and
 * what is launched on demand instead costs three times as much. Infinity when nothing limits it.
 */
export function onDemandRoom(subject: Case): number {
  const { policy, spending } = subject.context;
  if (!launchesBoth(policy) || !spending) return Infinity;
  return budgetOf({ ...subject, context: { ...subject.context, spending: onDemandOnly(spending) } }).room;
}

function launchesBoth({ launch }: PoolPolicy): boolean {
  return launch.capacity === 'spot' && (launch.spotFallback === 'on-demand' || launch.onDemandBase > 0);
}

function onDemandOnly(spending: Spending): Spending {
  return { ...spending, nextNode: spending.nextOnDemand };
}

/**
 * The minimum is not a matter of money: neither its own intent nor an alert that asks for no more is held back. Nor is an
 * exchange for spot, which ends cheaper than it begins.
 */
export function budgetOf({ intent, context, counts, ups }: Case): BudgetView {
  const { policy, spending, observation } = context;
  if (intent.direction === 'down' || FREE_OF_BUDGET.has(intent.source)) return UNLIMITED;
  if (!policy.budget || !spending || !observation.complete) return UNLIMITED;
  const coming = unlistedInstances(ups, observation);
  const usual = budgetView(policy.budget, spending, coming);
  const isDrought = context.spotIsGone === true && policy.launch.spotFallback === 'on-demand' && usual.over === null;
  const view = isDrought ? inDrought(budgetView(policy.budget, onDemandOnly(spending), coming)) : usual;
  return { ...view, room: Math.max(view.room, policy.min - counts.alive) };
}

function inDrought(view: BudgetView): BudgetView {
  return { ...view, over: view.over && `EC2 has lately refused all spot; ${view.over}` };
}
