/** What the base set-up costs a month, workers left out: they follow the load. US dollars, list prices. */
import { ON_DEMAND_TABLE } from '../../webhook/cost/on-demand-table';
import type { StackConfiguration } from '../configuration';
import { tierOf } from '../configuration/parameter-size';
import { DEFAULT_ZONES } from '../configuration/subnet-blocks';
import { NAT_DISK_GIB, NAT_INSTANCE_TYPE } from '../network/nat-instance';

/** Of the cheapest regions, 2026; others ask up to half as much more. */
export const PRICES = {
  natGatewayPerHour: 0.045,
  publicAddressPerHour: 0.005,
  diskPerGiBMonth: 0.08,
  advancedParameter: 0.05,
} as const;
export const HOURS = 730;

export interface CostLine {
  readonly what: string;
  /** Null: the price table does not have it. */
  readonly dollars: number | null;
}

export function monthlyCost(configuration: StackConfiguration): readonly CostLine[] {
  const { network, server, region } = configuration;
  const address = PRICES.publicAddressPerHour * HOURS;
  const perHour = priceOf(server.instanceType, region);
  const lines: CostLine[] = [
    { what: `server, ${server.instanceType}`, dollars: perHour === null ? null : perHour * HOURS },
    { what: `disk of the server, ${server.diskGiB} GiB`, dollars: server.diskGiB * PRICES.diskPerGiBMonth },
  ];
  lines.push(...parameters(configuration));
  if (network.existing) return lines;
  if (network.nat === 'public-subnets') return [...lines, { what: 'public address of the server', dollars: address }];
  const nat = network.nat === 'nat-gateway' ? PRICES.natGatewayPerHour * HOURS : natInstance(region);
  return [...lines, { what: `${network.nat} with its address`, dollars: nat === null ? null : nat + address }];
}

/** Pools whose settings are too long for a parameter that is free. */
function parameters({ pools, network, zones }: StackConfiguration): readonly CostLine[] {
  const count = (network.existing?.subnetIds ?? zones)?.length ?? DEFAULT_ZONES;
  const long = Object.values(pools).filter((pool) => tierOf(pool, count) === 'Advanced').length;
  if (long === 0) return [];
  return [{ what: `parameters of over 4 KB, ${long}`, dollars: long * PRICES.advancedParameter }];
}

function natInstance(region: string | undefined): number | null {
  const perHour = priceOf(NAT_INSTANCE_TYPE, region);
  return perHour === null ? null : perHour * HOURS + NAT_DISK_GIB * PRICES.diskPerGiBMonth;
}

/** Of the region, else the lowest that is known. */
function priceOf(type: string, region: string | undefined): number | null {
  const { regions } = ON_DEMAND_TABLE;
  const there = region === undefined ? undefined : regions[region]?.prices[type];
  const known = Object.values(regions).flatMap(({ prices }) => prices[type] ?? []);
  return there ?? (known.length > 0 ? Math.min(...known) : null);
}

export function costText(lines: readonly CostLine[]): string {
  const known = lines.flatMap(({ dollars }) => dollars ?? []);
  const sum = known.reduce((all, it) => all + it, 0);
  const words = lines.map(
    ({ what, dollars }) => `${what}: ${dollars === null ? 'not in the price table' : dollars.toFixed(2)}`,
  );
  return `about ${sum.toFixed(2)} USD a month without workers and traffic (${words.join('; ')})`;
}
