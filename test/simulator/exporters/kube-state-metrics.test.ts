import { KubeStateMetrics } from '../../../simulator/exporters/kube-state-metrics';
import type { KubeNode, KubePod } from '../../../simulator/kubernetes/objects';
import { parseExposition, samplesOf, valueOf } from '../../support/parse-exposition';
import { buildNode, buildPod } from './build-objects';

function publish(objects: { nodes?: KubeNode[]; pods?: KubePod[] }) {
  return parseExposition(new KubeStateMetrics().render({ nodes: objects.nodes ?? [], pods: objects.pods ?? [] }));
}

describe('kube-state-metrics about nodes', () => {
  it('publishes allow-listed labels only, and a series without them for a node that has none', () => {
    const families = publish({
      nodes: [
        buildNode({ name: 'i-1', labels: { 'smartscale/pool': 'batch', secret: 'x' } }),
        buildNode({ name: 'i-2' }),
      ],
    });
    expect(samplesOf(families, 'kube_node_labels').map((sample) => sample.labels)).toEqual([
      { node: 'i-1', label_smartscale_pool: 'batch' },
      { node: 'i-2' },
    ]);
  });

  it('gives every condition three series, one of them 1', () => {
    const families = publish({
      nodes: [
        buildNode({
          conditions: [
            { type: 'Ready', status: 'Unknown' },
            { type: 'MemoryPressure', status: 'False' },
          ],
        }),
      ],
    });
    const of = (condition: string): Record<string, number> =>
      Object.fromEntries(
        samplesOf(families, 'kube_node_status_condition', { condition }).map(
          (s) => [String(s.labels['status']), s.value] as const,
        ),
      );
    expect(of('Ready')).toEqual({ true: 0, false: 0, unknown: 1 });
    expect(of('MemoryPressure')).toEqual({ true: 0, false: 1, unknown: 0 });
  });

  it('publishes cordon, role, taints, provider id and age', () => {
    const families = publish({
      nodes: [
        buildNode({
          labels: { 'node-role.kubernetes.io/control-plane': 'true', 'node-role.kubernetes.io/etcd': '' },
          spec: {
            unschedulable: true,
            providerID: 'aws:///eu-central-1a/i-1',
            taints: [{ key: 'smartscale/draining', value: 'op1', effect: 'NoSchedule' }],
          },
        }),
        buildNode({ name: 'i-2' }),
      ],
    });
    expect(valueOf(families, 'kube_node_spec_unschedulable', { node: 'i-1' })).toBe(1);
    expect(valueOf(families, 'kube_node_spec_unschedulable', { node: 'i-2' })).toBe(0);
    expect(samplesOf(families, 'kube_node_role').map((s) => s.labels['role'])).toEqual(['control-plane', 'etcd']);
    expect(samplesOf(families, 'kube_node_spec_taint').map((s) => s.labels)).toEqual([
      { node: 'i-1', key: 'smartscale/draining', value: 'op1', effect: 'NoSchedule' },
    ]);
    expect(valueOf(families, 'kube_node_info', { provider_id: 'aws:///eu-central-1a/i-1' })).toBe(1);
    expect(valueOf(families, 'kube_node_created', { node: 'i-1' })).toBe(Date.parse('2026-01-01T00:00:00Z') / 1000);
  });

  it('publishes allocatable and capacity with units: cores, bytes, pods', () => {
    const families = publish({ nodes: [buildNode({})] });
    expect(valueOf(families, 'kube_node_status_allocatable', { resource: 'cpu', unit: 'core' })).toBe(1.9);
    expect(valueOf(families, 'kube_node_status_capacity', { resource: 'cpu', unit: 'core' })).toBe(2);
    expect(valueOf(families, 'kube_node_status_allocatable', { resource: 'memory', unit: 'byte' })).toBe(8 * 2 ** 30);
    expect(valueOf(families, 'kube_node_status_allocatable', { resource: 'pods', unit: 'integer' })).toBe(110);
  });
});

describe('kube-state-metrics about pods', () => {
  it('gives every pod all five phases, one of them 1', () => {
    const families = publish({ pods: [buildPod({ status: { phase: 'Pending' } })] });
    const phases = samplesOf(families, 'kube_pod_status_phase').map((s) => [s.labels['phase'], s.value]);
    expect(Object.fromEntries(phases)).toEqual({ Pending: 1, Running: 0, Succeeded: 0, Failed: 0, Unknown: 0 });
  });

  it('calls a pod unschedulable only when the scheduler said so', () => {
    const pending = (name: string, reason?: string) =>
      buildPod({
        name,
        status: {
          phase: 'Pending',
          conditions: [{ type: 'PodScheduled', status: 'False', ...(reason === undefined ? {} : { reason }) }],
        },
      });
    const families = publish({
      pods: [
        pending('refused', 'Unschedulable'),
        pending('gated', 'SchedulingGated'),
        pending('fresh'),
        buildPod({
          name: 'placed',
          status: {
            phase: 'Running',
            conditions: [{ type: 'PodScheduled', status: 'True', reason: 'Unschedulable' }],
          },
        }),
      ],
    });
    expect(samplesOf(families, 'kube_pod_status_unschedulable').map((s) => s.labels['pod'])).toEqual(['refused']);
    expect(valueOf(families, 'kube_pod_status_scheduled', { pod: 'gated', condition: 'false' })).toBe(1);
    expect(valueOf(families, 'kube_pod_status_scheduled', { pod: 'placed', condition: 'true' })).toBe(1);
  });

  it('publishes requests per container with an empty node while the pod is not bound', () => {
    const containers = [
      { name: 'main', image: 'shop', resources: { requests: { cpu: '1500m', memory: '1Gi', 'hugepages-2Mi': '4Mi' } } },
      { name: 'sidecar', image: 'proxy' },
    ];
    const initContainers = [{ name: 'warm', image: 'shop', resources: { requests: { cpu: '2' } } }];
    const families = publish({
      pods: [
        buildPod({ name: 'waiting', spec: { containers, initContainers }, status: { phase: 'Pending' } }),
        buildPod({ name: 'placed', spec: { containers, nodeName: 'i-7' } }),
      ],
    });
    const requests = 'kube_pod_container_resource_requests';
    expect(valueOf(families, requests, { pod: 'waiting', resource: 'cpu', unit: 'core', node: '' })).toBe(1.5);
    expect(valueOf(families, requests, { pod: 'placed', resource: 'memory', unit: 'byte', node: 'i-7' })).toBe(2 ** 30);
    expect(samplesOf(families, requests)).toHaveLength(4);
    expect(valueOf(families, 'kube_pod_init_container_resource_requests', { container: 'warm' })).toBe(2);
  });

  it('publishes owner, pool, deletion and identity', () => {
    const families = publish({
      pods: [
        buildPod({
          name: 'owned',
          metadata: {
            labels: { 'smartscale/pool': 'batch', app: 'shop' },
            deletionTimestamp: '2026-01-01T00:01:00Z',
            ownerReferences: [{ apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'logs', uid: 'u', controller: true }],
          },
        }),
        buildPod({ name: 'bare' }),
      ],
    });
    const owner = (pod: string) => samplesOf(families, 'kube_pod_owner', { pod })[0]?.labels;
    expect(owner('owned')).toMatchObject({ owner_kind: 'DaemonSet', owner_name: 'logs', owner_is_controller: 'true' });
    expect(owner('bare')).toMatchObject({ owner_kind: '', owner_name: '', owner_is_controller: '' });
    expect(samplesOf(families, 'kube_pod_labels', { pod: 'owned' })[0]?.labels).toEqual({
      namespace: 'default',
      pod: 'owned',
      uid: 'uid-owned',
      label_smartscale_pool: 'batch',
    });
    expect(samplesOf(families, 'kube_pod_deletion_timestamp').map((s) => s.labels['pod'])).toEqual(['owned']);
    expect(samplesOf(families, 'kube_pod_info', { pod: 'owned' })[0]?.labels).toMatchObject({
      created_by_kind: 'DaemonSet',
      created_by_name: 'logs',
      node: '',
    });
  });

  it('keeps HELP and TYPE of a family without samples', () => {
    const families = publish({});
    expect(families.get('kube_pod_status_unschedulable')).toMatchObject({ type: 'gauge', samples: [] });
  });

  it('escapes what a label value may carry', () => {
    const families = publish({ nodes: [buildNode({ labels: { 'smartscale/pool': 'a"b\\c\nd' } })] });
    expect(samplesOf(families, 'kube_node_labels')[0]?.labels['label_smartscale_pool']).toBe('a"b\\c\nd');
  });
});

describe('kube-state-metrics from scrape to scrape', () => {
  it('follows objects that were replaced, and drops those that are gone', () => {
    const exporter = new KubeStateMetrics();
    const scrape = (nodes: KubeNode[]) => parseExposition(exporter.render({ nodes, pods: [] }));
    const node = buildNode({ name: 'i-1' });
    const cordoned = { ...node, spec: { unschedulable: true } };
    expect(valueOf(scrape([node]), 'kube_node_spec_unschedulable')).toBe(0);
    expect(valueOf(scrape([cordoned]), 'kube_node_spec_unschedulable')).toBe(1);
    expect(valueOf(scrape([node]), 'kube_node_spec_unschedulable')).toBe(0);
    expect(samplesOf(scrape([]), 'kube_node_spec_unschedulable')).toEqual([]);
  });
});
