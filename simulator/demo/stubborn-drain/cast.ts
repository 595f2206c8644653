/** Who plays in the stubborn drain: a pool with more nodes than it needs, and what runs on each of them. */
import { LABELS } from '../../../webhook/model/names';
import type { WorkloadSpec } from '../../kubernetes/workload';
import type { PoolOverrides } from '../../stage/webhook-config';

export const POOL = 'workers';

export const LIMITS = { min: 2, max: 6 } as const;

/** Its budget lets one pod go, and none from the middle of the drain on. */
export const ORDERS = 'orders';
export const ORDERS_PODS = 3;

/** The parts of the nodes, in the order in which they are given out. */
export const PARTS = ['frozen', 'debugged', 'bare', 'free', 'large'] as const;
export type Part = (typeof PARTS)[number];

export const PART_TEXTS: Readonly<Record<Part, string>> = {
  frozen: `runs "${ORDERS}", whose budget a release tightens once the drain has begun`,
  debugged: 'somebody starts "kubectl debug" on it once it is cordoned: a bare pod',
  bare: 'runs a bare pod from the start',
  free: 'nothing speaks against draining it',
  large: 'runs a pod that no other node has room for',
};

/** Three drains at a time, a second look soon after, and a long rest for nodes whose drain came to nothing. */
export const STUBBORN_POOLS: Readonly<Record<string, PoolOverrides>> = {
  [POOL]: {
    ...LIMITS,
    maxConcurrentDrains: 3,
    cooldown: { down: '2m' },
    deadline: { drain: '4m' },
    drain: { backoffFirst: '30m' },
  },
};

/** What runs on the node of each part. */
export const WORKLOADS: Readonly<Record<Part, WorkloadSpec>> = {
  frozen: workload(ORDERS, 'Deployment', ORDERS_PODS, '100m'),
  debugged: workload('search', 'Deployment', 2, '100m'),
  bare: workload('report', 'Bare', 1, '200m'),
  free: workload('thumbnails', 'Deployment', 2, '150m'),
  large: workload('index', 'Deployment', 1, '1800m'),
};

function workload(name: string, kind: WorkloadSpec['kind'], replicas: number, cpu: string): WorkloadSpec {
  const placement = { [LABELS.pool]: POOL };
  const pod = { requests: { cpu, memory: '128Mi' }, labels: placement, nodeSelector: placement };
  return { name, namespace: 'default', kind, replicas, pod };
}
