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
import type { PoolPolicy } from '../../webhook/model/pool';
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

describe('a spot pool, which launches on demand when there is no spot', () => {
  const prices = { nextNode: 0.04, nextOnDemand: 0.1, cheapest: 'm6a.large spot in a at $0.04 an hour' };
  const launch = { ...aPolicy().launch, capacity: 'spot' } as const;
  const decidedFor = (
    budget: Budget | undefined,
    spending: Partial<Spending> = {},
    { spotIsGone = false, ...policy }: Partial<PoolPolicy> & { readonly spotIsGone?: boolean } = {},
  ) => {
    const whole = aPolicy({ ...(budget ? { budget } : {}), launch, ...policy });
    return decide(asks(9), aContext({ policy: whole, spotIsGone, spending: aSpending({ ...prices, ...spending }) }));
  };

  test('is held to the price of spot, and says how many of them may be on demand', () => {
    const decision = decidedFor({ perHour: 0.55 });
    expect(decision).toMatchObject({ launch: 7, limitedBy: [], onDemandAtMost: 3 });
    expect(decision.detail).toMatch(/launches 7; cheapest is .*; the budget pays for 3 of them on demand$/);
  });

  test.each<[string, ReturnType<typeof decidedFor>]>([
    ['pays for all of them', decidedFor({ perHour: 2 })],
    ['is none', decidedFor(undefined)],
    ['cannot be held against a price that nobody knows', decidedFor({ perHour: 0.55 }, { nextOnDemand: null })],
    ['is one of the month', decidedFor({ perMonth: 100 })],
  ])('may launch any of them on demand when the budget %s', (_what, decision) => {
    expect(decision).toMatchObject({ launch: 7 });
    expect(decision).not.toHaveProperty('onDemandAtMost');
  });

  test('is held to the price of on-demand while EC2 has no spot, and says so', () => {
    expect(decidedFor({ perHour: 0.55 }, {}, { spotIsGone: true })).toMatchObject({ launch: 3, limitedBy: ['budget'] });
    expect(decidedFor({ perHour: 0.25 }, {}, { spotIsGone: true })).toMatchObject({
      reason: 'over-budget',
      detail:
        'EC2 has lately refused all spot; the pool costs $0.20 an hour and one more node $0.10, the budget is $0.25 an hour',
    });
    expect(decidedFor({ perMonth: 10 }, { month: 11 }, { spotIsGone: true }).detail).toMatch(/^\$11\.00 are spent/);
  });

  test('that launches nothing on demand is held to the price of spot, and on-demand is not spoken of', () => {
    const onlySpot = { launch: { ...launch, spotFallback: 'none' as const }, spotIsGone: true };
    const decision = decidedFor({ perHour: 0.55 }, {}, onlySpot);
    expect(decision).toMatchObject({ launch: 7 });
    expect(decision).not.toHaveProperty('onDemandAtMost');
    expect(decision.detail).not.toMatch(/on demand/);
    const withBase = { launch: { ...onlySpot.launch, onDemandBase: 4 }, spotIsGone: true };
    expect(decidedFor({ perHour: 0.55 }, {}, withBase)).toMatchObject({ launch: 7, onDemandAtMost: 3 });
  });

  test('reaches its minimum on demand whatever that costs', () => {
    expect(decidedFor({ perHour: 0.55 }, {}, { min: 6 })).toMatchObject({ onDemandAtMost: 4 });
  });

  test('a pool that is on demand anyway has no such limit', () => {
    expect(decided(9, { perHour: 0.55 })).not.toHaveProperty('onDemandAtMost');
  });
});

test('without a budget the price is said and nothing else', () => {
  const decision = decide(asks(3), aContext({ spending: aSpending() }));
  expect(decision).toMatchObject({ launch: 1, limitedBy: [] });
  expect(decision.detail).toMatch(/launches 1; cheapest is m6a\.large on-demand at \$0\.10 an hour$/);
});
