import type { PoolPolicy } from '../model/pool';
import type { PriceBook } from '../model/price';
import type { MeterReading } from './meter';
import { offeringPrice } from './offering-price';

/** A fleet that never scales: as many nodes as the pool may have, of the type that costs least on demand. */
export function staticFleetOf(
  { max, staticFleet = max, launch }: Pick<PoolPolicy, 'max' | 'staticFleet' | 'launch'>,
  book: PriceBook,
): MeterReading['staticFleet'] {
  const prices = launch.instanceTypes.flatMap((type) => {
    const price = offeringPrice(book, { instanceType: type, zone: '', capacity: 'on-demand' });
    return price === null ? [] : [price];
  });
  return { nodes: staticFleet, dollarsPerHour: prices.length === 0 ? null : Math.min(...prices) };
}
