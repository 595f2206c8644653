/** What the budget of the pool lets through. Pure. */
import { budgetView, type BudgetView } from '../cost/budget-view';
import type { Spending } from '../model/spending';
import type { Case } from './case';
import { unlistedInstances } from './counting';
import { BELOW_MINIMUM } from './intent';

const UNLIMITED: BudgetView = { room: Infinity, over: null, unknown: null };

/**
 * How many of the nodes the budget pays for if there is no spot: a pool is held to the price of spot while EC2 has some, and
 * what is launched on demand instead costs three times as much. Infinity when nothing limits it.
 */
export function onDemandRoom(subject: Case): number {
  const { policy, spending } = subject.context;
  if (policy.launch.capacity !== 'spot' || !spending) return Infinity;
  return budgetOf({ ...subject, context: { ...subject.context, spending: onDemandOnly(spending) } }).room;
}

function onDemandOnly(spending: Spending): Spending {
  return { ...spending, nextNode: spending.nextOnDemand };
}

/** The minimum is not a matter of money: neither its own intent nor an alert that asks for no more is held back. */
export function budgetOf({ intent, context, counts, ups }: Case): BudgetView {
  const { policy, spending, observation } = context;
  if (intent.direction === 'down' || intent.source === BELOW_MINIMUM) return UNLIMITED;
  if (!policy.budget || !spending || !observation.complete) return UNLIMITED;
  const view = budgetView(policy.budget, spending, unlistedInstances(ups, observation));
  return { ...view, room: Math.max(view.room, policy.min - counts.alive) };
}
