import type { At, ClusterSpec, NodeSpec } from './cluster-series';
import { firing, raised, runRuleCases, silent, type Expectation, type RuleCase } from './promtool';

/** Nodes have settled for an evaluation. */
const SETTLED = 135;
/** Rates have their whole window. */
const MEASURED = 120;

function nodes(count: number, rest: Omit<NodeSpec, 'name'>, prefix = 'n'): NodeSpec[] {
  return Array.from({ length: count }, (_, index) => ({ name: `${prefix}${index}`, ...rest }));
}

/** Load that no rule wants to change: 60 % of CPU and memory. */
const steady = { busy: 0.6, full: 0.65 };

function after(name: string, cluster: NodeSpec[] | ClusterSpec, ...expect: Expectation[]): RuleCase {
  return { name, cluster: Array.isArray(cluster) ? { nodes: cluster } : cluster, expect };
}

function cpuReads(name: string, node: Omit<NodeSpec, 'name'>, count: number, percent: number): RuleCase {
  const samples = [{ labels: 'smartscale:pool:cpu_percent{pool="workers"}', value: percent }];
  return after(name, nodes(count, node), { at: SETTLED, expr: 'smartscale:pool:cpu_percent', samples });
}

const readings: RuleCase[] = [
  ...[1, 8].flatMap((cores) =>
    [0, 0.5, 1].flatMap((busy) =>
      [1, 3].map((count) =>
        cpuReads(`${count} nodes of ${cores} cores, ${busy * 100} % busy`, { cores, busy }, count, busy * 100),
      ),
    ),
  ),
  after(
    'nodes of different load and size read by their cores',
    [
      { name: 'small', cores: 2, busy: 1 },
      { name: 'large', cores: 8, busy: 0.5 },
    ],
    {
      at: SETTLED,
      expr: 'smartscale:pool:cpu_percent',
      samples: [{ labels: 'smartscale:pool:cpu_percent{pool="workers"}', value: 60 }],
    },
  ),
  after('memory reads used, not free', nodes(2, { full: 0.5 }), {
    at: SETTLED,
    expr: 'smartscale:pool:memory_percent',
    samples: [{ labels: 'smartscale:pool:memory_percent{pool="workers"}', value: 50 }],
  }),
];

function fires(name: string, alert: 'HighCpu' | 'HighMemory', cluster: NodeSpec[], total: number): RuleCase {
  return after(name, cluster, raised(SETTLED, alert, { workers: total }));
}

const totals: RuleCase[] = [
  fires('two nodes wholly busy need three', 'HighCpu', nodes(2, { busy: 1, full: 0.65 }), 3),
  fires('ten nodes wholly busy need fifteen', 'HighCpu', nodes(10, { busy: 1, full: 0.65 }), 15),
  fires('ten nodes just over 70 % need eleven', 'HighCpu', nodes(10, { busy: 0.701, full: 0.65 }), 11),
  fires('cores do not matter, their share does', 'HighCpu', nodes(4, { cores: 8, busy: 0.9, full: 0.65 }), 6),
  fires('three nodes 90 % full need four', 'HighMemory', nodes(3, { full: 0.9, busy: 0.6 }), 4),
  fires('ten nodes just over 75 % full need eleven', 'HighMemory', nodes(10, { full: 0.751, busy: 0.6 }), 11),
  after(
    'pools are reckoned apart',
    [...nodes(2, { busy: 1, full: 0.65 }), ...nodes(4, { busy: 0.8, full: 0.65, pool: 'batch', cores: 4 }, 'b')],
    raised(SETTLED, 'HighCpu', { workers: 3, batch: 5 }),
  ),
];

const boundaries: RuleCase[] = [
  after('70 % busy is not over 70 %', nodes(3, { busy: 0.7, full: 0.65 }), silent(SETTLED)),
  fires('70.1 % busy is', 'HighCpu', nodes(3, { busy: 0.701, full: 0.65 }), 4),
  after('75 % full is not over 75 %', nodes(3, { full: 0.75, busy: 0.6 }), silent(SETTLED)),
  fires('75.1 % full is', 'HighMemory', nodes(3, { full: 0.751, busy: 0.6 }), 4),
];

const idle: RuleCase[] = [
  after(
    'an idle pool of ten needs what its memory takes',
    nodes(10, { busy: 0.1, full: 0.3 }),
    raised(MEASURED, 'Idle', { workers: 5 }),
  ),
  after('CPU binds when it needs more', nodes(10, { busy: 0.4, full: 0.3 }), raised(MEASURED, 'Idle', { workers: 8 })),
  after(
    'requests bind when they need more',
    nodes(10, { busy: 0.1, full: 0.1 }).map((node) => ({
      ...node,
      pods: [1, 2, 3, 4, 5, 6].map((n) => ({ name: `${node.name}-${n}`, cpu: 0.2 })),
    })),
    // 12 of 20 cores requested, over 1.7 a node.
    raised(MEASURED, 'Idle', { workers: 8 }),
  ),
  after('exactly what the targets fill is not idle', nodes(10, { busy: 0.5, full: 0.6 }), silent(MEASURED)),
  after('one node less at 50 % is', nodes(10, { busy: 0.45, full: 0.5 }), raised(MEASURED, 'Idle', { workers: 9 })),
  after('one node less at 50 % must be a whole node', nodes(10, { busy: 0.451, full: 0.5 }), silent(MEASURED)),
  after(
    'one node less at 60 % of memory',
    nodes(10, { busy: 0.1, full: 0.54 }),
    raised(MEASURED, 'Idle', { workers: 9 }),
  ),
  after('CPU alone does not make a pool idle', nodes(10, { busy: 0.05, full: 0.65 }), silent(MEASURED)),
  after('memory alone does not make a pool idle', nodes(10, { busy: 0.6, full: 0.05 }), silent(MEASURED)),
  after(
    'requests of pods that do nothing keep their nodes',
    nodes(10, { busy: 0.05, full: 0.05 }).map((node) => ({ ...node, pods: [{ name: `web-${node.name}`, cpu: 1.6 }] })),
    silent(MEASURED),
  ),
  after(
    'ten pods of 1.1 cores fill ten nodes by 55 %, and not one can go',
    nodes(10, { busy: 0.05, full: 0.05 }).map((node) => ({ ...node, pods: [{ name: `web-${node.name}`, cpu: 1.1 }] })),
    silent(MEASURED),
  ),
  after(
    'one large pod among small ones does not keep the pool',
    nodes(10, { busy: 0.05, full: 0.05 }).map((node, index) => ({
      ...node,
      pods:
        index === 0 ? [{ name: 'large', cpu: 1.6 }] : [1, 2, 3].map((n) => ({ name: `${node.name}-${n}`, cpu: 0.1 })),
    })),
    raised(MEASURED, 'Idle', { workers: 3 }),
  ),
  after(
    'completed Jobs keep no node',
    nodes(4, { busy: 0.05, full: 0.05 }).map((node) => ({
      ...node,
      pods: [{ name: `job-${node.name}`, cpu: 1.9, owner: 'Job' as const, phase: 'Succeeded' as const }],
    })),
    raised(MEASURED, 'Idle', { workers: 1 }),
  ),
  after(
    'a pool with a pod that waits for a node is not idle',
    { nodes: nodes(4, { busy: 0.05, full: 0.05 }), pending: [{ name: 'waiting', cpu: 1 }] },
    { at: MEASURED, expr: 'ALERTS{alertname="Idle"}', samples: [] },
  ),
  after(
    'the smallest node counts when nodes differ',
    [...nodes(2, { cores: 2, busy: 0.1, full: 0.1 }), ...nodes(2, { cores: 8, busy: 0.2, full: 0.1 }, 'large')],
    silent(MEASURED),
  ),
];

function since(start: number): At<boolean> {
  return (seconds) => seconds >= start;
}

function until(end: number): At<boolean> {
  return (seconds) => seconds < end;
}

const membership: RuleCase[] = [
  after(
    'a node that joins is left out of HighCpu for two minutes',
    [...nodes(3, { busy: 0.9, full: 0.65 }), ...nodes(3, { busy: 0.1, full: 0.65, present: since(150) }, 'fresh')],
    raised(165, 'HighCpu', { workers: 4 }),
    raised(255, 'HighCpu', { workers: 4 }),
    // Then it counts: six nodes, half busy.
    silent(285),
  ),
  after(
    'a node that boots with all cores busy raises nothing',
    [...nodes(3, steady), ...nodes(3, { busy: (t) => (t < 200 ? 1 : 0.6), full: 0.65, present: since(150) }, 'fresh')],
    silent(165),
    silent(255),
    silent(285),
  ),
  after(
    'a fresh node whose exporter is still starting does not count as silent',
    [
      ...nodes(4, { busy: 0.6, full: 0.76 }),
      { name: 'fresh', present: since(150), full: (t) => (t < 200 ? null : 0.1), busy: (t) => (t < 200 ? null : 0.1) },
    ],
    raised(SETTLED, 'HighMemory', { workers: 5 }),
    raised(165, 'HighMemory', { workers: 5 }),
    raised(195, 'HighMemory', { workers: 5 }),
  ),
  after(
    'a removed node is neither demand nor capacity',
    [...nodes(2, steady), { name: 'gone', busy: 1, full: 0.65, present: until(150) }],
    raised(SETTLED, 'HighCpu', { workers: 4 }),
    silent(150),
    silent(165),
  ),
  after(
    'a cordoned node does not count',
    [...nodes(2, steady), { name: 'cordoned', cordoned: true, busy: 1, full: 1 }],
    silent(SETTLED),
  ),
  after(
    'a node that is not Ready does not count',
    [...nodes(2, steady), { name: 'dead', ready: false, busy: 1, full: 1 }],
    silent(SETTLED),
  ),
  after(
    'the control plane does not count',
    [...nodes(2, steady), { name: 'server', controlPlane: true, busy: 1, full: 1 }],
    silent(SETTLED),
  ),
  after(
    'a node of no pool does not count',
    [...nodes(2, steady), { name: 'stray', pool: null, busy: 1, full: 1 }],
    silent(SETTLED),
  ),
  after(
    'a cordoned node is nothing to spare',
    [...nodes(2, { busy: 0.45, full: 0.5 }), { name: 'cordoned', cordoned: true }],
    silent(MEASURED),
  ),
];

const twice = { 'ksm-old': until(150), 'ksm-new': since(60) };
const exporters: RuleCase[] = [
  after(
    'two kube-state-metrics at once change nothing',
    { nodes: nodes(2, { busy: 1, full: 0.65 }), kubeStateMetrics: twice },
    raised(SETTLED, 'HighCpu', { workers: 3 }),
    raised(165, 'HighCpu', { workers: 3 }),
  ),
  {
    name: 'two kube-state-metrics at once count pods once',
    cluster: {
      nodes: [{ name: 'n0', pods: [{ name: 'big', cpu: 2 }] }],
      pending: [
        { name: 'a', cpu: 1.5 },
        { name: 'b', cpu: 1.5 },
      ],
      kubeStateMetrics: { one: true, two: true },
    },
    expect: [firing(10, 'UnschedulablePods', { workers: 3 })],
  },
  after(
    'one of three node-exporters missing: up acts on the two that report',
    [...nodes(2, { busy: 0.8, full: 0.65 }), { name: 'silent', busy: null, full: null }],
    raised(SETTLED, 'HighCpu', { workers: 4 }),
  ),
  after(
    'the same of memory',
    [...nodes(2, { busy: 0.6, full: 0.9 }), { name: 'silent', busy: null, full: null }],
    raised(SETTLED, 'HighMemory', { workers: 4 }),
  ),
  after(
    'one of three node-exporters missing: down does not act',
    [...nodes(2, { busy: 0.05, full: 0.05 }), { name: 'silent', busy: null, full: null }],
    silent(MEASURED),
  ),
  after(
    'down does not act while a node says nothing about its CPU',
    [...nodes(2, { busy: 0.05, full: 0.05 }), { name: 'half', busy: null, full: 0.05 }],
    silent(MEASURED),
  ),
  after(
    'down does not act while a node says nothing about its memory',
    [...nodes(2, { busy: 0.05, full: 0.05 }), { name: 'half', busy: 0.05, full: null }],
    silent(MEASURED),
  ),
  after(
    'a node-exporter that dies stops down at once, though its rate lives on',
    [...nodes(2, { busy: 0.05, full: 0.05 }), { name: 'dies', busy: (t) => (t < 140 ? 0.05 : null), full: 0.05 }],
    raised(MEASURED, 'Idle', { workers: 1 }),
    silent(150),
  ),
  after(
    'two of three node-exporters missing: up does not act either',
    [{ name: 'n0', busy: 1, full: 1 }, ...nodes(2, { busy: null, full: null }, 'silent')],
    silent(SETTLED),
  ),
  after('no node-exporter at all: nothing scales', nodes(3, { busy: null, full: null }), silent(SETTLED)),
  after(
    'kube-state-metrics that says nothing about pods: down does not act',
    { nodes: nodes(3, { busy: 0.05, full: 0.05 }), podMetrics: false },
    silent(MEASURED),
  ),
  after(
    'no kube-state-metrics: nothing scales up',
    { nodes: nodes(3, { busy: 1, full: 1 }), kubeStateMetrics: { only: false } },
    silent(SETTLED),
  ),
  after(
    'no kube-state-metrics: nothing scales down',
    { nodes: nodes(3, {}), kubeStateMetrics: { only: false } },
    silent(MEASURED),
  ),
  after(
    'kube-state-metrics dies while pods wait and nodes burn: nothing scales',
    {
      nodes: nodes(3, { busy: 1, full: 0.65 }),
      pending: [{ name: 'waiting', cpu: 2 }],
      kubeStateMetrics: { only: until(150) },
    },
    raised(SETTLED, 'HighCpu', { workers: 5 }),
    silent(150),
    silent(300),
  ),
];

describe('the load rules', () => {
  it.each([
    ['read true shares', readings],
    ['ask for totals', totals],
    ['hold both sides of every threshold', boundaries],
    ['give back only what CPU, memory and requests all spare', idle],
    ['count the nodes that serve the pool', membership],
    ['hold when exporters are missing', exporters],
  ])('%s', async (_, cases) => {
    expect(await runRuleCases(cases)).toBe('');
  });
});
