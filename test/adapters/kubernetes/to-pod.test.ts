import type { V1Pod } from '@kubernetes/client-node';
import type { Raw } from '../../../webhook/adapters/kubernetes/raw';
import { toPod } from '../../../webhook/adapters/kubernetes/to-pod';

type RawPod = Raw<V1Pod>;

function pod(changes: {
  metadata?: RawPod['metadata'];
  spec?: Partial<RawPod['spec']>;
  status?: RawPod['status'];
}): RawPod {
  return {
    metadata: {
      name: 'web-1',
      namespace: 'shop',
      uid: 'u1',
      creationTimestamp: '1970-01-01T00:00:05Z',
      ...changes.metadata,
    },
    spec: { containers: [{ name: 'c', image: 'i' }], ...changes.spec },
    status: { phase: 'Running', ...changes.status },
  };
}

describe('a pod', () => {
  it('that states nothing special gets the defaults of Kubernetes', () => {
    expect(toPod(pod({}))).toEqual({
      namespace: 'shop',
      name: 'web-1',
      uid: 'u1',
      node: null,
      phase: 'Running',
      requests: { cpu: 0, memory: 0, pods: 1 },
      ownerKind: null,
      mirror: false,
      unschedulable: false,
      gated: false,
      terminating: false,
      ready: false,
      createdAt: 5000,
      labels: {},
      annotations: {},
      nodeSelector: {},
      tolerations: [],
      localVolumes: [],
      graceSeconds: 30,
    });
  });

  it('belongs to its controller, not to any other owner', () => {
    const owner = (kind: string, controller?: boolean) => ({
      apiVersion: 'v1',
      kind,
      name: 'o',
      uid: 'o',
      ...(controller !== undefined && { controller }),
    });
    expect(
      toPod(pod({ metadata: { ownerReferences: [owner('ConfigMap'), owner('ReplicaSet', true)] } })).ownerKind,
    ).toBe('ReplicaSet');
    expect(
      toPod(pod({ metadata: { ownerReferences: [owner('ConfigMap'), owner('Job', false)] } })).ownerKind,
    ).toBeNull();
  });

  it('knows its controller by its uid', () => {
    const owners = [
      { apiVersion: 'v1', kind: 'ConfigMap', name: 'c', uid: 'c' },
      { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'r', uid: 'r-uid', controller: true },
    ];
    expect(toPod(pod({ metadata: { ownerReferences: owners } })).ownerUid).toBe('r-uid');
    expect(toPod(pod({}))).not.toHaveProperty('ownerUid');
  });

  it('is Ready when its condition says so, and has the start and the priority that it was given', () => {
    const ready = (status: string) => ({ phase: 'Running', conditions: [{ type: 'Ready', status }] });
    expect(toPod(pod({ status: ready('True') })).ready).toBe(true);
    expect(toPod(pod({ status: ready('False') })).ready).toBe(false);
    expect(toPod(pod({ spec: { priority: -20 }, status: { startTime: '2026-11-22T03:31:38Z' } }))).toMatchObject({
      priority: -20,
      startedAt: Date.parse('2026-11-22T03:31:38Z'),
    });
  });

  it('of the kubelet itself is a mirror', () => {
    expect(toPod(pod({ metadata: { annotations: { 'kubernetes.io/config.mirror': 'abc' } } })).mirror).toBe(true);
  });

  it.each([
    ['False', 'Unschedulable', true],
    ['False', 'SchedulingGated', false],
    ['True', 'Unschedulable', false],
  ])('with PodScheduled %s because of %s: unschedulable is %s', (status, reason, expected) => {
    const conditions = [
      { type: 'Ready', status: 'False', reason: 'Unschedulable' },
      { type: 'PodScheduled', status, reason },
    ];
    expect(toPod(pod({ status: { phase: 'Pending', conditions } })).unschedulable).toBe(expected);
  });

  it('with a scheduling gate left is gated', () => {
    expect(toPod(pod({ spec: { schedulingGates: [{ name: 'quota' }] } })).gated).toBe(true);
    expect(toPod(pod({ spec: { schedulingGates: [] } })).gated).toBe(false);
  });

  it('with a deletion timestamp is terminating', () => {
    const leaving = toPod(pod({ metadata: { deletionTimestamp: '2026-11-22T03:31:38Z' } }));
    expect(leaving).toMatchObject({ terminating: true, deletionAt: Date.parse('2026-11-22T03:31:38Z') });
  });

  it('has the priority that its class gave it', () => {
    expect(toPod(pod({ spec: { priority: 2_000_000_000 } })).priority).toBe(2_000_000_000);
  });

  it('in a phase that we do not know is Unknown', () => {
    expect(toPod(pod({ status: { phase: 'Hibernating' } })).phase).toBe('Unknown');
    expect(toPod({}).phase).toBe('Unknown');
  });

  it('has local data in hostPath and in emptyDir on disk, not in memory, claims or config', () => {
    const volumes = [
      { name: 'host', hostPath: { path: '/data' } },
      { name: 'scratch', emptyDir: {} },
      { name: 'shm', emptyDir: { medium: 'Memory' } },
      { name: 'claim', persistentVolumeClaim: { claimName: 'c' } },
      { name: 'config', configMap: { name: 'c' } },
    ];
    expect(toPod(pod({ spec: { volumes } })).localVolumes).toEqual(['host', 'scratch']);
  });

  it('keeps the node affinity that it requires, and none that it prefers', () => {
    const preferred = { weight: 1, preference: { matchExpressions: [{ key: 'disk', operator: 'Exists' }] } };
    const term = {
      matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd'] }],
      matchFields: [{ key: 'metadata.name', operator: 'NotIn', values: ['i-1'] }],
    };
    const affinityOf = (nodeAffinity: object) => toPod(pod({ spec: { affinity: { nodeAffinity } } })).affinity;
    expect(affinityOf({ preferredDuringSchedulingIgnoredDuringExecution: [preferred] })).toBeUndefined();
    const required = { nodeSelectorTerms: [term, { matchExpressions: [{ key: 'gpu', operator: 'Exists' }] }] };
    expect(affinityOf({ requiredDuringSchedulingIgnoredDuringExecution: required })).toEqual([
      {
        labels: [{ key: 'disk', operator: 'In', values: ['ssd'] }],
        fields: [{ key: 'metadata.name', operator: 'NotIn', values: ['i-1'] }],
      },
      { labels: [{ key: 'gpu', operator: 'Exists', values: [] }], fields: [] },
    ]);
  });

  it('names the claims that it uses', () => {
    const volumes = [
      { name: 'data', persistentVolumeClaim: { claimName: 'data-web-1' } },
      { name: 'scratch', emptyDir: {} },
    ];
    expect(toPod(pod({ spec: { volumes } })).claims).toEqual(['data-web-1']);
    expect(toPod(pod({}))).not.toHaveProperty('claims');
  });

  it('keeps its grace, selector and tolerations, an absent operator left absent', () => {
    const seen = toPod(
      pod({
        spec: {
          terminationGracePeriodSeconds: 0,
          nodeSelector: { disk: 'ssd' },
          nodeName: 'i-1',
          tolerations: [{ key: 'a', value: 'b', effect: 'NoSchedule' }, { operator: 'Exists' }],
        },
      }),
    );
    expect(seen).toMatchObject({ graceSeconds: 0, nodeSelector: { disk: 'ssd' }, node: 'i-1' });
    expect(seen.tolerations).toEqual([{ key: 'a', value: 'b', effect: 'NoSchedule' }, { operator: 'Exists' }]);
  });
});
