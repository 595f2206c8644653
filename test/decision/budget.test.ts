import { decide } from '../../webhook/decision/decide';
import {
  aContext,
  aLaunchedScaleUp,
  anIntent,
  aPolicy,
  aPoolState,
  aScaleUp,
  aSpending,
  total,
} from '../support/builders';
import type { Budget, Spending } from '../../webhook/model/spending';

const asks = (nodes: number) => anIntent({ wish: total(nodes), urgent: true });

function decided(nodes: number, budget: Budget, spending: Partial<Spending> = {}, operations = [] as never[]) {
  const policy = aPolicy({ budget, cooldown: { ...aPolicy().cooldown, topUp: 0 } });
  return decide(asks(nodes), aContext({ policy, spending: aSpending(spending), state: aPoolState(operations) }));
}

test('buys what the budget pays for, and says that it was the budget', () => {
  expect(decided(9, { perHour: 0.55 })).toMatchObject({
    outcome: 'scale-up',
    launch: 3,
    limitedBy: ['budget'],
    detail: 'HighCpu asks for 9, the pool has 2: launches 3; cheapest is m6a.large on-demand at $0.10 an hour',
  });
  expect(decided(4, { perHour: 0.4 })).toMatchObject({ launch: 2, limitedBy: [] });
});

test('says the numbers when it buys nothing', () => {
  expect(decided(3, { perHour: 0.25 })).toMatchObject({
    outcome: 'hold',
    reason: 'over-budget',
    detail: 'the pool costs $0.20 an hour and one more node $0.10, the budget is $0.25 an hour',
  });
  expect(decided(3, { perMonth: 800 }, { month: 812.4 })).toMatchObject({
    reason: 'over-budget',
    detail: '$812.40 are spent this month, the budget is $800.00 a month',
  });
});

test.each<[string, Budget, Partial<Spending>, RegExp]>([
  ['of running instances', { perHour: 0.1 }, { unpriced: 2 }, /not checked, nobody knows what 2 of the running/],
  ['of a new node', { perHour: 0.1 }, { nextNode: null }, /not checked, nobody knows what a new node costs$/],
  ['of the month', { perMonth: 1 }, { month: null }, /not checked, the cost of this month is not counted yet$/],
])('a cost that is unknown, %s, holds nothing back, and the decision says so', (_what, budget, spending, detail) => {
  const decision = decided(3, budget, spending);
  expect(decision).toMatchObject({ outcome: 'scale-up', launch: 1, limitedBy: [] });
  expect(decision.detail).toMatch(detail);
});

test('what is bought and not listed yet costs as well', () => {
  const coming = [aScaleUp('up', { phase: 'launching', planned: 2 })];
  expect(decided(6, { perHour: 0.5 }, {}, coming as never[])).toMatchObject({ launch: 1, limitedBy: ['budget'] });
  const launched = [aLaunchedScaleUp('up', ['i-8', 'i-9'])];
  expect(decided(6, { perHour: 0.4 }, {}, launched as never[])).toMatchObject({ reason: 'over-budget' });
});

test('without a budget the price is said and nothing else', () => {
  const decision = decide(asks(3), aContext({ spending: aSpending() }));
  expect(decision).toMatchObject({ launch: 1, limitedBy: [] });
  expect(decision.detail).toMatch(/launches 1; cheapest is m6a\.large on-demand at \$0\.10 an hour$/);
});
