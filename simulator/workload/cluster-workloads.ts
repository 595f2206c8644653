import { LABELS } from '../../webhook/model/names';
import type { KubeCluster } from '../kubernetes/kube-cluster';
import type { WorkloadModel } from './workload-model';
import type { WorkloadController } from './workloads';

/** Workloads as Deployments of the cluster, each with its budget. */
export function clusterWorkloads(cluster: KubeCluster): WorkloadController {
  return {
    create: (model, replicas) => create(cluster, model, replicas),
    scale: ({ name, namespace }, replicas) => cluster.scaleWorkload(name, replicas, namespace),
  };
}

function create(cluster: KubeCluster, model: WorkloadModel, replicas: number): void {
  const { name, namespace, requests, pool, budget } = model;
  const placement = pool === undefined ? {} : { [LABELS.pool]: pool };
  cluster.createWorkload({
    name,
    namespace,
    kind: 'Deployment',
    replicas,
    pod: { requests, ...(pool !== undefined && { labels: placement, nodeSelector: placement }) },
  });
  if (budget) cluster.createBudget({ name, namespace, ...budget });
}

/** What runs on every node of the cluster, the K3s server too: small, tolerates everything, and drains leave it. */
export function createDaemonSet(cluster: KubeCluster): void {
  cluster.createWorkload({
    name: 'log-agent',
    namespace: 'kube-system',
    kind: 'DaemonSet',
    pod: { requests: DAEMON_SET_REQUESTS },
  });
}

export const DAEMON_SET_REQUESTS = { cpu: '50m', memory: '64Mi' } as const;
