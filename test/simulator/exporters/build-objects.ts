import type { KubeNode, KubePod } from '../../../simulator/kubernetes/objects';

export function buildNode(overrides: {
  name?: string;
  labels?: Record<string, string>;
  spec?: KubeNode['spec'];
  conditions?: KubeNode['status']['conditions'];
}): KubeNode {
  const resources = { cpu: '2', memory: '8Gi', pods: '110' };
  return {
    kind: 'Node',
    apiVersion: 'v1',
    metadata: {
      name: overrides.name ?? 'i-1',
      uid: `uid-${overrides.name ?? 'i-1'}`,
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
      labels: overrides.labels ?? {},
    },
    spec: overrides.spec ?? {},
    status: {
      capacity: resources,
      allocatable: { ...resources, cpu: '1900m' },
      conditions: overrides.conditions ?? [{ type: 'Ready', status: 'True' }],
    },
  };
}

export function buildPod(overrides: {
  name?: string;
  metadata?: Partial<KubePod['metadata']>;
  spec?: Partial<KubePod['spec']>;
  status?: KubePod['status'];
}): KubePod {
  const name = overrides.name ?? 'shop-1';
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: {
      name,
      namespace: 'default',
      uid: `uid-${name}`,
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
      labels: { app: 'shop' },
      ...overrides.metadata,
    },
    spec: {
      containers: [{ name: 'main', image: 'shop', resources: { requests: { cpu: '500m', memory: '512Mi' } } }],
      ...overrides.spec,
    },
    status: overrides.status ?? { phase: 'Running' },
  };
}
