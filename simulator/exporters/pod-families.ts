import type { KubeContainer, KubePod } from '../kubernetes/objects';
import type { Sample } from './exposition';
import type { ObjectFamily } from './state-labels';
import { allowedLabels, resourceSamples, statusSamples, unixSeconds } from './state-labels';

const PHASES = ['Pending', 'Succeeded', 'Failed', 'Unknown', 'Running'] as const;

/** The kube_pod_* families of kube-state-metrics v2 that look at pods as the scheduler does, in its order. */
export function podFamilies(allowed: readonly string[]): ObjectFamily<KubePod>[] {
  return [...resourceFamilies(), ...identityFamilies(allowed), ...statusFamilies()];
}

function resourceFamilies(): ObjectFamily<KubePod>[] {
  return [
    {
      name: 'kube_pod_container_resource_limits',
      help: 'The number of requested limit resource by a container. It is recommended to use the kube_pod_resource_limits metric exposed by kube-scheduler instead, as it is more precise.',
      samples: (pod) => containerSamples(pod, pod.spec.containers, 'limits'),
    },
    {
      name: 'kube_pod_container_resource_requests',
      help: 'The number of requested request resource by a container. It is recommended to use the kube_pod_resource_requests metric exposed by kube-scheduler instead, as it is more precise.',
      samples: (pod) => containerSamples(pod, pod.spec.containers, 'requests'),
    },
    {
      name: 'kube_pod_init_container_resource_requests',
      help: 'The number of requested request resource by an init container.',
      samples: (pod) => containerSamples(pod, pod.spec.initContainers ?? [], 'requests'),
    },
  ];
}

function identityFamilies(allowed: readonly string[]): ObjectFamily<KubePod>[] {
  return [
    {
      name: 'kube_pod_created',
      help: '[STABLE] Unix creation timestamp',
      samples: (pod) => timeSample(pod, pod.metadata.creationTimestamp),
    },
    {
      name: 'kube_pod_deletion_timestamp',
      help: 'Unix deletion timestamp',
      samples: (pod) => timeSample(pod, pod.metadata.deletionTimestamp),
    },
    { name: 'kube_pod_info', help: '[STABLE] Information about pod.', samples: info },
    {
      name: 'kube_pod_labels',
      help: '[STABLE] Kubernetes labels converted to Prometheus labels.',
      samples: (pod) => [{ labels: { ...identity(pod), ...allowedLabels(pod.metadata.labels, allowed) }, value: 1 }],
    },
    { name: 'kube_pod_owner', help: "[STABLE] Information about the Pod's owner.", samples: owners },
    {
      name: 'kube_pod_start_time',
      help: '[STABLE] Start time in unix timestamp for a pod.',
      samples: (pod) => timeSample(pod, pod.status.startTime),
    },
  ];
}

function statusFamilies(): ObjectFamily<KubePod>[] {
  return [
    { name: 'kube_pod_status_phase', help: '[STABLE] The pods current phase.', samples: phases },
    {
      name: 'kube_pod_status_ready',
      help: '[STABLE] Describes whether the pod is ready to serve requests.',
      samples: (pod) => conditionSamples(pod, 'Ready'),
    },
    {
      name: 'kube_pod_status_scheduled',
      help: '[STABLE] Describes the status of the scheduling process for the pod.',
      samples: (pod) => conditionSamples(pod, 'PodScheduled'),
    },
    {
      name: 'kube_pod_status_unschedulable',
      help: '[STABLE] Describes the unschedulable status for the pod.',
      samples: unschedulable,
    },
  ];
}

function identity(pod: KubePod): Record<string, string> {
  return { namespace: pod.metadata.namespace ?? '', pod: pod.metadata.name, uid: pod.metadata.uid };
}

function timeSample(pod: KubePod, timestamp: string | undefined): Sample[] {
  return timestamp === undefined ? [] : [{ labels: identity(pod), value: unixSeconds(timestamp) }];
}

/** `node` is empty while the pod is not bound, and Prometheus then takes the label for absent. */
function containerSamples(pod: KubePod, containers: readonly KubeContainer[], what: 'requests' | 'limits'): Sample[] {
  return containers.flatMap((container) =>
    resourceSamples(
      { ...identity(pod), container: container.name, node: pod.spec.nodeName ?? '' },
      container.resources?.[what],
    ),
  );
}

function info(pod: KubePod): Sample[] {
  const owner = pod.metadata.ownerReferences?.find((reference) => reference.controller === true);
  const labels = {
    ...identity(pod),
    host_ip: '',
    pod_ip: '',
    node: pod.spec.nodeName ?? '',
    created_by_kind: owner?.kind ?? '',
    created_by_name: owner?.name ?? '',
    priority_class: pod.spec.priorityClassName ?? '',
    host_network: 'false',
  };
  return [{ labels, value: 1 }];
}

function owners(pod: KubePod): Sample[] {
  const references = pod.metadata.ownerReferences ?? [];
  if (references.length === 0) {
    return [{ labels: { ...identity(pod), owner_kind: '', owner_name: '', owner_is_controller: '' }, value: 1 }];
  }
  return references.map(({ kind, name, controller }) => ({
    labels: {
      ...identity(pod),
      owner_kind: kind,
      owner_name: name,
      owner_is_controller: String(controller ?? false),
    },
    value: 1,
  }));
}

function phases(pod: KubePod): Sample[] {
  return PHASES.map((phase) => ({
    labels: { ...identity(pod), phase },
    value: pod.status.phase === phase ? 1 : 0,
  }));
}

function conditionSamples(pod: KubePod, type: string): Sample[] {
  return (pod.status.conditions ?? [])
    .filter((condition) => condition.type === type)
    .flatMap(({ status }) => statusSamples(identity(pod), 'condition', status));
}

/** Only when the scheduler tried and failed: a gated pod (reason SchedulingGated) has no such series. */
function unschedulable(pod: KubePod): Sample[] {
  return (pod.status.conditions ?? [])
    .filter(({ type, status, reason }) => type === 'PodScheduled' && status === 'False' && reason === 'Unschedulable')
    .map(() => ({ labels: identity(pod), value: 1 }));
}
