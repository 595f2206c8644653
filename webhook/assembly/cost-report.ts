/** GET /cost: what every pool costs, and what that is made of. */
import { budgetView } from '../cost/budget-view';
import type { CostNow } from '../cost/cost-now';
import type { CostPerRequest } from '../cost/cost-per-request';
import { forecastOf, savingsOf, spentBy } from '../cost/month-sums';
import { rankOfferings, sayOffering } from '../cost/offerings';
import type { Report } from '../http/deps';
import type { MonthCost } from '../model/month-cost';
import type { Budget, Spending } from '../model/spending';
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
    pools: [...unit.pools.values()].map((pool) => poolReport(unit, pool, now)),
  };
}

function poolReport({ cost }: ClusterUnit, { key, policy }: PoolUnit, at: number): Report {
  const { now, month, perRequest } = cost.of(key.pool);
  const [cheapest] = rankOfferings(cost.prices, policy.launch);
  return {
    pool: key.pool,
    now: now && {
      dollarsPerHour: inDollars(now.dollarsPerHour),
      unpricedInstances: now.unpriced,
      lines: now.lines.map((line) => ({ ...line, dollarsPerHour: inDollars(line.dollarsPerHour) })),
    },
    requests: perRequest && requestReport(perRequest),
    month: month && monthReport(month, now, at),
    budget: budgetReport(cost.spending(key.pool), policy.budget),
    cheapest: cheapest ? sayOffering(cheapest) : null,
  };
}

/** A request costs a millionth of a cent or so: people read what a million of them cost. */
function requestReport({ rate, dollars, because }: CostPerRequest): Report {
  return {
    perSecond: rate.known ? rate.perSecond : null,
    readAt: rate.known ? new Date(rate.at).toISOString() : null,
    dollarsPerRequest: dollars,
    dollarsPerMillion: dollars === null ? null : inDollars(dollars * 1e6),
    because,
  };
}

/** Null: the pool has none. */
function budgetReport(spending: Spending | null, budget: Budget | undefined): Report | null {
  if (!budget) return null;
  const view = spending && budgetView(budget, spending, 0);
  const unknown = view ? view.unknown : 'EC2 or K3s cannot be read';
  const state = view?.over ? 'over' : unknown === null ? 'within' : 'not checked';
  return { ...budget, state, because: view?.over ?? unknown };
}

function monthReport(month: MonthCost, now: CostNow | null, at: number): Report {
  const { againstOnDemand, againstStaticFleet } = savingsOf(month);
  return {
    month: month.month,
    from: new Date(month.from).toISOString(),
    countedThrough: new Date(month.through).toISOString(),
    instanceHours: inDollars(month.instanceHours),
    unpricedHours: inDollars(month.unpricedHours),
    unseenHours: inDollars(month.unseenMs / 3_600_000),
    dollars: inDollars(spentBy(month, now, at)),
    forecastDollars: now && inDollars(forecastOf(month, now, at)),
    savedAgainstOnDemand: inDollars(againstOnDemand),
    savedAgainstStaticFleet: inDollars(againstStaticFleet),
  };
}

/** Without the dust that sums of fractions leave. */
export function inDollars(amount: number | null): number | null {
  return amount === null ? null : Math.round(amount * 1e6) / 1e6;
}
