import type { SpotPrice as Entry, RIProductDescription } from '@aws-sdk/client-ec2';
import type { SpotPrice } from '../../model/price';

/** Accounts from the time before VPC get the second. */
export const LINUX: RIProductDescription[] = ['Linux/UNIX', 'Linux/UNIX (Amazon VPC)'];

/** Nothing for an entry that is about something else, or says no price: unknown is not zero. */
export function spotPriceOf(entry: Entry): readonly SpotPrice[] {
  const { InstanceType: type, AvailabilityZone: zone, ProductDescription: product, Timestamp: since } = entry;
  const dollarsPerHour = Number(entry.SpotPrice);
  if (type === undefined || zone === undefined || since === undefined || !(dollarsPerHour > 0)) return [];
  if (product === undefined || !LINUX.includes(product)) return [];
  return [{ type, zone, dollarsPerHour, since: since.getTime() }];
}

/** One entry of each type and zone: the newest. EC2 promises no order. */
export function newestPrices(prices: readonly SpotPrice[]): readonly SpotPrice[] {
  const newest = new Map<string, SpotPrice>();
  for (const price of prices) {
    const key = `${price.zone}/${price.type}`;
    const other = newest.get(key);
    if (!other || other.since < price.since) newest.set(key, price);
  }
  return [...newest.values()];
}
