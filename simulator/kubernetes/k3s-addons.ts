import type { KubeToleration } from './objects';
import type { WorkloadSpec } from './workload';

const TOLERATIONS: readonly KubeToleration[] = [
  { key: 'CriticalAddonsOnly', operator: 'Exists' },
  { key: 'node-role.kubernetes.io/control-plane', operator: 'Exists', effect: 'NoSchedule' },
];

/**
 * What every K3s server deploys into kube-system, as its manifests say: one replica each, no PodDisruptionBudget, the
 * priority classes of the system. They tolerate the control plane and are not bound to it, so they land on workers too.
 */
export const K3S_ADDONS: readonly WorkloadSpec[] = [
  addon('coredns', {
    labels: { 'k8s-app': 'kube-dns' },
    priorityClassName: 'system-cluster-critical',
    requests: { cpu: '100m', memory: '70Mi' },
    nodeSelector: { 'kubernetes.io/os': 'linux' },
    topologySpread: [spread('topology.kubernetes.io/zone', 'ScheduleAnyway'), spread('kubernetes.io/hostname')],
    volumes: [{ name: 'config-volume', configMap: { name: 'coredns' } }],
  }),
  addon('metrics-server', {
    labels: { 'k8s-app': 'metrics-server' },
    priorityClassName: 'system-node-critical',
    requests: { cpu: '100m', memory: '70Mi' },
    volumes: [{ name: 'tmp-dir', emptyDir: {} }],
  }),
  addon('local-path-provisioner', {
    priorityClassName: 'system-node-critical',
    volumes: [{ name: 'config-volume', configMap: { name: 'local-path-config' } }],
  }),
  addon('traefik', {
    labels: { 'app.kubernetes.io/name': 'traefik' },
    priorityClassName: 'system-cluster-critical',
    volumes: [
      { name: 'data', emptyDir: {} },
      { name: 'tmp', emptyDir: {} },
    ],
  }),
];

function addon(name: string, pod: NonNullable<WorkloadSpec['pod']>): WorkloadSpec {
  const template = { tolerations: TOLERATIONS, ...pod };
  return { name, namespace: 'kube-system', kind: 'Deployment', replicas: 1, pod: template };
}

function spread(topologyKey: string, whenUnsatisfiable: 'DoNotSchedule' | 'ScheduleAnyway' = 'DoNotSchedule') {
  return { maxSkew: 1, topologyKey, whenUnsatisfiable, labelSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } };
}
