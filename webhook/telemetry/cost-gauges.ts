/** Gauges of what pools cost: a price that is unknown has no series, because it is not zero. */
import type { CostNow } from '../cost/cost-now';
import type { PoolKey } from '../model/pool';
import type { GaugeSpec, Series } from './state-gauges';

export interface CostGauges {
  readonly now: CostNow | null;
}

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
];

function seriesOf(labels: PoolKey & Record<string, string>, value: number | null): readonly Series[] {
  return value === null ? [] : [[labels, value]];
}
