import { newestPrices, spotPriceOf } from '../../../webhook/adapters/ec2/spot-prices';

const AT = new Date('2026-01-05T12:00:00Z');
const ENTRY = {
  InstanceType: 'm6i.large',
  AvailabilityZone: 'eu-central-1a',
  ProductDescription: 'Linux/UNIX',
  SpotPrice: '0.044000',
  Timestamp: AT,
} as const;

test('an entry of the price history is a number of dollars and a time', () => {
  expect(spotPriceOf(ENTRY)).toEqual([
    { type: 'm6i.large', zone: 'eu-central-1a', dollarsPerHour: 0.044, since: AT.getTime() },
  ]);
});

test('accounts from the time before VPC call Linux something else', () => {
  expect(spotPriceOf({ ...ENTRY, ProductDescription: 'Linux/UNIX (Amazon VPC)' })).toHaveLength(1);
});

test.each([
  ['of Windows', { ProductDescription: 'Windows' } as const],
  ['without a price', { SpotPrice: undefined }],
  ['with a price of zero', { SpotPrice: '0' }],
  ['with a price that is no number', { SpotPrice: 'n/a' }],
  ['without a type', { InstanceType: undefined }],
  ['without a zone', { AvailabilityZone: undefined }],
  ['without a time', { Timestamp: undefined }],
])('an entry %s is no price', (_what, change) => {
  expect(spotPriceOf({ ...ENTRY, ...change })).toEqual([]);
});

test('the newest entry of each type and zone counts, in whatever order they come', () => {
  const price = (zone: string, since: number) => ({ type: 'm6i.large', zone, dollarsPerHour: since / 100, since });
  const [old, young, other] = [price('a', 1), price('a', 2), price('b', 1)];
  expect(newestPrices([young, old, other])).toEqual([young, other]);
  expect(newestPrices([old, other, young])).toEqual([young, other]);
});
