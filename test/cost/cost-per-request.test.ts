import { costPerRequest } from '../../webhook/cost/cost-per-request';

const now = (dollarsPerHour: number, unpriced = 0) => ({ lines: [], dollarsPerHour, unpriced });
const rate = (perSecond: number) => ({ known: true, perSecond, at: 0 }) as const;

test('is what the pool costs in an hour by the requests that it serves in an hour', () => {
  const { dollars, because } = costPerRequest(now(0.36), rate(100));
  expect(dollars).toBeCloseTo(0.000001, 12);
  expect(because).toBeNull();
});

test('costs nothing where the pool has nothing', () => {
  expect(costPerRequest(now(0), rate(100))).toMatchObject({ dollars: 0, because: null });
});

test.each([
  ['the rate is unknown', now(1), { known: false, because: 'the query gives no series' }, 'the query gives no series'],
  ['nobody sees what runs', null, rate(1), 'EC2 or K3s cannot be read'],
  ['a price is unknown', now(1, 2), rate(1), 'nobody knows what 2 of the running instances cost'],
] as const)('is unknown, not zero, while %s', (_what, cost, requests, because) => {
  expect(costPerRequest(cost, requests)).toMatchObject({ dollars: null, because });
});
