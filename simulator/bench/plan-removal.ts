/** One size of `npm run bench:removal`, in a process of its own. Prints a Planned as JSON. */
import type { CompleteObservation, DisruptionBudget, Instance, Node, Pod } from '../../webhook/model/observation';
import { LABELS, TAGS } from '../../webhook/model/names';
import { EMPTY_POOL, type PoolPolicy } from '../../webhook/model/pool';
import { chooseNode } from '../../webhook/removal/choose-node';
import { surroundingsOf } from '../../webhook/removal/surroundings';
import { median } from './median';

export const CASES = ['easy', 'blocked', 'full', 'apart'] as const;
type Case = (typeof CASES)[number];

export interface Planned {
  readonly nodes: number;
  readonly pods: number;
  readonly cpuMs: number;
  readonly rssMib: number;
  readonly answer: string;
}

const RUNS = 5;
const PODS_A_NODE = 30;
const SHAPES = 200;
const GIB = 2 ** 30;
const NOW = Date.UTC(2026, 0, 5, 12);
const DAY = 86_400_000;
const KEY = { cluster: 'bench', pool: 'workers' };
const ZONES = ['eu-central-1a', 'eu-central-1b', 'eu-central-1c'];
const TOLERATIONS = ['not-ready', 'unreachable'].map((it) => ({
  key: `node.kubernetes.io/${it}`,
  operator: 'Exists' as const,
  effect: 'NoExecute',
}));

const POLICY = {
  launch: { onDemandBase: 0, balance: 'zones' },
  deadline: { drain: 900_000 },
  removal: {
    policy: 'emptiest',
    minNodeAge: 300_000,
    minPerZone: 0,
    evictionRound: 60_000,
    blockedWindows: [],
    hostNode: null,
  },
} as unknown as PoolPolicy;

function cluster(name: Case, size: number): CompleteObservation {
  const nodes = Array.from({ length: size }, (_, i) => nodeOf(i));
  const pods = nodes.flatMap((node, i) => Array.from({ length: PODS_A_NODE }, (_, k) => podOf(name, node, i, k)));
  return {
    complete: true,
    at: NOW,
    completeSince: NOW - DAY,
    nodes,
    instances: nodes.map(({ name: id }, i) => instanceOf(id, i)),
    pods,
    claims: [],
    budgets: Array.from({ length: SHAPES }, (_, i) => budgetOf(i)),
  };
}

function nodeOf(index: number): Node {
  const name = `i-${index.toString(16).padStart(8, '0')}`;
  const zone = ZONES[index % ZONES.length] ?? '';
  return {
    name,
    uid: `uid-${name}`,
    resourceVersion: '1',
    instanceId: name,
    pool: KEY.pool,
    ready: true,
    notReadySince: null,
    cordoned: false,
    markedBy: null,
    controlPlane: false,
    createdAt: NOW - DAY - index,
    labels: { [LABELS.pool]: KEY.pool, 'kubernetes.io/hostname': name, 'topology.kubernetes.io/zone': zone },
    annotations: {},
    taints: [],
    allocatable: { cpu: 4, memory: 16 * GIB, pods: 110 },
  };
}

function instanceOf(id: string, index: number): Instance {
  return {
    id,
    state: 'running',
    zone: ZONES[index % ZONES.length] ?? '',
    type: 'm6i.xlarge',
    lifecycle: 'on-demand',
    launchedAt: NOW - DAY,
    tags: { [TAGS.cluster]: KEY.cluster, [TAGS.pool]: KEY.pool },
  };
}

/** Three quarters of a node are asked for; where nothing is to fit, all of it. */
function podOf(name: Case, node: Node, nodeIndex: number, index: number): Pod {
  const number = nodeIndex * PODS_A_NODE + index;
  const app = `app-${number % SHAPES}`;
  const tight = name === 'full' || name === 'apart';
  const cpu = (tight ? 4 : 3) / PODS_A_NODE;
  return {
    namespace: `team-${number % 20}`,
    name: `${app}-${number}`,
    uid: `uid-${number}`,
    node: node.name,
    phase: 'Running',
    requests: { cpu, memory: GIB / 4 + (name === 'apart' ? number : (number % SHAPES) * 1024), pods: 1 },
    ownerKind: name === 'blocked' && index === PODS_A_NODE - 1 ? null : 'ReplicaSet',
    ownerUid: `owner-${number % SHAPES}`,
    mirror: false,
    unschedulable: false,
    gated: false,
    terminating: false,
    ready: true,
    createdAt: NOW - DAY,
    startedAt: NOW - DAY,
    labels: { app, 'pod-template-hash': 'abc' },
    annotations: {},
    nodeSelector: { [LABELS.pool]: KEY.pool },
    tolerations: TOLERATIONS,
    localVolumes: [],
    graceSeconds: 30,
  };
}

function budgetOf(index: number): DisruptionBudget {
  return {
    namespace: `team-${index % 20}`,
    name: `budget-${index}`,
    selector: [{ key: 'app', operator: 'In', values: [`app-${index}`] }],
    disruptionsAllowed: 10,
    currentHealthy: 100,
    desiredHealthy: 90,
    isCurrent: true,
    sparesUnready: false,
  };
}

function main([name, size]: readonly string[]): void {
  const wanted = CASES.find((it) => it === name) ?? 'easy';
  const seen = cluster(wanted, Number(size));
  let answer = '';
  const times = Array.from({ length: RUNS }, () => {
    // Another look: nothing of the last one is remembered.
    const look = { ...seen };
    const begun = process.cpuUsage();
    const choice = chooseNode(surroundingsOf({ key: KEY, state: EMPTY_POOL, policy: POLICY, now: NOW }, look));
    const { user, system } = process.cpuUsage(begun);
    answer =
      choice.node === null ? `${choice.reason}${choice.detail.includes('looked at') ? ', cut off' : ''}` : 'chosen';
    return (user + system) / 1000;
  });
  const planned: Planned = {
    nodes: seen.nodes.length,
    pods: seen.pods.length,
    cpuMs: median(times),
    rssMib: Math.round(process.memoryUsage().rss / 2 ** 20),
    answer,
  };
  process.stdout.write(JSON.stringify(planned));
}

if (require.main === module) main(process.argv.slice(2));
