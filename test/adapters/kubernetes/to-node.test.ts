import type { V1Node } from '@kubernetes/client-node';
import type { Raw } from '../../../webhook/adapters/kubernetes/raw';
import { toNode } from '../../../webhook/adapters/kubernetes/to-node';

type RawNode = Raw<V1Node>;

function node(changes: Partial<Pick<RawNode, 'metadata' | 'spec' | 'status'>>): RawNode {
  return {
    metadata: {
      name: 'ip-10-0-0-1',
      uid: 'u1',
      resourceVersion: '7',
      creationTimestamp: '1970-01-01T00:00:05Z',
      ...changes.metadata,
    },
    spec: changes.spec ?? {},
    status: { allocatable: { cpu: '1930m', memory: '7Gi', pods: '110' }, ...changes.status },
  };
}

const ready = (status: string) => ({ conditions: [{ type: 'Ready', status }] });

describe('a node', () => {
  it('that has just registered is neither Ready nor anybody’s', () => {
    expect(toNode(node({}))).toEqual({
      name: 'ip-10-0-0-1',
      uid: 'u1',
      resourceVersion: '7',
      instanceId: null,
      pool: null,
      ready: false,
      notReadySince: 5000,
      cordoned: false,
      markedBy: null,
      controlPlane: false,
      createdAt: 5000,
      labels: {},
      annotations: {},
      taints: [],
      allocatable: { cpu: 1.93, memory: 7 * 2 ** 30, pods: 110 },
    });
  });

  it.each([
    ['aws:///ap-southeast-1a/i-0abc', 'worker-1', 'i-0abc'],
    ['aws:///ap-southeast-1a/i-0abc', 'i-0def', 'i-0abc'],
    ['k3s://i-0def', 'i-0def', 'i-0def'],
    [undefined, 'i-0def', 'i-0def'],
    ['k3s://worker-1', 'worker-1', null],
    ['aws:///i-0abc', 'worker-1', null],
    ['gce://project/zone/i-0abc', 'worker-1', null],
    [undefined, 'i-worker', null],
    [undefined, 'old-i-0def', null],
  ])('with providerID %s and name %s is instance %s', (providerID, name, expected) => {
    const spec = providerID === undefined ? {} : { providerID };
    expect(toNode(node({ metadata: { name }, spec })).instanceId).toBe(expected);
  });

  it.each([
    ['True', true],
    ['False', false],
    ['Unknown', false],
  ])('whose condition Ready is %s: ready is %s', (status, expected) => {
    expect(toNode(node({ status: ready(status) })).ready).toBe(expected);
  });

  it.each(['False', 'Unknown'])('whose condition Ready is %s: is so since it became so', (status) => {
    const conditions = [{ type: 'Ready', status, lastTransitionTime: '1970-01-01T00:00:09Z' }];
    expect(toNode(node({ status: { conditions } })).notReadySince).toBe(9000);
  });

  it('that is Ready is not Ready since no time at all', () => {
    const conditions = [{ type: 'Ready', status: 'True', lastTransitionTime: '1970-01-01T00:00:09Z' }];
    expect(toNode(node({ status: { conditions } })).notReadySince).toBeNull();
  });

  it('under pressure is not Ready by another condition', () => {
    expect(toNode(node({ status: { conditions: [{ type: 'DiskPressure', status: 'True' }] } })).ready).toBe(false);
  });

  it.each(['control-plane', 'master', 'etcd'])('with the role %s belongs to the control plane', (role) => {
    expect(toNode(node({ metadata: { labels: { [`node-role.kubernetes.io/${role}`]: 'true' } } })).controlPlane).toBe(
      true,
    );
  });

  it('is of the pool that its label names', () => {
    expect(toNode(node({ metadata: { labels: { 'smartscale/pool': 'gpu' } } })).pool).toBe('gpu');
  });

  it('is marked by the operation in its annotation and taint, and by either alone', () => {
    const metadata = { annotations: { 'smartscale/operation': 'op1' } };
    const spec = { taints: [{ key: 'smartscale/draining', value: 'op2', effect: 'NoSchedule' }] };
    expect(toNode(node({ metadata })).markedBy).toBe('op1');
    expect(toNode(node({ spec })).markedBy).toBe('op2');
    expect(toNode(node({ metadata, spec })).markedBy).toBe('op1');
  });

  it('that a person cordoned is cordoned and not marked', () => {
    const taints = [
      { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule', timeAdded: '2026-11-22T03:31:38Z' },
    ];
    expect(toNode(node({ spec: { unschedulable: true, taints } }))).toMatchObject({
      cordoned: true,
      markedBy: null,
      taints: [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }],
    });
  });
});
