import type { NodeRegistration } from './kubelet';
import type { Condition, KubeNode } from './objects';
import type { Draft } from './table';

const NO_INFO = {
  machineID: '',
  systemUUID: '',
  bootID: '',
  kernelVersion: '',
  osImage: '',
  containerRuntimeVersion: '',
  kubeletVersion: '',
  kubeProxyVersion: '',
  operatingSystem: '',
  architecture: '',
};

/** A Node as the API server stores it when somebody creates it: admission taints it until it is Ready. */
export function newNode(
  metadata: Draft<KubeNode>['metadata'],
  spec: KubeNode['spec'],
  status: Partial<KubeNode['status']> = {},
): Draft<KubeNode> {
  const notReady = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' as const };
  return {
    kind: 'Node',
    apiVersion: 'v1',
    metadata,
    spec: { ...spec, taints: [...(spec.taints ?? []), notReady] },
    status: {
      capacity: {},
      allocatable: {},
      conditions: [],
      daemonEndpoints: { kubeletEndpoint: { Port: 0 } },
      nodeInfo: NO_INFO,
      ...status,
    },
  };
}

/** The Node that a kubelet makes of itself: labels of the machine, not Ready yet. */
export function registeredNode(registration: NodeRegistration, timestamp: string): Draft<KubeNode> {
  const { name, zone, instanceId, allocatable, capacity = allocatable } = registration;
  return newNode(
    { name, labels: nodeLabels(registration) },
    { providerID: `aws:///${zone}/${instanceId}`, taints: [...(registration.taints ?? [])] },
    {
      capacity: { ...capacity },
      allocatable: { ...allocatable },
      conditions: [readyCondition('False', timestamp)],
      daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
      nodeInfo: { ...NO_INFO, kubeletVersion: 'v1.34.1+k3s1', operatingSystem: 'linux', architecture: 'amd64' },
    },
  );
}

function nodeLabels({ name, zone, instanceType, labels }: NodeRegistration): Record<string, string> {
  return {
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': 'linux',
    'kubernetes.io/arch': 'amd64',
    'node.kubernetes.io/instance-type': instanceType,
    'topology.kubernetes.io/region': zone.replace(/[a-z]$/, ''),
    'topology.kubernetes.io/zone': zone,
    ...labels,
  };
}

export function readyCondition(status: Condition['status'], timestamp: string): Condition {
  const why = {
    True: { reason: 'KubeletReady', message: 'kubelet is posting ready status' },
    False: { reason: 'KubeletNotReady', message: 'container runtime network not ready: cni plugin not initialized' },
    Unknown: { reason: 'NodeStatusUnknown', message: 'Kubelet stopped posting node status.' },
  }[status];
  return { type: 'Ready', status, lastHeartbeatTime: timestamp, lastTransitionTime: timestamp, ...why };
}
