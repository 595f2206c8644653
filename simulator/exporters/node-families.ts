import type { KubeNode } from '../kubernetes/objects';
import type { Sample } from './exposition';
import type { ObjectFamily } from './state-labels';
import { allowedLabels, resourceSamples, statusSamples, unixSeconds } from './state-labels';

const ROLE_PREFIX = 'node-role.kubernetes.io/';

/** The kube_node_* families of kube-state-metrics v2, in its order. */
export function nodeFamilies(allowed: readonly string[]): ObjectFamily<KubeNode>[] {
  return [
    { name: 'kube_node_created', help: '[STABLE] Unix creation timestamp', samples: created },
    { name: 'kube_node_deletion_timestamp', help: 'Unix deletion timestamp', samples: deletion },
    { name: 'kube_node_info', help: '[STABLE] Information about a cluster node.', samples: info },
    {
      name: 'kube_node_labels',
      help: '[STABLE] Kubernetes labels converted to Prometheus labels.',
      samples: (node) => [
        { labels: { node: node.metadata.name, ...allowedLabels(node.metadata.labels, allowed) }, value: 1 },
      ],
    },
    { name: 'kube_node_role', help: 'The role of a cluster node.', samples: roles },
    { name: 'kube_node_spec_taint', help: '[STABLE] The taint of a cluster node.', samples: taints },
    {
      name: 'kube_node_spec_unschedulable',
      help: '[STABLE] Whether a node can schedule new pods.',
      samples: (node) => [{ labels: { node: node.metadata.name }, value: node.spec.unschedulable === true ? 1 : 0 }],
    },
    {
      name: 'kube_node_status_allocatable',
      help: '[STABLE] The allocatable for different resources of a node that are available for scheduling.',
      samples: (node) => resourceSamples({ node: node.metadata.name }, node.status.allocatable),
    },
    {
      name: 'kube_node_status_capacity',
      help: '[STABLE] The capacity for different resources of a node.',
      samples: (node) => resourceSamples({ node: node.metadata.name }, node.status.capacity),
    },
    { name: 'kube_node_status_condition', help: '[STABLE] The condition of a cluster node.', samples: conditions },
  ];
}

function created(node: KubeNode): Sample[] {
  return [{ labels: { node: node.metadata.name }, value: unixSeconds(node.metadata.creationTimestamp) }];
}

function deletion(node: KubeNode): Sample[] {
  const { name, deletionTimestamp } = node.metadata;
  return deletionTimestamp === undefined ? [] : [{ labels: { node: name }, value: unixSeconds(deletionTimestamp) }];
}

function info(node: KubeNode): Sample[] {
  const about = node.status.nodeInfo ?? {};
  const labels = {
    node: node.metadata.name,
    kernel_version: about['kernelVersion'] ?? '',
    os_image: about['osImage'] ?? '',
    container_runtime_version: about['containerRuntimeVersion'] ?? '',
    kubelet_version: about['kubeletVersion'] ?? '',
    kubeproxy_version: about['kubeProxyVersion'] ?? '',
    provider_id: node.spec.providerID ?? '',
    pod_cidr: '',
    system_uuid: about['systemUUID'] ?? '',
    internal_ip: '',
  };
  return [{ labels, value: 1 }];
}

function roles(node: KubeNode): Sample[] {
  return Object.keys(node.metadata.labels ?? {})
    .filter((key) => key.startsWith(ROLE_PREFIX))
    .map((key) => ({ labels: { node: node.metadata.name, role: key.slice(ROLE_PREFIX.length) }, value: 1 }));
}

function taints(node: KubeNode): Sample[] {
  return (node.spec.taints ?? []).map(({ key, value, effect }) => ({
    labels: { node: node.metadata.name, key, value: value ?? '', effect },
    value: 1,
  }));
}

function conditions(node: KubeNode): Sample[] {
  return node.status.conditions.flatMap(({ type, status }) =>
    statusSamples({ node: node.metadata.name, condition: type }, 'status', status),
  );
}
