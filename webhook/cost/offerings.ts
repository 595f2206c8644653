/** What a pool may launch, cheapest first, and how to say it. Pure. */
import type { Offering } from '../model/offering';
import type { LaunchPolicy } from '../model/pool';
import type { PriceBook } from '../model/price';
import { dollars } from './dollars';
import { offeringPrice } from './offering-price';

export interface PricedOffering extends Offering {
  /** Null when nobody knows. */
  readonly dollarsPerHour: number | null;
  /** The same type on demand. */
  readonly onDemand: number | null;
}

/** Every pair of type and zone of the pool, the cheapest first and what nobody knows last; equal ones in their order. */
export function rankOfferings(
  book: PriceBook,
  { instanceTypes, subnets, capacity }: Pick<LaunchPolicy, 'instanceTypes' | 'subnets' | 'capacity'>,
): readonly PricedOffering[] {
  return instanceTypes
    .flatMap((instanceType) => subnets.map(({ zone }) => priced(book, { instanceType, zone, capacity })))
    .sort((a, b) => (a.dollarsPerHour ?? Infinity) - (b.dollarsPerHour ?? Infinity) || 0);
}

export function priced(book: PriceBook, offering: Offering): PricedOffering {
  return {
    ...offering,
    dollarsPerHour: offeringPrice(book, offering),
    onDemand: offeringPrice(book, { ...offering, capacity: 'on-demand' }),
  };
}

/** "m6i.large spot in eu-central-1b at $0.044 an hour, 62 % under on-demand" */
export function sayOffering({ instanceType: type, zone, capacity, dollarsPerHour, onDemand }: PricedOffering): string {
  // On demand a type costs the same in every zone.
  const what = capacity === 'spot' ? `${type} spot in ${zone}` : `${type} on-demand`;
  if (dollarsPerHour === null) return `${what} at an unknown price`;
  const price = `${what} at ${dollars(dollarsPerHour)} an hour`;
  return capacity === 'spot' && onDemand !== null ? `${price}, ${discount(dollarsPerHour, onDemand)}` : price;
}

function discount(price: number, onDemand: number): string {
  const percent = Math.round(100 * Math.abs(1 - price / onDemand));
  if (percent === 0) return 'the same as on-demand';
  return `${percent} % ${price < onDemand ? 'under' : 'over'} on-demand`;
}
