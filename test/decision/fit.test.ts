import { fits, newNode, tolerates, unplacedPods, type NodeShape } from '../../webhook/decision/fit';
import type { Pod, Taint, Toleration } from '../../webhook/model/observation';
import { GIB, aNode, aPod, aPolicy, aWaitingPod, observation } from '../support/builders';

describe('pods that wait for a node', () => {
  it.each<[string, Partial<Pod>, boolean]>([
    ['that could not be placed', {}, true],
    ['that says which pool it wants', { labels: { 'smartscale/pool': 'workers' } }, true],
    ['that wants another pool', { labels: { 'smartscale/pool': 'batch' } }, false],
    ['that merely starts', { unschedulable: false }, false],
    ['that has a node', { node: 'i-1' }, false],
    ['that runs', { phase: 'Running' }, false],
    ['that is gated', { gated: true }, false],
    ['that is on its way out', { terminating: true }, false],
    ['of a DaemonSet', { ownerKind: 'DaemonSet' }, false],
  ])('a pod %s', (_name, overrides, waits) => {
    const seen = observation({ pods: [aWaitingPod('p', overrides)] });
    expect(unplacedPods(seen, 'workers')).toHaveLength(waits ? 1 : 0);
  });

  it('wait in the pool that their label names', () => {
    const seen = observation({
      pods: [aWaitingPod('p', { labels: { 'smartscale/pool': 'batch' } }), aWaitingPod('q')],
    });
    expect(unplacedPods(seen, 'batch').map((pod) => pod.name)).toEqual(['p']);
  });
});

describe('what an empty new node offers', () => {
  const shape = aPolicy().node;

  it('is what the configuration says when no node of the pool runs a DaemonSet', () => {
    expect(newNode('workers', shape, observation()).free).toEqual({ cpu: 2, memory: 4 * GIB, pods: 110 });
  });

  it('is less what DaemonSets take on the node of the pool where they take most', () => {
    const daemon = (name: string, node: string, cpu: number) =>
      aPod(name, { node, ownerKind: 'DaemonSet', requests: { cpu, memory: GIB / 4, pods: 1 } });
    const seen = observation({
      nodes: [aNode('i-1'), aNode('i-2'), aNode('other', { pool: 'batch' })],
      pods: [daemon('a', 'i-1', 0.5), daemon('b', 'i-1', 0.25), daemon('a2', 'i-2', 0.5), daemon('x', 'other', 9)],
    });
    expect(newNode('workers', shape, seen).free).toEqual({ cpu: 1.25, memory: 3.5 * GIB, pods: 108 });
  });

  it('does not count what moves or was never placed', () => {
    const seen = observation({
      nodes: [aNode('i-1')],
      pods: [aPod('app', { node: 'i-1' }), aPod('daemon', { ownerKind: 'DaemonSet', node: null })],
    });
    expect(newNode('workers', shape, seen).free).toEqual(shape.allocatable);
  });

  it('carries the label of its pool and those of the configuration', () => {
    const labels = { disk: 'ssd' };
    expect(newNode('batch', { ...shape, labels }, observation()).labels).toEqual({
      'smartscale/pool': 'batch',
      disk: 'ssd',
    });
  });
});

describe('whether a pod fits', () => {
  const node: NodeShape = {
    free: { cpu: 2, memory: 4 * GIB, pods: 2 },
    labels: { 'smartscale/pool': 'workers', disk: 'ssd' },
    taints: [],
  };
  const gpu: Taint = { key: 'gpu', value: 'yes', effect: 'NoSchedule' };

  it.each<[string, Partial<Pod>, Partial<NodeShape>, boolean]>([
    ['exactly as large as the node', { requests: { cpu: 2, memory: 4 * GIB, pods: 1 } }, {}, true],
    ['with a rounding error of a core', { requests: { cpu: 0.1 + 0.2 + 1.7, memory: 1, pods: 1 } }, {}, true],
    ['with too many cores', { requests: { cpu: 2.001, memory: 1, pods: 1 } }, {}, false],
    ['with too many bytes', { requests: { cpu: 1, memory: 4 * GIB + 1, pods: 1 } }, {}, false],
    ['on a node full of pods', {}, { free: { cpu: 2, memory: 4 * GIB, pods: 0 } }, false],
    ['with a nodeSelector that matches', { nodeSelector: { disk: 'ssd' } }, {}, true],
    ['with a nodeSelector for another value', { nodeSelector: { disk: 'hdd' } }, {}, false],
    ['with a nodeSelector for a missing label', { nodeSelector: { zone: 'a' } }, {}, false],
    ['that does not tolerate the taint', {}, { taints: [gpu] }, false],
    ['that tolerates the taint', { tolerations: [{ key: 'gpu', operator: 'Exists' }] }, { taints: [gpu] }, true],
    ['that would rather not be there', {}, { taints: [{ ...gpu, effect: 'PreferNoSchedule' }] }, true],
    ['that must not stay', {}, { taints: [{ ...gpu, effect: 'NoExecute' }] }, false],
    [
      'that tolerates only one of two taints',
      { tolerations: [{ key: 'gpu', operator: 'Exists' }] },
      { taints: [gpu, { key: 'other', effect: 'NoSchedule' }] },
      false,
    ],
  ])('a pod %s', (_name, pod, shape, expected) => {
    expect(fits(aPod('p', pod), { ...node, ...shape })).toBe(expected);
  });
});

describe('tolerations', () => {
  const taint: Taint = { key: 'a', value: '1', effect: 'NoSchedule' };

  it.each<[string, Toleration, boolean]>([
    ['same key and value', { key: 'a', operator: 'Equal', value: '1' }, true],
    ['Equal is the default', { key: 'a', value: '1' }, true],
    ['another value', { key: 'a', value: '2' }, false],
    ['no value', { key: 'a' }, false],
    ['another key', { key: 'b', value: '1' }, false],
    ['key exists', { key: 'a', operator: 'Exists' }, true],
    ['another key exists', { key: 'b', operator: 'Exists' }, false],
    ['everything', { operator: 'Exists' }, true],
    ['an empty key exists', { key: '', operator: 'Exists' }, true],
    ['same effect', { key: 'a', value: '1', effect: 'NoSchedule' }, true],
    ['another effect', { key: 'a', value: '1', effect: 'NoExecute' }, false],
    ['everything of another effect', { operator: 'Exists', effect: 'NoExecute' }, false],
  ])('%s', (_name, toleration, expected) => {
    expect(tolerates([toleration], taint)).toBe(expected);
  });

  it('match a taint without a value by an absent value', () => {
    expect(tolerates([{ key: 'a' }], { key: 'a', effect: 'NoSchedule' })).toBe(true);
  });

  it('are enough if one matches', () => {
    expect(tolerates([{ key: 'b' }, { operator: 'Exists' }], taint)).toBe(true);
    expect(tolerates([], taint)).toBe(false);
  });
});
