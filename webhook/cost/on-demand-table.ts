import table from './on-demand-prices.json';

/** The on-demand prices of one region, and where they are from. */
export interface RegionPrices {
  /** Day of the price list, YYYY-MM-DD; null when the source does not say. */
  readonly asOf: string | null;
  readonly source: string;
  /** Dollars an hour by type. */
  readonly prices: Readonly<Record<string, number>>;
}

export interface OnDemandTable {
  readonly about: string;
  readonly regions: Readonly<Record<string, RegionPrices>>;
}

/** The table that ships with this version: `npm run prices` writes it anew. */
export const ON_DEMAND_TABLE: OnDemandTable = table;
