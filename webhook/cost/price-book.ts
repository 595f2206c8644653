import type { PriceBook, PriceOverrides, SpotPrice } from '../model/price';
import type { OnDemandTable } from './on-demand-table';

export function priceBook(
  region: string,
  { regions }: OnDemandTable,
  spot: readonly SpotPrice[],
  overrides: PriceOverrides,
): PriceBook {
  const listed = Object.hasOwn(regions, region) ? regions[region] : undefined;
  return { region, onDemand: listed?.prices ?? {}, onDemandAsOf: listed?.asOf ?? null, spot: byPlace(spot), overrides };
}

export function byPlace(prices: readonly SpotPrice[]): PriceBook['spot'] {
  return new Map(prices.map((price) => [`${price.zone}/${price.type}`, price]));
}
