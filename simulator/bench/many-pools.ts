/** A cluster of many pools at rest, as values: what the service reads, without the cost of HTTP and of reading it. */
import type { ClusterPorts } from '../../webhook/assembly/cluster-unit';
import type { AlertmanagerLevel, ApiAlert } from '../../webhook/model/alert';
import { LABELS, TAGS } from '../../webhook/model/names';
import type { Instance, Node, Pod } from '../../webhook/model/observation';
import { DEFAULT_SETTINGS } from '../ec2/settings';

export const NODES = 3;
const PODS_A_NODE = 10;
const GIB = 2 ** 30;
const ALLOCATABLE = { cpu: 2, memory: 7 * GIB, pods: 110 };

interface Counted {
  readonly ports: ClusterPorts;
  /** As Alertmanager has posted them. */
  readonly alerts: () => readonly ApiAlert[];
  /** Calls so far. */
  readonly reads: { alertmanager: number; ec2: number; kubernetes: number };
}

/** Each pool has its nodes, their pods, and an alert that fires and asks for what is there. `now`: epoch milliseconds. */
export function manyPools(cluster: string, pools: readonly string[], now: () => number): Counted {
  const begun = now();
  const nodes = pools.flatMap((pool) => Array.from({ length: NODES }, (_, i) => nodeOf(pool, i, begun)));
  const instances = nodes.map((node, i) => instanceOf(cluster, node, i));
  const pods = nodes.flatMap((node) => Array.from({ length: PODS_A_NODE }, (_, i) => podOf(node, i)));
  const reads = { alertmanager: 0, ec2: 0, kubernetes: 0 };
  const never = () => Promise.reject(new Error('nothing is to be changed'));
  const listed = <T>(peer: 'ec2' | 'kubernetes', list: readonly T[]) => {
    reads[peer] += 1;
    // The service may keep what it is given: a new list each time, as from a parser.
    return Promise.resolve(list.map((it) => ({ ...it })));
  };
  const ports: ClusterPorts = {
    alertmanager: {
      read: () => {
        reads.alertmanager += 1;
        return Promise.resolve([{ ok: true as const, level: levelOf(cluster, pools, now()) }]);
      },
    },
    ec2: {
      listInstances: () => listed('ec2', instances),
      describeInstances: (ids) =>
        listed(
          'ec2',
          instances.filter(({ id }) => ids.includes(id)),
        ),
      notices: () => Promise.resolve([]),
      spotPrices: () => Promise.resolve([]),
      consoleOutput: () => Promise.resolve(null),
      createFleet: never,
      terminate: never,
    },
    kubernetes: {
      listNodes: () => listed('kubernetes', nodes),
      listPods: () => listed('kubernetes', pods),
      listClaims: () => Promise.resolve([]),
      listAttachments: () => Promise.resolve([]),
      listBudgets: () => Promise.resolve([]),
      admitNode: never,
      markNode: never,
      unmarkNode: never,
      evict: never,
      deletePod: never,
      deleteNode: never,
    },
  };
  return { ports, reads, alerts: () => levelOf(cluster, pools, now()).alerts };
}

function levelOf(cluster: string, pools: readonly string[], now: number): AlertmanagerLevel {
  return { silences: [], alerts: pools.map((pool) => alertOf(cluster, pool, now)) };
}

function alertOf(cluster: string, pool: string, now: number): ApiAlert {
  return {
    fingerprint: `f-${pool}`,
    labels: { alertname: 'HighCpu', scale: 'up', cluster, pool },
    annotations: { nodes: String(NODES), summary: `CPU of pool ${pool}` },
    startsAt: now - 600_000,
    updatedAt: now,
    endsAt: now + 60_000,
    receivers: ['smartscale'],
    silencedBy: [],
    inhibitedBy: [],
  };
}

function nodeOf(pool: string, index: number, createdAt: number): Node {
  const id = `i-${pool}-${index}`;
  return {
    name: id,
    uid: `uid-${id}`,
    resourceVersion: '1',
    instanceId: id,
    pool,
    ready: true,
    notReadySince: null,
    cordoned: false,
    markedBy: null,
    controlPlane: false,
    createdAt,
    labels: { [LABELS.pool]: pool },
    annotations: {},
    taints: [],
    allocatable: ALLOCATABLE,
  };
}

function instanceOf(cluster: string, { name, pool, createdAt }: Node, index: number): Instance {
  const { subnets } = DEFAULT_SETTINGS;
  return {
    id: name,
    state: 'running',
    zone: subnets[index % subnets.length]?.zone ?? '',
    type: 'm6i.large',
    lifecycle: 'on-demand',
    launchedAt: createdAt,
    tags: { [TAGS.cluster]: cluster, [TAGS.pool]: pool ?? '' },
  };
}

function podOf(node: Node, index: number): Pod {
  return {
    namespace: 'default',
    name: `${node.name}-${index}`,
    uid: `uid-${node.name}-${index}`,
    node: node.name,
    phase: 'Running',
    requests: { cpu: 0.1, memory: GIB / 4, pods: 1 },
    ownerKind: 'ReplicaSet',
    mirror: false,
    unschedulable: false,
    gated: false,
    terminating: false,
    ready: true,
    createdAt: node.createdAt,
    labels: { [LABELS.pool]: node.pool ?? '' },
    annotations: {},
    nodeSelector: {},
    tolerations: [],
    localVolumes: [],
    graceSeconds: 30,
  };
}
