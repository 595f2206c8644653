/** Gauges that show the state as it is when somebody asks: set anew at each scrape, so that what is gone has no series. */
import { Gauge, type Registry } from 'prom-client';
import type { Operation } from '../model/operation';
import { COST_GAUGES } from './cost-gauges';
import type { GaugeSpec, GaugeState, Series } from './gauge-spec';
import { nodeStates } from './node-states';

const SPECS: readonly GaugeSpec[] = [
  {
    name: 'smartscale_nodes',
    help: 'Nodes of the pool by state. No series while EC2 or K3s cannot be read: unknown is not zero.',
    labels: ['cluster', 'pool', 'state'],
    series: nodes,
  },
  {
    name: 'smartscale_cooldown_seconds',
    help: 'Seconds until the clock (up, down, backoff) lets the pool act again, 0 when it does.',
    labels: ['cluster', 'pool', 'clock'],
    series: ({ pools }) =>
      pools.flatMap(({ key, cooldown }) =>
        Object.entries(cooldown).map(([clock, left]): Series => [{ ...key, clock }, left / 1000]),
      ),
  },
  {
    name: 'smartscale_failed_launches',
    help: 'Scale-ups in a row that rolled back; 0 after one that is done.',
    labels: ['cluster', 'pool'],
    series: ({ pools }) => pools.map(({ key, circuit }): Series => [{ ...key }, circuit.failures]),
  },
  {
    name: 'smartscale_circuit_open',
    help: '1 while launches keep failing: nothing is launched but one node from time to time, to see.',
    labels: ['cluster', 'pool'],
    series: ({ pools }) => pools.map(({ key, circuit }): Series => [{ ...key }, circuit.state === 'closed' ? 0 : 1]),
  },
  {
    name: 'smartscale_operation_age_seconds',
    help: 'Seconds since the oldest open operation of this kind in this phase was accepted.',
    labels: ['cluster', 'pool', 'kind', 'phase'],
    series: operationAges,
  },
  {
    name: 'smartscale_drain_blocked',
    help: 'Open drains that do not go on just now, by what they wait for: the reasons of docs/decisions.md and docs/draining.md.',
    labels: ['cluster', 'pool', 'reason'],
    series: blockedDrains,
  },
  {
    name: 'smartscale_pool_node_allocatable',
    help: 'What a new node of the pool offers to pods, as configured: cpu in cores, memory in bytes, pods as a count.',
    labels: ['cluster', 'pool', 'resource'],
    series: ({ pools }) =>
      pools.flatMap(({ key, policy: { node } }) =>
        Object.entries(node.allocatable).map(([resource, offer]): Series => [{ ...key, resource }, offer]),
      ),
  },
  {
    name: 'smartscale_pool_limit',
    help: 'Least and most nodes of the pool, as configured.',
    labels: ['cluster', 'pool', 'limit'],
    series: ({ pools }) =>
      pools.flatMap(({ key, policy: { min, max } }): readonly Series[] => [
        [{ ...key, limit: 'min' }, min],
        [{ ...key, limit: 'max' }, max],
      ]),
  },
  {
    name: 'smartscale_sweep_findings',
    help: 'What the last sweep found that belongs to no operation: removed, reported to people, refused as too many to be true, or unvouched because EC2 is not believed.',
    labels: ['cluster', 'pool', 'outcome'],
    series: sweepFindings,
  },
  {
    name: 'smartscale_preflight_findings',
    help: 'What the last preflight found, by severity (problem, warning, unknown) and code of docs/preflight.md; pool is empty for what concerns the whole cluster.',
    labels: ['cluster', 'pool', 'severity', 'code'],
    series: preflightFindings,
  },
  {
    name: 'smartscale_sweep_unknown_nodes',
    help: 'Ready nodes whose instance EC2, asked by id, does not know: while there is one the sweep touches nothing.',
    labels: ['cluster'],
    series: ({ clusters }) =>
      [...clusters].flatMap(
        ([
          cluster,
          {
            latest: { sweep },
          },
        ]): readonly Series[] => (sweep ? [[{ cluster }, sweep.unvouched?.unknown ?? 0]] : []),
      ),
  },
];

/** `state` is asked once for each gauge while the registry writes its text. */
export function registerStateGauges(register: Registry, state: () => GaugeState): void {
  for (const { name, help, labels, series } of [...SPECS, ...COST_GAUGES]) {
    new Gauge({
      name,
      help,
      labelNames: labels,
      registers: [register],
      collect() {
        this.reset();
        for (const [labelValues, value] of series(state())) this.set(labelValues, value);
      },
    });
  }
}

function preflightFindings({ clusters }: GaugeState): readonly Series[] {
  const counts = new Map<string, Series>();
  for (const [cluster, { latest }] of clusters) {
    for (const { pool, severity, code } of latest.preflight ?? []) {
      const labels = { cluster, pool: pool ?? '', severity, code };
      const group = Object.values(labels).join('/');
      counts.set(group, [labels, (counts.get(group)?.[1] ?? 0) + 1]);
    }
  }
  return [...counts.values()];
}

function nodes({ pools, clusters }: GaugeState): readonly Series[] {
  return pools.flatMap(({ key, operations }) => {
    const seen = clusters.get(key.cluster)?.latest.observation;
    if (!seen?.complete) return [];
    return Object.entries(nodeStates(key, operations, seen)).map(([state, count]): Series => [
      { ...key, state },
      count,
    ]);
  });
}

/** One series a reason, nothing of pods: they come and go. */
function blockedDrains({ pools }: GaugeState): readonly Series[] {
  return pools.flatMap(({ key, operations }) => {
    const counts = new Map<string, number>();
    for (const { kind, phase, reason } of operations) {
      if (kind !== 'scale-down' || phase !== 'draining' || reason === undefined) continue;
      counts.set(reason, (counts.get(reason) ?? 0) + 1);
    }
    return [...counts].map(([reason, count]): Series => [{ ...key, reason }, count]);
  });
}

function operationAges({ pools, now }: GaugeState): readonly Series[] {
  return pools.flatMap(({ key, operations }) => {
    const oldest = new Map<string, Operation>();
    for (const operation of operations) {
      const group = `${operation.kind}/${operation.phase}`;
      const other = oldest.get(group);
      if (!other || operation.acceptedAt < other.acceptedAt) oldest.set(group, operation);
    }
    return [...oldest.values()].map(({ kind, phase, acceptedAt }): Series => [
      { ...key, kind, phase },
      (now - acceptedAt) / 1000,
    ]);
  });
}

function sweepFindings({ clusters }: GaugeState): readonly Series[] {
  return [...clusters].flatMap(([cluster, { latest }]) => {
    if (!latest.sweep) return [];
    const { removed, reported, refused, unvouched } = latest.sweep;
    const found = [
      ...removed.map(({ pool }) => ({ pool, outcome: 'removed', count: 1 })),
      ...reported.map(({ pool }) => ({ pool, outcome: 'reported', count: 1 })),
      ...refused.map(({ pool, removals }) => ({ pool, outcome: 'refused', count: removals })),
      ...(unvouched?.heldBack ?? []).map(({ pool }) => ({ pool, outcome: 'unvouched', count: 1 })),
    ];
    const sums = new Map<string, Series>();
    for (const { pool, outcome, count } of found) {
      const [labels, sum] = sums.get(`${pool}/${outcome}`) ?? [{ cluster, pool, outcome }, 0];
      sums.set(`${pool}/${outcome}`, [labels, sum + count]);
    }
    return [...sums.values()];
  });
}
