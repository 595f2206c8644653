import { placing } from '../../webhook/decision/placing';
import type { Claim, CompleteObservation, NodeTerm, Pod, Requirement } from '../../webhook/model/observation';
import type { PoolPolicy } from '../../webhook/model/pool';
import { GIB, KEY, aNode, aPolicy, aWaitingPod, observation } from '../support/builders';

const ZONE = 'topology.kubernetes.io/zone';
const [A, B, C] = ['eu-central-1a', 'eu-central-1b', 'eu-central-1c'] as const;

/** The pool of the builders: zones a and b, types m6a.large and m6i.large, 2 CPU and 4 GiB a node. */
function place(
  pods: readonly Pod[],
  seen: Partial<CompleteObservation> = {},
  policy: Partial<PoolPolicy> = {},
): ReturnType<typeof placing> {
  return placing(pods, KEY, aPolicy(policy), observation(seen));
}

function whyNot(pod: Partial<Pod>, ...rest: [Partial<CompleteObservation>?, Partial<PoolPolicy>?]) {
  const { refused, placed } = place([aWaitingPod('web-1', pod)], ...rest);
  return refused[0]?.why ?? (placed.length === 1 ? null : 'neither placed nor refused');
}

const requirement = (key: string, operator: Requirement['operator'], ...values: string[]) => ({
  key,
  operator,
  values,
});
const affinity = (...labels: Requirement[]): readonly NodeTerm[] => [{ labels, fields: [] }];
const inZone = (...zones: string[]) => affinity(requirement(ZONE, 'In', ...zones));

function claim(name: string, overrides: Partial<Claim> = {}): Claim {
  return { namespace: 'default', name, volume: `pv-${name}`, nodes: inZone(B), ...overrides };
}

describe('why a new node would not take a pod', () => {
  it.each<[string | null, Partial<Pod>]>([
    [null, {}],
    ['asks for 7 CPU, a new node offers 2', { requests: { cpu: 7, memory: 1, pods: 1 } }],
    ['asks for 4.5 GiB of memory, a new node offers 4 GiB', { requests: { cpu: 1, memory: 4.5 * GIB, pods: 1 } }],
    ['selects disk=ssd, a new node has no such label', { nodeSelector: { disk: 'ssd' } }],
    [
      'requires a node with disk In ssd, hdd, a new node is none',
      { affinity: affinity(requirement('disk', 'In', 'ssd', 'hdd')) },
    ],
    [null, { affinity: affinity(requirement('disk', 'NotIn', 'hdd')) }],
    [null, { affinity: affinity(requirement('smartscale/pool', 'In', 'workers')) }],
    [null, { nodeSelector: { 'kubernetes.io/os': 'linux', 'topology.kubernetes.io/region': 'eu-central-1' } }],
    ['selects kubernetes.io/os=windows, a new node has linux', { nodeSelector: { 'kubernetes.io/os': 'windows' } }],
    [`selects ${C}, the pool has subnets in ${A}, ${B}`, { nodeSelector: { [ZONE]: C } }],
    [`requires a node in ${C}, the pool has subnets in ${A}, ${B}`, { affinity: inZone(C) }],
    [
      'requires a node with metadata.name In i-7, a new node is none',
      { affinity: [{ labels: [], fields: [requirement('metadata.name', 'In', 'i-7')] }] },
    ],
  ])('%s', (why, pod) => {
    expect(whyNot(pod)).toBe(why);
  });

  it('is a taint that it does not tolerate', () => {
    const taints = [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' as const }];
    const policy = { node: { ...aPolicy().node, taints } };
    expect(whyNot({}, {}, policy)).toBe('does not tolerate gpu=yes:NoSchedule');
    expect(whyNot({ tolerations: [{ key: 'gpu', operator: 'Exists' }] }, {}, policy)).toBeNull();
  });

  it('is the number of pods when those of DaemonSets fill the node', () => {
    const policy = { node: { ...aPolicy().node, allocatable: { cpu: 2, memory: GIB, pods: 0 } } };
    expect(whyNot({}, {}, policy)).toBe('a new node is full of the pods of DaemonSets');
  });

  it('is a type that the pool may launch besides the one that it takes', () => {
    const nodeSelector = { 'node.kubernetes.io/instance-type': 'm6i.large' };
    expect(whyNot({ nodeSelector })).toBe(
      'selects node.kubernetes.io/instance-type=m6i.large, a new node has m6a.large',
    );
    const launch = { ...aPolicy().launch, instanceTypes: ['m6i.large'] };
    expect(whyNot({ nodeSelector }, {}, { launch })).toBeNull();
  });

  it('is an architecture only when the nodes of the pool agree on another, or the configuration says so', () => {
    const nodeSelector = { 'kubernetes.io/arch': 'arm64' };
    const node = (name: string, arch: string) => aNode(name, { labels: { 'kubernetes.io/arch': arch } });
    expect(whyNot({ nodeSelector }, { nodes: [node('i-1', 'arm64')] })).toBeNull();
    expect(whyNot({ nodeSelector }, { nodes: [node('i-1', 'amd64')] })).toMatch(/a new node has amd64$/);
    expect(whyNot({ nodeSelector }, { nodes: [node('i-1', 'amd64'), node('i-2', 'arm64')] })).toMatch(/no such label$/);
    const configured = { ...aPolicy().node, labels: { 'kubernetes.io/arch': 'arm64' } };
    expect(whyNot({ nodeSelector }, {}, { node: configured })).toBeNull();
  });

  describe('a volume', () => {
    const pod = { claims: ['data'] };

    it.each<[string | null, readonly Claim[] | undefined]>([
      [null, [claim('data')]],
      [null, [claim('data', { volume: null, nodes: null })]],
      [null, [claim('data', { nodes: affinity(requirement('topology.ebs.csi.aws.com/zone', 'In', A)) })]],
      [`has its volume data in ${C}, the pool has subnets in ${A}, ${B}`, [claim('data', { nodes: inZone(C) })]],
      [
        'has its volume data where a new node is not',
        [claim('data', { nodes: affinity(requirement('kubernetes.io/hostname', 'In', 'i-7')) })],
      ],
      ['uses the claim data, which does not exist', [claim('data', { namespace: 'other' })]],
      [null, undefined],
    ])('%s', (why, claims) => {
      // Absent: they could not be read.
      expect(whyNot(pod, { claims } as Partial<CompleteObservation>)).toBe(why);
    });
  });
});

describe('the zones of a launch', () => {
  const pods = (...zones: readonly (readonly string[])[]) =>
    zones.map((names, i) => aWaitingPod(`p${i}`, names.length > 0 ? { affinity: inZone(...names) } : {}));
  const launch = {
    ...aPolicy().launch,
    subnets: ['a', 'b', 'c', 'd', 'e'].map((letter) => ({ id: `subnet-${letter}`, zone: `eu-central-1${letter}` })),
  };
  const zonesOf = (...zones: readonly (readonly string[])[]) => place(pods(...zones), {}, { launch }).zones;

  it('are all when no pod needs certain ones', () => {
    expect(zonesOf([], [])).toBeNull();
    expect(place(pods([A, B])).zones).toBeNull();
  });

  it('are those of a nodeSelector, of affinity, or of a volume', () => {
    expect(place([aWaitingPod('p', { nodeSelector: { [ZONE]: B } })]).zones).toEqual([B]);
    expect(place([aWaitingPod('p', { affinity: inZone(B, C) })]).zones).toEqual([B]);
    expect(place([aWaitingPod('p', { claims: ['data'] })], { claims: [claim('data')] }).zones).toEqual([B]);
  });

  it('are what several pods have in common, with those that do not mind', () => {
    const { zones, placed } = place(pods([A, B], [B, C], []), {}, { launch });
    expect(zones).toEqual([B]);
    expect(placed.map(({ name }) => name)).toEqual(['p0', 'p1', 'p2']);
  });

  it('are those of most pods where they exclude each other, and the others are served another time', () => {
    const { zones, placed, refused } = place(pods([C], [A], [C], []), {}, { launch });
    expect(zones).toEqual([C]);
    expect(placed.map(({ name }) => name)).toEqual(['p0', 'p2', 'p3']);
    expect(refused).toEqual([]);
  });

  it('are the same whatever the order of the pods', () => {
    expect(zonesOf([B], [A])).toEqual([A]);
    expect(zonesOf([A], [B])).toEqual([A]);
  });

  it('are three at most', () => {
    expect(zonesOf([A, B, C, 'eu-central-1d'])).toEqual([A, B, C]);
  });
});
