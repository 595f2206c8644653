import type { Raw } from '../../../webhook/adapters/kubernetes/raw';
import type { V1Pod, V1PodSpec } from '@kubernetes/client-node';
import { toLabelSelector, toNeighbours } from '../../../webhook/adapters/kubernetes/neighbours';

const app = { key: 'app', operator: 'In', values: ['web'] };
const labelSelector = { matchLabels: { app: 'web' } };

function neighbours(spec: Partial<Raw<V1PodSpec>>) {
  const pod: Raw<V1Pod> = {
    metadata: { namespace: 'shop', labels: { 'pod-template-hash': 'h1' } },
    spec: { containers: [], ...spec },
  };
  return toNeighbours(pod);
}

describe('a label selector', () => {
  it('that is absent is null, one that is empty has no conditions', () => {
    expect(toLabelSelector(undefined)).toBeNull();
    expect(toLabelSelector({})).toEqual([]);
  });

  it('has the conditions of its labels and of its expressions', () => {
    const matchExpressions = [{ key: 'tier', operator: 'Exists' }];
    expect(toLabelSelector({ ...labelSelector, matchExpressions })).toEqual([
      app,
      { key: 'tier', operator: 'Exists', values: [] },
    ]);
  });
});

describe('what a pod demands of the pods beside it', () => {
  it('is nothing as a rule', () => {
    expect(neighbours({ containers: [{ name: 'c', image: 'i', ports: [{ containerPort: 80 }] }] })).toEqual({});
    expect(toNeighbours({})).toEqual({});
  });

  it('are the ports of the node that it takes, on which address', () => {
    const ports = [
      { containerPort: 80, hostPort: 8080 },
      { containerPort: 53, hostPort: 53, protocol: 'UDP', hostIP: '10.0.0.1' },
      { containerPort: 81, hostPort: 8081, hostIP: '0.0.0.0' },
    ];
    expect(neighbours({ containers: [{ name: 'c', image: 'i', ports }] }).hostPorts).toEqual([
      { protocol: 'TCP', port: 8080, ip: '' },
      { protocol: 'UDP', port: 53, ip: '10.0.0.1' },
      { protocol: 'TCP', port: 8081, ip: '' },
    ]);
    const own = { name: 'c', image: 'i', ports: [{ containerPort: 9100 }] };
    expect(neighbours({ hostNetwork: true, containers: [own] }).hostPorts).toMatchObject([{ port: 9100 }]);
    const passing = { ...own, ports: [{ containerPort: 1, hostPort: 1 }] };
    expect(neighbours({ initContainers: [passing] })).toEqual({});
    expect(neighbours({ initContainers: [{ ...passing, restartPolicy: 'Always' }] }).hostPorts).toHaveLength(1);
  });

  it('is the hard spread, not the soft one', () => {
    const spread = { topologyKey: 'zone', maxSkew: 1, labelSelector };
    const soft = { ...spread, whenUnsatisfiable: 'ScheduleAnyway' };
    expect(neighbours({ topologySpreadConstraints: [soft] })).toEqual({});
    const hard = {
      ...spread,
      whenUnsatisfiable: 'DoNotSchedule',
      minDomains: 3,
      matchLabelKeys: ['pod-template-hash'],
    };
    expect(neighbours({ topologySpreadConstraints: [hard] }).spread).toEqual([
      {
        topologyKey: 'zone',
        maxSkew: 1,
        minDomains: 3,
        selector: [app, { key: 'pod-template-hash', operator: 'In', values: ['h1'] }],
      },
    ]);
  });

  it('is the affinity to pods that it requires, in its own namespace unless it says otherwise', () => {
    const term = { topologyKey: 'zone', labelSelector };
    const preferred = [{ weight: 1, podAffinityTerm: term }];
    const soft = { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: preferred } };
    expect(neighbours({ affinity: soft })).toEqual({});
    const terms = [term, { ...term, namespaces: ['a', 'b'] }, { ...term, namespaceSelector: {} }];
    const rules = [
      { topologyKey: 'zone', namespaces: ['shop'], selector: [app] },
      { topologyKey: 'zone', namespaces: ['a', 'b'], selector: [app] },
      { topologyKey: 'zone', namespaces: null, selector: [app] },
    ];
    const required = { requiredDuringSchedulingIgnoredDuringExecution: terms };
    expect(neighbours({ affinity: { podAntiAffinity: required } })).toEqual({ apart: rules });
    expect(neighbours({ affinity: { podAffinity: required } })).toEqual({ together: rules });
  });
});
