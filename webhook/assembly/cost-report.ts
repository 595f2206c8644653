/** GET /cost: what every pool costs, and what that is made of. */
import { rankOfferings, sayOffering } from '../cost/offerings';
import type { Report } from '../http/deps';
import type { ClusterUnit } from './cluster-unit';
import type { PoolUnit } from './pool-unit';

export function costReport(clusters: ReadonlyMap<string, ClusterUnit>, now: number): Report {
  return { clusters: [...clusters].map(([cluster, unit]) => clusterReport(cluster, unit, now)) };
}

function clusterReport(cluster: string, unit: ClusterUnit, now: number): Report {
  const { prices, spotStanding } = unit.cost;
  const { readAt, fault } = spotStanding;
  return {
    cluster,
    region: prices.region,
    prices: {
      onDemandAsOf: prices.onDemandAsOf,
      spotReadAt: readAt === null ? null : new Date(readAt).toISOString(),
      spotAgeSeconds: readAt === null ? null : Math.round((now - readAt) / 1000),
      ...(fault ? { spotFault: fault } : {}),
    },
    pools: [...unit.pools.values()].map((pool) => poolReport(unit, pool)),
  };
}

function poolReport({ cost }: ClusterUnit, { key, policy }: PoolUnit): Report {
  const { now } = cost.of(key.pool);
  const [cheapest] = rankOfferings(cost.prices, policy.launch);
  return {
    pool: key.pool,
    now: now && {
      dollarsPerHour: inDollars(now.dollarsPerHour),
      unpricedInstances: now.unpriced,
      lines: now.lines.map((line) => ({ ...line, dollarsPerHour: inDollars(line.dollarsPerHour) })),
    },
    cheapest: cheapest ? sayOffering(cheapest) : null,
  };
}

/** Without the dust that sums of fractions leave. */
export function inDollars(amount: number | null): number | null {
  return amount === null ? null : Math.round(amount * 1e6) / 1e6;
}
