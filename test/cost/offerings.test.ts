import { rankOfferings, sayOffering } from '../../webhook/cost/offerings';
import { offeringPrice } from '../../webhook/cost/offering-price';
import { byPlace, priceBook } from '../../webhook/cost/price-book';
import { aPriceBook, aPolicy, NOW } from '../support/builders';

const launch = (capacity: 'spot' | 'on-demand') => ({ ...aPolicy().launch, capacity });
const spot = (type: string, zone: string, dollarsPerHour: number) => ({ type, zone, dollarsPerHour, since: NOW });

describe('the price of an offering', () => {
  const book = aPriceBook({ spot: byPlace([spot('m6i.large', 'eu-central-1a', 0.044)]) });
  const of = (type: string, zone: string, capacity: 'spot' | 'on-demand') =>
    offeringPrice(book, { instanceType: type, zone, capacity });

  it('is that of the table on demand, that of the history as spot', () => {
    expect(of('m6i.large', 'eu-central-1b', 'on-demand')).toBe(0.115);
    expect(of('m6i.large', 'eu-central-1a', 'spot')).toBe(0.044);
  });

  it.each([
    ['a type that the table lacks', 'x9.large', 'on-demand'],
    ['a type with the name of what every object has', 'constructor', 'on-demand'],
    ['a zone of which the history tells nothing', 'm6i.large', 'spot'],
  ] as const)('is unknown, not zero, for %s', (_what, type, capacity) => {
    expect(of(type, 'eu-central-1b', capacity)).toBeNull();
  });

  it('is what the operator says, if he says something', () => {
    const overrides = { onDemand: { 'm6i.large': 0.08, 'x9.large': 1.5 }, spot: { 'm6i.large': 0.02 } };
    const told = aPriceBook({ ...book, overrides });
    const price = (type: string, capacity: 'spot' | 'on-demand') =>
      offeringPrice(told, { instanceType: type, zone: 'eu-central-1a', capacity });
    expect(price('m6i.large', 'on-demand')).toBe(0.08);
    expect(price('x9.large', 'on-demand')).toBe(1.5);
    expect(price('m6i.large', 'spot')).toBe(0.02);
    expect(price('x9.large', 'spot')).toBeNull();
  });

  it('is unknown in a region that the table lacks', () => {
    const table = { about: '', regions: { 'us-east-1': { asOf: '2026-01-19', source: '', prices: { t: 1 } } } };
    const none = { onDemand: {}, spot: {} };
    expect(priceBook('us-east-1', table, [], none)).toMatchObject({ onDemand: { t: 1 }, onDemandAsOf: '2026-01-19' });
    expect(priceBook('toString', table, [], none)).toMatchObject({ onDemand: {}, onDemandAsOf: null });
  });
});

describe('the offerings of a pool', () => {
  it('come cheapest first, unknown ones last, equal ones in the order of the configuration', () => {
    const prices = [
      spot('m6i.large', 'eu-central-1a', 0.05),
      spot('m6i.large', 'eu-central-1b', 0.031),
      spot('m6a.large', 'eu-central-1a', 0.05),
    ];
    const ranked = rankOfferings(aPriceBook({ spot: byPlace(prices) }), launch('spot'));
    expect(ranked.map(({ instanceType: type, zone, dollarsPerHour }) => [type, zone.at(-1), dollarsPerHour])).toEqual([
      ['m6i.large', 'b', 0.031],
      ['m6a.large', 'a', 0.05],
      ['m6i.large', 'a', 0.05],
      ['m6a.large', 'b', null],
    ]);
  });

  it.each([
    [0.044, 'm6i.large spot in eu-central-1b at $0.044 an hour, 62 % under on-demand'],
    [0.115, 'm6i.large spot in eu-central-1b at $0.115 an hour, the same as on-demand'],
    [0.138, 'm6i.large spot in eu-central-1b at $0.138 an hour, 20 % over on-demand'],
  ])('are said with the price and what it is beside on-demand: %d', (price, text) => {
    const policy = { ...launch('spot'), instanceTypes: ['m6i.large'] };
    const [first] = rankOfferings(aPriceBook({ spot: byPlace([spot('m6i.large', 'eu-central-1b', price)]) }), policy);
    expect(first && sayOffering(first)).toBe(text);
  });

  it('are said without what is unknown', () => {
    const unknown = { instanceType: 'x9.large', zone: 'eu-central-1a', dollarsPerHour: null, onDemand: null };
    expect(sayOffering({ ...unknown, capacity: 'spot' })).toBe('x9.large spot in eu-central-1a at an unknown price');
    expect(sayOffering({ ...unknown, capacity: 'spot', dollarsPerHour: 0.5 })).toBe(
      'x9.large spot in eu-central-1a at $0.50 an hour',
    );
    expect(sayOffering({ ...unknown, capacity: 'on-demand', dollarsPerHour: 12.4 })).toBe(
      'x9.large on-demand at $12.40 an hour',
    );
  });
});
