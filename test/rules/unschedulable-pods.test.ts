import type { ClusterSpec, NodeSpec, PendingSpec, PodSpec } from './cluster-series';
import { firing, runRuleCases, silent, type RuleCase } from './promtool';

/** Nodes of 2 cores of which a DaemonSet takes 0.1, as far as pods are concerned 1.9 cores. */
function node(name: string, pods: readonly PodSpec[] = [], rest: Partial<NodeSpec> = {}): NodeSpec {
  return { name, ...rest, pods: [{ name: `agent-${name}`, cpu: 0.1, owner: 'DaemonSet' }, ...pods] };
}

function nodes(count: number, podsOf: (name: string) => readonly PodSpec[] = () => []): NodeSpec[] {
  return Array.from({ length: count }, (_, index) => node(`n${index}`, podsOf(`n${index}`)));
}

function pending(count: number, pod: Omit<PendingSpec, 'name'>, prefix = 'pending'): PendingSpec[] {
  return Array.from({ length: count }, (_, index) => ({ name: `${prefix}-${index}`, ...pod }));
}

const configured = { workers: { cpu: 1.9, memory: 7, pods: 100 } };

function needs(name: string, cluster: ClusterSpec, total: number): RuleCase {
  return { name, cluster, expect: [firing(10, 'UnschedulablePods', { workers: total })] };
}

function nothing(name: string, cluster: ClusterSpec): RuleCase {
  return { name, cluster, expect: [silent(10), silent(120)] };
}

const full = (name: string): PodSpec[] => [{ name: `big-${name}`, cpu: 1.9 }];
const mixed = (name: string): PodSpec[] => [
  { name: `a-${name}`, cpu: 1.1 },
  { name: `b-${name}`, cpu: 0.65 },
];

const fragmentation: RuleCase[] = [
  needs(
    'pods of 1.5 cores need one node of 2 cores each',
    { nodes: nodes(1, full), pending: pending(4, { cpu: 1.5 }) },
    5,
  ),
  needs(
    'ten full mixed nodes and one small pending pod need eleven',
    { nodes: nodes(10, mixed), pending: pending(1, { cpu: 0.3 }) },
    11,
  ),
  needs(
    'pods of 0.6 cores come three to a node: ten of them need four',
    { nodes: nodes(2, full), pending: pending(10, { cpu: 0.6 }) },
    6,
  ),
  needs(
    'three pods of a third of a node are exactly one node, not two',
    {
      nodes: nodes(2, full),
      pending: pending(3, { memory: 7 / 3 }),
      configured: { workers: { ...configured.workers } },
    },
    3,
  ),
  needs(
    'nineteen pods of 0.1 cores fill 1.9 cores, though 1.9 / 0.1 reads 18.999999999999996',
    { nodes: nodes(1, full), pending: pending(19, { cpu: 0.1 }) },
    2,
  ),
  needs(
    'memory binds when it is scarcer than cores',
    { nodes: nodes(2, full), pending: pending(4, { cpu: 0.1, memory: 5 }) },
    6,
  ),
  needs(
    'a node that has no pod left to give is full, whatever its cores',
    { nodes: [node('n0', pending(9, { cpu: 0.01 }, 'tiny'), { maxPods: 10 })], pending: pending(1, { cpu: 0.01 }) },
    2,
  ),
  needs(
    'pods without requests are counted by the number that a node takes',
    { pending: pending(150, {}), configured },
    2,
  ),
  needs(
    'the init container counts when it is larger than the containers',
    { nodes: nodes(1, full), pending: pending(3, { cpu: 0.1, initCpu: 1.2 }) },
    4,
  ),
  needs(
    'a small pod that waits for something else does not hide the need of a large one',
    {
      nodes: nodes(10, (name) => [{ name: `web-${name}`, cpu: 1.2 }]),
      pending: [...pending(1, { cpu: 0.05 }, 'choosy'), ...pending(1, { cpu: 1.2 })],
    },
    11,
  ),
];

const placing: RuleCase[] = [
  needs(
    'a fresh node adds nothing before pods are bound',
    { nodes: [...nodes(3, full), node('fresh')], pending: pending(3, { cpu: 0.6 }) },
    4,
  ),
  needs(
    'a pod moves from waiting to its node without changing the total',
    {
      nodes: [...nodes(3, full), node('fresh', [{ name: 'bound', cpu: 0.6 }])],
      pending: pending(2, { cpu: 0.6 }),
    },
    4,
  ),
  needs(
    'fifty fresh nodes and fifty pods that wait for them are fifty nodes',
    { nodes: nodes(50), pending: pending(50, { cpu: 1.5 }) },
    50,
  ),
  nothing('when the last pod is bound the alert ends', { nodes: nodes(3, full) }),
];

const zero: RuleCase[] = [
  needs('a pool at zero is sized by what the webhook exports', { pending: pending(5, { cpu: 0.9 }), configured }, 3),
  nothing('a pool at zero that nobody has described does not scale', { pending: pending(5, { cpu: 0.9 }) }),
  {
    name: 'each pool has its own total, and pods that name none belong to workers',
    cluster: {
      nodes: [node('n0', full('n0')), node('g0', full('g0'), { pool: 'gpu', cores: 4 })],
      pending: [...pending(2, { cpu: 1.5 }), ...pending(3, { cpu: 3, pool: 'gpu' }, 'gpu')],
    },
    expect: [firing(10, 'UnschedulablePods', { workers: 3, gpu: 4 })],
  },
];

const excluded: RuleCase[] = [
  nothing('a pod that is starting, not unschedulable, buys nothing', {
    nodes: nodes(1, full),
    pending: pending(3, { cpu: 1, unschedulable: false }),
  }),
  nothing('a pod of a DaemonSet buys nothing', {
    nodes: nodes(1, full),
    pending: pending(3, { cpu: 1, owner: 'DaemonSet' }),
  }),
  nothing('a pod larger than a node buys nothing', { nodes: nodes(1, full), pending: pending(3, { cpu: 1.95 }) }),
  nothing('a pod that takes more than what DaemonSets leave of memory buys nothing', {
    pending: pending(3, { memory: 7.1 }),
    configured,
  }),
  nothing('a pod that is being deleted buys nothing', {
    nodes: nodes(1, full),
    pending: pending(3, { cpu: 1, terminating: true }),
  }),
  nothing('a pod of a pool that does not exist buys nothing', {
    nodes: nodes(1, full),
    pending: pending(3, { cpu: 1, pool: 'nowhere' }),
  }),
  needs('a pod exactly as large as a node counts', { nodes: nodes(1, full), pending: pending(1, { cpu: 1.9 }) }, 2),
  needs(
    'an oversized pod beside others changes nothing',
    { nodes: nodes(1, full), pending: [...pending(1, { cpu: 5 }, 'huge'), ...pending(1, { cpu: 1 })] },
    2,
  ),
  needs(
    'completed Jobs hold nothing',
    {
      nodes: [node('n0', pending(8, { cpu: 1.9, owner: 'Job', phase: 'Succeeded' }, 'done')), node('n1', full('n1'))],
      pending: pending(1, { cpu: 1.9 }),
    },
    2,
  ),
  needs(
    'failed pods hold nothing',
    { nodes: [node('n0', pending(3, { cpu: 1, phase: 'Failed' }, 'failed'))], pending: pending(1, { cpu: 1 }) },
    1,
  ),
  {
    name: 'a pod that goes holds no room in its first minute, and does when it is slow to go',
    cluster: {
      nodes: [node('n0', [{ name: 'old', cpu: 1.9, terminating: (t) => t >= 20 }])],
      pending: pending(1, { cpu: 1.9, present: (t) => t >= 20 }),
    },
    expect: [
      firing(30, 'UnschedulablePods', { workers: 1 }),
      firing(75, 'UnschedulablePods', { workers: 1 }),
      firing(85, 'UnschedulablePods', { workers: 2 }),
    ],
  },
  needs(
    'static pods are no demand, but less of an offer',
    { nodes: [node('n0', [{ name: 'proxy', cpu: 1, owner: 'Node' }])], pending: pending(2, { cpu: 0.5 }) },
    2,
  ),
];

const timing: RuleCase[] = [
  {
    name: 'it fires after five seconds, not before',
    cluster: {
      nodes: nodes(1, full),
      pending: pending(1, { cpu: 1, present: (t) => t >= 30, unschedulable: (t) => t >= 30 }),
    },
    expect: [
      { at: 30, expr: 'ALERTS{alertstate="firing",scale!=""}', samples: [] },
      firing(35, 'UnschedulablePods', { workers: 2 }),
    ],
  },
  {
    name: 'it ends with the next evaluation after the pod is bound',
    cluster: { nodes: nodes(1, full), pending: pending(1, { cpu: 1, unschedulable: (t) => t < 30 }) },
    expect: [firing(25, 'UnschedulablePods', { workers: 2 }), silent(30)],
  },
];

describe('UnschedulablePods asks for', () => {
  it.each([
    ['the nodes that fragments of room make necessary', fragmentation],
    ['the same total while a burst is being placed', placing],
    ['nodes of pools at zero, and of each pool for itself', zero],
    ['nothing on behalf of pods that no node would help', excluded],
    ['nodes as soon as pods have waited for five seconds', timing],
  ])('%s', async (_, cases) => {
    expect(await runRuleCases(cases)).toBe('');
  });
});
