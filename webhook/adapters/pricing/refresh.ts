/** What `npm run prices` does, without files and clients. */
import type { PricingClient } from '@aws-sdk/client-pricing';
import type { OnDemandTable, RegionPrices } from '../../cost/on-demand-table';
import { familiesOf, onlyFamilies, refreshedTable } from '../../cost/refreshed-table';
import { onDemandPrices } from './on-demand-prices';

export interface RefreshOrder {
  /** None: those of the table. */
  readonly regions: readonly string[];
  /** Every type that the price list has, not only the families of the table. */
  readonly all: boolean;
}

const SOURCE = 'AWS Price List API, GetProducts';

/** Rejects without a change when a region has no price: a wrong name, or a role that may not ask. */
export async function refresh(
  table: OnDemandTable,
  { regions, all }: RefreshOrder,
  client: PricingClient,
): Promise<OnDemandTable> {
  const families = familiesOf(table);
  const anew: Record<string, RegionPrices> = {};
  for (const region of regions.length > 0 ? regions : Object.keys(table.regions)) {
    const { asOf, prices: listed } = await onDemandPrices(client, region);
    const prices = all ? listed : onlyFamilies(listed, families);
    if (Object.keys(prices).length === 0) throw new Error(`The price list has nothing for the region ${region}.`);
    anew[region] = { asOf, source: SOURCE, prices };
  }
  return refreshedTable(table, anew);
}
