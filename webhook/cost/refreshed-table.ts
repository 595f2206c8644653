import type { OnDemandTable, RegionPrices } from './on-demand-table';

/** The table with these regions anew, in the order of their names; the others stay as they are. */
export function refreshedTable(table: OnDemandTable, anew: Readonly<Record<string, RegionPrices>>): OnDemandTable {
  const regions = Object.entries({ ...table.regions, ...anew })
    .sort(byName)
    .map(([region, prices]) => [region, sorted(prices)] as const);
  return { ...table, regions: Object.fromEntries(regions) };
}

/** Families that the table has somewhere: `m6i`, `t4g` ... */
export function familiesOf({ regions }: OnDemandTable): ReadonlySet<string> {
  return new Set(Object.values(regions).flatMap(({ prices }) => Object.keys(prices).map(familyOf)));
}

export function onlyFamilies(
  prices: Readonly<Record<string, number>>,
  families: ReadonlySet<string>,
): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(prices).filter(([type]) => families.has(familyOf(type))));
}

function familyOf(type: string): string {
  return type.split('.')[0] ?? type;
}

/** A family's types stand by their price, so that a change of one reads as a change of one. */
function sorted(region: RegionPrices): RegionPrices {
  const entries = Object.entries(region.prices);
  entries.sort((a, b) => byName([familyOf(a[0])], [familyOf(b[0])]) || a[1] - b[1] || byName(a, b));
  return { ...region, prices: Object.fromEntries(entries) };
}

function byName(a: readonly [string, ...unknown[]], b: readonly [string, ...unknown[]]): number {
  if (a[0] === b[0]) return 0;
  return a[0] < b[0] ? -1 : 1;
}
