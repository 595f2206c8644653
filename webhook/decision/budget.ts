/** What the budget of the pool lets through. Pure. */
import { budgetView, type BudgetView } from '../cost/budget-view';
import type { Case } from './case';
import { unlistedInstances } from './counting';
import { BELOW_MINIMUM } from './intent';

const UNLIMITED: BudgetView = { room: Infinity, over: null, unknown: null };

/** The minimum is not a matter of money: neither its own intent nor an alert that asks for no more is held back. */
export function budgetOf({ intent, context, counts, ups }: Case): BudgetView {
  const { policy, spending, observation } = context;
  if (intent.direction === 'down' || intent.source === BELOW_MINIMUM) return UNLIMITED;
  if (!policy.budget || !spending || !observation.complete) return UNLIMITED;
  const view = budgetView(policy.budget, spending, unlistedInstances(ups, observation));
  return { ...view, room: Math.max(view.room, policy.min - counts.alive) };
}
