import { ON_DEMAND_TABLE } from '../../webhook/cost/on-demand-table';
import { DEFAULT_SETTINGS } from '../../simulator/ec2/settings';

const regions = Object.entries(ON_DEMAND_TABLE.regions);
const SIZES: Readonly<Record<string, number>> = { nano: 1, micro: 2, small: 4, medium: 8, large: 16, xlarge: 32 };

/** 2xlarge is twice an xlarge, and so on. */
function sizeOf(type: string): number {
  const size = type.split('.')[1] ?? '';
  return SIZES[size] ?? 32 * Number.parseInt(size, 10);
}

test('the table says of every region where its prices are from and of which day', () => {
  expect(regions.map(([region]) => region)).toEqual(['eu-central-1', 'eu-west-1', 'us-east-1', 'us-west-2']);
  for (const [, { asOf, source }] of regions) {
    expect(source).toMatch(/github\.com|Price List/);
    if (asOf !== null) expect(asOf).toMatch(/^20\d\d-\d\d-\d\d$/);
  }
});

test('every price is a number of dollars that a machine may cost', () => {
  for (const [, { prices }] of regions) {
    for (const price of Object.values(prices)) expect(price > 0.001 && price < 200).toBe(true);
  }
});

test.each(regions)('in %s the sizes of a family cost in proportion: a slip of the pen would show', (_region, table) => {
  const perSize = new Map<string, number[]>();
  for (const [type, price] of Object.entries(table.prices)) {
    const family = type.split('.')[0] ?? '';
    perSize.set(family, [...(perSize.get(family) ?? []), price / sizeOf(type)]);
  }
  for (const prices of perSize.values()) expect(Math.max(...prices) / Math.min(...prices)).toBeLessThan(1.006);
});

test('the simulator charges the prices of the table for the types that both know', () => {
  const prices = ON_DEMAND_TABLE.regions[DEFAULT_SETTINGS.region]?.prices ?? {};
  const both = DEFAULT_SETTINGS.instanceTypes.filter(({ name }) => name in prices);
  expect(both.length).toBeGreaterThan(4);
  for (const { name, price } of both) expect([name, price['on-demand']]).toEqual([name, prices[name]]);
});
