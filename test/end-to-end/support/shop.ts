import type { Script } from '../../../simulator/workload/script';

export const POOL = 'workers';

/** On a node of 2 cores, of which a DaemonSet takes 0.05, there is room for four. */
export const PODS_A_NODE = 4;

export interface ShopSettings {
  readonly pods: number;
  /** Cores that all of them use together. */
  readonly cores?: number;
  /** Pods that must stay when some are evicted; absent: no budget. */
  readonly budget?: number | string;
}

/** One Deployment in the pool whose size and use change only when a test says so. */
export function shop({ pods, cores = 0.5, budget }: ShopSettings): Script {
  return {
    name: 'shop',
    durationSeconds: 0,
    workloads: [
      {
        name: 'shop',
        namespace: 'default',
        pool: POOL,
        requests: { cpu: '450m', memory: '512Mi' },
        replicas: pods,
        cpu: { total: cores },
        memory: { perPod: 400 * 2 ** 20 },
        ...(budget === undefined ? {} : { budget: { minAvailable: budget } }),
      },
    ],
    actions: [],
  };
}
