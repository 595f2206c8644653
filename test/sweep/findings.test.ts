import { TAGS } from '../../webhook/model/names';
import type { CompleteObservation, Instance, InstanceState, Node } from '../../webhook/model/observation';
import type { Operation } from '../../webhook/model/operation';
import { findings, isPlausible } from '../../webhook/sweep/findings';
import {
  MINUTE,
  NOW,
  aDrain,
  aLaunchedScaleUp,
  aMarkedNode,
  aNode,
  aScaleUp,
  anInstance,
  observation,
  workers,
} from '../support/builders';

const AGE = 15 * MINUTE;

function found(seen: CompleteObservation, ...operations: readonly Operation[]): readonly string[] {
  const orphanAge = new Map([['workers', AGE]]);
  return findings({ cluster: 'shop', seen, operations, orphanAge, now: NOW }).map((it) => it.id);
}

const instance = (overrides: Partial<Instance> = {}, nodes: readonly Node[] = []) =>
  observation({ instances: [anInstance('i-9', { launchedAt: NOW - AGE, ...overrides })], nodes });
const byOperation = { tags: { [TAGS.operation]: 'op' } };

describe('an orphan', () => {
  it('is an instance of ours, old enough, without a Node, that no open operation names', () => {
    expect(found(instance())).toEqual(['orphan/i-9']);
    expect(found(instance(byOperation))).toEqual(['orphan/i-9']);
    expect(found(instance(byOperation), aScaleUp('op', { phase: 'rolled-back' }))).toEqual(['orphan/i-9']);
  });

  it.each<InstanceState>(['pending', 'running', 'stopping', 'stopped'])('may be %s', (state) => {
    expect(found(instance({ state }))).toEqual(['orphan/i-9']);
  });

  it.each<[string, CompleteObservation]>([
    ['younger', instance({ launchedAt: NOW - AGE + 1 })],
    ['of another cluster', instance({ tags: { [TAGS.cluster]: 'other' } })],
    ['of a pool that is not configured', instance({ tags: { [TAGS.pool]: 'other' } })],
    ['permanent', instance({ tags: { [TAGS.permanent]: 'true' } })],
    ['shutting down', instance({ state: 'shutting-down' })],
    ['terminated', instance({ state: 'terminated' })],
    ['a Ready node', instance({}, [aNode('i-9')])],
    ['a NotReady node', instance({}, [aNode('i-9', { ready: false })])],
    ['a cordoned node', instance({}, [aNode('i-9', { cordoned: true })])],
    ['a node of no pool', instance({}, [aNode('i-9', { pool: null })])],
  ])('is not one that is %s', (_name, seen) => {
    expect(found(seen)).toEqual([]);
  });

  it('is not one that an open operation names, by id or by tag', () => {
    expect(found(instance(), aLaunchedScaleUp('op', ['i-9']))).toEqual([]);
    expect(found(instance(byOperation), aScaleUp('op', { phase: 'launching' }))).toEqual([]);
    expect(found(instance(), aDrain('down', 'i-9', { phase: 'terminating' }))).toEqual([]);
  });
});

describe('a dead Node', () => {
  const dead = (overrides: Partial<Node> = {}, instances: readonly Instance[] = []) =>
    observation({ nodes: [aNode('i-9', { ready: false, ...overrides })], instances });

  it('is one that is not Ready and whose instance EC2 does not list, or lists as ended', () => {
    expect(found(dead())).toEqual(['dead-node/uid-i-9']);
    expect(found(dead({}, [anInstance('i-9', { state: 'terminated' })]))).toEqual(['dead-node/uid-i-9']);
  });

  it.each<[string, CompleteObservation]>([
    ['Ready', dead({ ready: true })],
    ['of another pool', dead({ pool: 'other' })],
    ['of no pool', dead({ pool: null })],
    ['of the control plane', dead({ controlPlane: true })],
    ['not on an instance', dead({ instanceId: null })],
    ['permanent', dead({ labels: { 'smartscale/permanent': 'true' } })],
    ['on an instance that lives', dead({}, [anInstance('i-9')])],
    ['on a stopped instance', dead({}, [anInstance('i-9', { state: 'stopped' })])],
  ])('is not one that is %s', (_name, seen) => {
    expect(found(seen)).toEqual([]);
  });

  it('is not one that an open operation is about', () => {
    expect(found(dead(), aDrain('down', 'i-9', { phase: 'terminating' }))).toEqual([]);
    expect(found(dead(), aLaunchedScaleUp('up', ['i-9']))).toEqual([]);
  });
});

describe('a stale mark', () => {
  const marked = workers(1, { nodes: [aMarkedNode('i-1', 'op')] });

  it('is one of an operation that is closed or unknown', () => {
    expect(found(marked)).toEqual(['stale-mark/uid-i-1/op']);
    expect(found(marked, aDrain('op', 'i-1', { phase: 'rolled-back' }))).toEqual(['stale-mark/uid-i-1/op']);
    expect(found(marked, aDrain('other', 'i-1'))).toEqual(['stale-mark/uid-i-1/op']);
  });

  it('is not one of an open operation', () => {
    expect(found(marked, aDrain('op', 'i-1', { phase: 'cordoned' }))).toEqual([]);
  });

  it('is never the cordon of a person', () => {
    expect(found(workers(1, { nodes: [aNode('i-1', { cordoned: true })] }))).toEqual([]);
  });
});

describe('how much may go at once', () => {
  it.each([
    [0, 0, true],
    [1, 0, true],
    [1, 3, true],
    [2, 9, false],
    [2, 10, true],
    [3, 14, false],
    [3, 15, true],
    [20, 99, false],
  ])('%i of %i: %s', (removals, size, plausible) => {
    expect(isPlausible(removals, size)).toBe(plausible);
  });
});
