/**
 * What instances cost: US dollars an hour, Linux, shared tenancy, without disks, addresses and traffic. A price that nobody
 * knows is null, never zero.
 */

/** An entry of the spot price history. */
export interface SpotPrice {
  readonly type: string;
  readonly zone: string;
  readonly dollarsPerHour: number;
  /** When it began to hold, epoch milliseconds. */
  readonly since: number;
}

/** Prices that the operator knows better, dollars an hour by type: discounts, types that the table lacks. */
export interface PriceOverrides {
  readonly onDemand: Readonly<Record<string, number>>;
  readonly spot: Readonly<Record<string, number>>;
}

/** Everything that is known of the prices of a region. */
export interface PriceBook {
  readonly region: string;
  readonly onDemand: Readonly<Record<string, number>>;
  /** Day of the price list behind `onDemand`, YYYY-MM-DD; null: the region is not in the table, or its source has no date. */
  readonly onDemandAsOf: string | null;
  /** By `zone/type`. */
  readonly spot: ReadonlyMap<string, SpotPrice>;
  readonly overrides: PriceOverrides;
}
