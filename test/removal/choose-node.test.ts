import { chooseNode, type Choice } from '../../webhook/removal/choose-node';
import { surroundingsOf } from '../../webhook/removal/surroundings';
import { TAGS } from '../../webhook/model/names';
import type { CompleteObservation, Instance, Node, Pod } from '../../webhook/model/observation';
import type { Operation } from '../../webhook/model/operation';
import {
  GIB,
  KEY,
  NOW,
  aDrain,
  aLaunchedScaleUp,
  aBudget,
  aNode,
  aPod,
  aPolicy,
  aPoolState,
  aScaleUp,
  anInstance,
  observation,
  workers,
} from '../support/builders';

function choose(seen: CompleteObservation, ...operations: readonly Operation[]): Choice {
  return chooseNode(surroundingsOf({ key: KEY, state: aPoolState(operations), policy: aPolicy(), now: NOW }, seen));
}

function chosen(seen: CompleteObservation, ...operations: readonly Operation[]): string | null {
  return choose(seen, ...operations).node?.name ?? null;
}

/** One worker with one change; a spare of another pool offers room. */
function only(node: Partial<Node>, instance: Partial<Instance> | null = {}): CompleteObservation {
  return observation({
    nodes: [aNode('i-1', node), aNode('spare', { pool: 'spare' })],
    instances: instance === null ? [] : [anInstance('i-1', instance)],
  });
}

describe('who may be taken', () => {
  it('is a Ready, schedulable worker of ours', () => {
    expect(choose(only({}))).toEqual({
      node: { name: 'i-1', uid: 'uid-i-1', instanceId: 'i-1' },
      detail: 'i-1: 0 pods to move',
    });
  });

  it.each<[string, CompleteObservation, string]>([
    ['NotReady', only({ ready: false }), 'is not Ready'],
    ['cordoned by a person', only({ cordoned: true }), 'is cordoned'],
    ['labelled permanent', only({ labels: { 'smartscale/permanent': 'true' } }), 'is permanent (label)'],
    ['tagged permanent', only({}, { tags: { [TAGS.permanent]: '' } }), 'is permanent (tag)'],
    ['not on an instance', only({ instanceId: null }), 'is not one of our instances'],
    ['on an instance that EC2 does not list', only({}, null), 'is not one of our instances'],
    [
      'on an instance of another cluster',
      only({}, { tags: { [TAGS.cluster]: 'other' } }),
      'is not one of our instances',
    ],
    ['on an instance of another pool', only({}, { tags: { [TAGS.pool]: 'other' } }), 'is not one of our instances'],
    ['on an instance that has ended', only({}, { state: 'shutting-down' }), 'is not one of our instances'],
  ])('is not a node that is %s', (_name, seen, why) => {
    expect(choose(seen)).toEqual({ node: null, reason: 'no-candidate', detail: `i-1: ${why}` });
  });

  it.each([
    ['cluster-autoscaler.kubernetes.io/scale-down-disabled', 'true', false],
    ['cluster-autoscaler.kubernetes.io/scale-down-disabled', 'false', true],
    ['karpenter.sh/do-not-disrupt', 'true', false],
    ['karpenter.sh/do-not-disrupt', 'false', true],
    ['atlassian.com/no-delete', 'debugging', false],
    ['atlassian.com/no-delete', '', false],
    ['smartscale/no-scale-down', 'until monday', false],
    ['smartscale/no-scale-down', '', false],
  ])('annotated %s=%s: %s', (key, value, allowed) => {
    expect(chosen(only({ annotations: { [key]: value } }))).toBe(allowed ? 'i-1' : null);
  });

  it('is not a node of the control plane, of another pool or of none', () => {
    for (const node of [{ controlPlane: true }, { pool: 'batch' }, { pool: null }]) {
      expect(choose(only(node))).toEqual({ node: null, reason: 'no-candidate', detail: 'the pool has no node' });
    }
  });

  it('is not a node of another open operation', () => {
    expect(chosen(only({}), aDrain('other', 'i-1'))).toBeNull();
    expect(chosen(only({}), aLaunchedScaleUp('up', ['i-1']))).toBeNull();
    expect(chosen(only({}), aDrain('other', 'i-1', { phase: 'done' }))).toBe('i-1');
  });

  it('is not a node that an open scale-up launched although the answer was lost', () => {
    const seen = only({}, { tags: { [TAGS.operation]: 'up' } });
    expect(chosen(seen, aScaleUp('up', { phase: 'launching' }))).toBeNull();
  });

  it('is not a node with a pod that must stay', () => {
    const seen = { ...only({}), pods: [aPod('bare', { node: 'i-1', ownerKind: null })] };
    expect(choose(seen)).toMatchObject({
      reason: 'no-candidate',
      detail: 'i-1: pod default/bare is a bare pod: nobody would create it again',
    });
  });

  it('is the next best when the best is kept', () => {
    const seen = workers(2);
    const kept = { ...seen, nodes: [aNode('i-1', { annotations: { 'smartscale/no-scale-down': '' } }), aNode('i-2')] };
    expect(chosen(kept)).toBe('i-2');
  });
});

describe('the order', () => {
  const nodes = (...list: readonly Node[]): Partial<CompleteObservation> => ({
    nodes: list,
    instances: list.map((node) => anInstance(node.name)),
  });
  const pod = (name: string, node: string, cpu: number, memory = 0): Pod =>
    aPod(name, { node, requests: { cpu, memory, pods: 1 } });

  it.each<[string, CompleteObservation, string]>([
    ['nothing to move', workers(2, { pods: [pod('a', 'i-1', 0)] }), 'i-2'],
    [
      'pods that stay do not count as something to move',
      workers(2, { pods: [pod('a', 'i-1', 0.1), aPod('d', { node: 'i-2', ownerKind: 'DaemonSet' })] }),
      'i-2',
    ],
    ['the smaller share of cores', workers(2, { pods: [pod('a', 'i-1', 1), pod('b', 'i-2', 0.5)] }), 'i-2'],
    [
      'the smaller share of whatever is scarcer',
      workers(2, { pods: [pod('a', 'i-1', 0.2, 3 * GIB), pod('b', 'i-2', 1, 0)] }),
      'i-2',
    ],
    [
      'shares, not sums',
      observation({
        ...nodes(aNode('i-1'), aNode('i-2', { allocatable: { cpu: 8, memory: 4 * GIB, pods: 110 } })),
        pods: [pod('a', 'i-1', 0.5), pod('b', 'i-2', 1)],
      }),
      'i-2',
    ],
    [
      'fewer pods among equal shares',
      workers(2, { pods: [pod('a', 'i-1', 0.5), pod('b', 'i-1', 0.5), pod('c', 'i-2', 1)] }),
      'i-2',
    ],
    [
      'the oldest',
      observation(nodes(aNode('i-1', { createdAt: NOW - 3_600_000 }), aNode('i-2', { createdAt: NOW - 3_600_001 }))),
      'i-2',
    ],
    ['the first by name', observation(nodes(aNode('i-9'), aNode('i-2'), aNode('i-5'))), 'i-2'],
  ])('is by %s', (_name, seen, expected) => {
    expect(chosen(seen)).toBe(expected);
    expect(chosen({ ...seen, nodes: [...seen.nodes].reverse() })).toBe(expected);
  });
});

describe('pods that must find a place', () => {
  const big = (name: string, node: string, cpu: number) => aPod(name, { node, requests: { cpu, memory: 1, pods: 1 } });

  it('find it on serving nodes, also of other pools', () => {
    const seen = { ...only({}), pods: [big('a', 'i-1', 2)] };
    expect(chosen(seen)).toBe('i-1');
  });

  it.each<[string, Partial<Node>]>([
    ['NotReady', { ready: false }],
    ['cordoned', { cordoned: true }],
    ['tainted', { taints: [{ key: 'k', effect: 'NoSchedule' }] }],
    ['too small', { allocatable: { cpu: 1, memory: GIB, pods: 110 } }],
    ['full of pods', { allocatable: { cpu: 9, memory: GIB, pods: 0 } }],
  ])('do not find it on a node that is %s', (_name, spare) => {
    const seen = only({});
    const nodes = [aNode('i-1'), aNode('spare', { pool: 'spare', ...spare })];
    expect(choose({ ...seen, nodes, pods: [big('a', 'i-1', 2)] })).toEqual({
      node: null,
      reason: 'pods-do-not-fit-elsewhere',
      detail: 'i-1: pod default/a fits on no other node',
    });
  });

  it('do not find it where others already are', () => {
    const seen = only({});
    expect(chosen({ ...seen, pods: [big('a', 'i-1', 1.5), big('there', 'spare', 0.5)] })).toBe('i-1');
    expect(chosen({ ...seen, pods: [big('a', 'i-1', 1.5), big('there', 'spare', 0.6)] })).toBeNull();
  });

  it('find it where only finished pods are', () => {
    const finished = aPod('job', { node: 'spare', phase: 'Succeeded', requests: { cpu: 2, memory: 1, pods: 1 } });
    expect(chosen({ ...only({}), pods: [big('a', 'i-1', 2), finished] })).toBe('i-1');
  });

  it('take the place from one another, the largest first', () => {
    const seen = only({});
    expect(chosen({ ...seen, pods: [big('a', 'i-1', 1), big('b', 'i-1', 1)] })).toBe('i-1');
    expect(chosen({ ...seen, pods: [big('a', 'i-1', 1), big('b', 'i-1', 1.1)] })).toBeNull();
    const two = { ...seen, nodes: [aNode('i-1'), aNode('s1', { pool: 'x' }), aNode('s2', { pool: 'x' })] };
    const tight = [big('a', 'i-1', 0.9), big('b', 'i-1', 0.9), big('c', 'i-1', 1.1), big('d', 'i-1', 1.1)];
    expect(chosen({ ...two, pods: tight })).toBe('i-1');
  });

  it('leave room for those that another drain is moving, but not when that drain is taken back', () => {
    const seen = workers(3, { pods: [big('a', 'i-1', 1.5), big('b', 'i-2', 1.5)] });
    const full = { ...seen, pods: [...seen.pods, big('c', 'i-3', 0.1)] };
    const other = aDrain('other', 'i-2');
    expect(choose(full, other)).toMatchObject({ node: { name: 'i-3' } });
    const crowded = { ...seen, pods: [...seen.pods, big('c', 'i-3', 0.4), big('d', 'i-3', 0.4)] };
    expect(choose(crowded, other)).toMatchObject({ node: null, reason: 'pods-do-not-fit-elsewhere' });
  });
});

describe('a pool that forces', () => {
  const labels = { app: 'shop' };
  const budgets = [aBudget('shop', labels, { disruptionsAllowed: 0 })];
  const policy = aPolicy({ drain: { ...aPolicy().drain, force: true } });
  const choice = (seen: CompleteObservation) =>
    chooseNode(surroundingsOf({ key: KEY, state: aPoolState([]), policy, now: NOW }, seen)).node?.name;

  it('takes a node that a budget keeps when there is no other', () => {
    const seen = { ...workers(2), budgets, pods: [aPod('shop-1', { node: 'i-1', labels })] };
    const kept = {
      ...seen,
      nodes: seen.nodes.map((it) => (it.name === 'i-2' ? { ...it, annotations: NOT_THIS } : it)),
    };
    expect(choice(kept)).toBe('i-1');
    expect(chosen(kept)).toBeNull();
  });

  it('takes another one first, emptier or not', () => {
    const small = aPod('shop-1', { node: 'i-1', labels, requests: { cpu: 0.1, memory: GIB / 8, pods: 1 } });
    const large = aPod('other-1', { node: 'i-2', requests: { cpu: 0.5, memory: GIB / 4, pods: 1 } });
    expect(
      choice({ ...workers(3), budgets, pods: [small, large, { ...large, uid: 'x', name: 'other-2', node: 'i-3' }] }),
    ).toBe('i-2');
  });

  const NOT_THIS = { 'smartscale/no-scale-down': '' };
});
