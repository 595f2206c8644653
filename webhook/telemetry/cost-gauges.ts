/** Gauges of what pools cost: a price that is unknown has no series, because it is not zero. */
import { savingsOf } from '../cost/month-sums';
import type { MonthCost } from '../model/month-cost';
import type { PoolKey } from '../model/pool';
import type { GaugeSpec, Series } from './gauge-spec';

export const COST_GAUGES: readonly GaugeSpec[] = [
  {
    name: 'smartscale_cost_dollars_per_hour',
    help: 'What the running instances of the pool cost an hour, in US dollars, without disks and traffic. No series for instances whose price is unknown, see smartscale_cost_unpriced_instances.',
    labels: ['cluster', 'pool', 'zone', 'type', 'lifecycle'],
    series: ({ pools }) =>
      pools.flatMap(({ key, cost }) =>
        (cost.now?.lines ?? []).flatMap(({ zone, type, lifecycle, dollarsPerHour }) =>
          seriesOf({ ...key, zone, type, lifecycle }, dollarsPerHour),
        ),
      ),
  },
  {
    name: 'smartscale_cost_unpriced_instances',
    help: 'Running instances of the pool whose price is unknown: they are in no sum. No series while EC2 or K3s cannot be read.',
    labels: ['cluster', 'pool'],
    series: ({ pools }) => pools.flatMap(({ key, cost }) => seriesOf({ ...key }, cost.now?.unpriced ?? null)),
  },
  {
    name: 'smartscale_cost_month_dollars',
    help: 'What the pool has cost in this month (UTC) as far as it is counted, and the saving against all on demand and against a fleet that never scales. No series for what is unknown.',
    labels: ['cluster', 'pool', 'what'],
    series: ({ pools }) => pools.flatMap(({ key, cost }) => (cost.month ? monthSeries(key, cost.month) : [])),
  },
  {
    name: 'smartscale_cost_per_request_dollars',
    help: 'What one request costs that the pool serves, in US dollars: what it costs now by the requests a second that its query gives. No series without a query or while either is unknown.',
    labels: ['cluster', 'pool'],
    series: ({ pools }) => pools.flatMap(({ key, cost }) => seriesOf({ ...key }, cost.perRequest?.dollars ?? null)),
  },
  {
    name: 'smartscale_budget_dollars',
    help: 'What the pool may cost an hour and a month (UTC), as configured; no series without a budget.',
    labels: ['cluster', 'pool', 'per'],
    series: ({ pools }) =>
      pools.flatMap(({ key, policy: { budget } }) => [
        ...seriesOf({ ...key, per: 'hour' }, budget?.perHour ?? null),
        ...seriesOf({ ...key, per: 'month' }, budget?.perMonth ?? null),
      ]),
  },
];

function monthSeries(key: PoolKey, month: MonthCost): readonly Series[] {
  const { againstOnDemand, againstStaticFleet } = savingsOf(month);
  return [
    ...seriesOf({ ...key, what: 'spent' }, month.spent),
    ...seriesOf({ ...key, what: 'saved-against-on-demand' }, againstOnDemand),
    ...seriesOf({ ...key, what: 'saved-against-static-fleet' }, againstStaticFleet),
  ];
}

function seriesOf(labels: PoolKey & Record<string, string>, value: number | null): readonly Series[] {
  return value === null ? [] : [[labels, value]];
}
