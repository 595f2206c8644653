import type { Budget, Spending } from '../model/spending';
import { dollars } from './dollars';

export interface BudgetView {
  /** Nodes that may still be launched; Infinity when nothing limits them. */
  readonly room: number;
  /** Why there is no room, with the numbers. */
  readonly over: string | null;
  /** What could not be checked, because a price is unknown: it limits nothing. */
  readonly unknown: string | null;
}

/** Fractions of cents that sums leave must not cost a node. */
const DUST = 1e-9;

/** `coming`: nodes that are bought and that EC2 does not list yet. */
export function budgetView(budget: Budget, spending: Spending, coming: number): BudgetView {
  const parts = [hourly(budget, spending, coming), monthly(budget, spending)];
  return {
    room: Math.min(...parts.map(({ room }) => room)),
    over: parts.find(({ over }) => over !== null)?.over ?? null,
    unknown: parts.find(({ unknown }) => unknown !== null)?.unknown ?? null,
  };
}

const FREE: BudgetView = { room: Infinity, over: null, unknown: null };

function hourly({ perHour: budget }: Budget, spending: Spending, coming: number): BudgetView {
  if (budget === undefined) return FREE;
  const { perHour, unpriced, nextNode } = spending;
  if (nextNode === null) return { ...FREE, unknown: 'nobody knows what a new node costs' };
  if (unpriced > 0) return { ...FREE, unknown: `nobody knows what ${unpriced} of the running instances cost` };
  const cost = perHour + coming * nextNode;
  const room = Math.max(0, Math.floor((budget - cost) / nextNode + DUST));
  if (room > 0) return { ...FREE, room };
  const over = `the pool costs ${dollars(cost)} an hour and one more node ${dollars(nextNode)}, the budget is ${dollars(budget)} an hour`;
  return { ...FREE, room, over };
}

function monthly({ perMonth: budget }: Budget, { month }: Spending): BudgetView {
  if (budget === undefined) return FREE;
  if (month === null) return { ...FREE, unknown: 'the cost of this month is not counted yet' };
  if (month < budget) return FREE;
  return { ...FREE, room: 0, over: `${dollars(month)} are spent this month, the budget is ${dollars(budget)} a month` };
}
