import { costNow } from '../../webhook/cost/cost-now';
import { byPlace } from '../../webhook/cost/price-book';
import type { InstanceState } from '../../webhook/model/observation';
import { anInstance, aPriceBook, NOW } from '../support/builders';

const ZONE_B = 'eu-central-1b';
const spot = byPlace([{ type: 'm6i.large', zone: ZONE_B, dollarsPerHour: 0.05, since: NOW }]);

test('instances of one type, zone and lifecycle are one line', () => {
  const instances = [
    anInstance('i-1'),
    anInstance('i-2'),
    anInstance('i-3', { zone: ZONE_B }),
    anInstance('i-4', { zone: ZONE_B, type: 'm6i.large', lifecycle: 'spot' }),
  ];
  const now = costNow(instances, aPriceBook({ spot }));
  expect(now.lines).toEqual([
    { zone: 'eu-central-1a', type: 'm6a.large', lifecycle: 'on-demand', instances: 2, dollarsPerHour: 0.207 },
    { zone: ZONE_B, type: 'm6a.large', lifecycle: 'on-demand', instances: 1, dollarsPerHour: 0.1035 },
    { zone: ZONE_B, type: 'm6i.large', lifecycle: 'spot', instances: 1, dollarsPerHour: 0.05 },
  ]);
  expect(now.dollarsPerHour).toBeCloseTo(0.3605, 10);
  expect(now.unpriced).toBe(0);
});

test('what nobody knows the price of is in no sum, and is counted', () => {
  const instances = [
    anInstance('i-1'),
    anInstance('i-2', { type: 'x9.large' }),
    anInstance('i-3', { type: 'x9.large' }),
  ];
  const now = costNow(instances, aPriceBook());
  expect(now).toMatchObject({ dollarsPerHour: 0.1035, unpriced: 2 });
  expect(now.lines[1]).toMatchObject({ type: 'x9.large', instances: 2, dollarsPerHour: null });
});

test.each<[InstanceState, number]>([
  ['pending', 0.1035],
  ['running', 0.1035],
  ['stopping', 0],
  ['stopped', 0],
  ['shutting-down', 0],
  ['terminated', 0],
])('an instance that is %s costs %d', (state, dollarsPerHour) => {
  expect(costNow([anInstance('i-1', { state })], aPriceBook())).toMatchObject({ dollarsPerHour, unpriced: 0 });
});
