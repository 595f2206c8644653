import type { Offering } from '../model/offering';
import type { PriceBook } from '../model/price';

/** Dollars an hour; null when nobody knows. What the operator says goes before table and history. */
export function offeringPrice(book: PriceBook, { instanceType: type, zone, capacity }: Offering): number | null {
  if (capacity === 'on-demand') return own(book.overrides.onDemand, type) ?? own(book.onDemand, type);
  const listed = book.spot.get(`${zone}/${type}`);
  return own(book.overrides.spot, type) ?? listed?.dollarsPerHour ?? null;
}

/** A type may have the name of something that every object has. */
function own(prices: Readonly<Record<string, number>>, type: string): number | null {
  return Object.hasOwn(prices, type) ? (prices[type] ?? null) : null;
}
