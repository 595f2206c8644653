import type { Pod } from '../../webhook/model/observation';
import { chooseNode } from '../../webhook/removal/choose-node';
import { isOnItsWay, missingPods } from '../../webhook/removal/pods-on-their-way';
import { surroundingsOf } from '../../webhook/removal/surroundings';
import {
  KEY,
  MINUTE,
  NOW,
  SECOND,
  aNode,
  aPod,
  aPolicy,
  aPoolState,
  anInstance,
  observation,
} from '../support/builders';

const OWNER = { ownerUid: 'uid-web' };
const around = (pods: readonly Pod[]) =>
  surroundingsOf({ key: KEY, state: aPoolState(), policy: aPolicy(), now: NOW }, observation({ pods }));

/** Told to go so many seconds ago. */
function evicted(name: string, ago = 10, overrides: Partial<Pod> = {}): Pod {
  const deletionAt = NOW - ago * SECOND + 30 * SECOND;
  return aPod(name, { node: 'i-9', terminating: true, deletionAt, ...OWNER, ...overrides });
}

const created = (name: string, ago: number, overrides: Partial<Pod> = {}) =>
  aPod(name, { node: 'i-1', createdAt: NOW - ago * SECOND, ...OWNER, ...overrides });

describe('a pod that is being evicted keeps room', () => {
  it.each<[string, readonly string[], readonly Pod[]]>([
    ['while its owner has created no other', ['a'], [evicted('a'), created('old', 600)]],
    ['not once it has', [], [evicted('a'), created('new', 5)]],
    ['if one was created for two', ['b'], [evicted('a'), evicted('b'), created('new', 5)]],
    ['not for one that another owner created', ['a'], [evicted('a'), created('new', 5, { ownerUid: 'uid-other' })]],
    ['not for one that is going itself', ['a', 'b'], [evicted('a'), evicted('b', 8)]],
    ['for two minutes', ['a'], [evicted('a', 120)]],
    ['no longer', [], [evicted('a', 121)]],
    ['not when nobody creates another: a bare one', [], [evicted('a', 10, { ownerUid: undefined as never })]],
    ['not of a job, which may be done', [], [evicted('a', 10, { ownerKind: 'Job' })]],
    ['not of a DaemonSet, whose pods belong to their nodes', [], [evicted('a', 10, { ownerKind: 'DaemonSet' })]],
    ['not when it was never placed', [], [evicted('a', 10, { node: null, phase: 'Pending' })]],
  ])('%s', (_when, names, pods) => {
    expect(missingPods(around(pods)).map(({ name }) => name)).toEqual(names);
  });
});

it.each<[string, boolean, Partial<Pod>]>([
  ['that nobody has placed yet', true, {}],
  ['that has a node', false, { node: 'i-1' }],
  ['that somebody holds back', false, { gated: true }],
  ['that is going', false, { terminating: true }],
  ['of a DaemonSet', false, { ownerKind: 'DaemonSet' }],
])('a pending pod %s is on its way: %s', (_which, answer, overrides) => {
  expect(isOnItsWay(aPod('a', { phase: 'Pending', ...overrides }))).toBe(answer);
});

it('no node goes whose pods would take the room of those that are coming', () => {
  const cpus = (cpu: number) => ({ requests: { cpu, memory: 1, pods: 1 } });
  const nodes = ['i-1', 'i-2'].map((name) => aNode(name));
  const choose = (pods: readonly Pod[]) => {
    const seen = observation({ nodes, instances: nodes.map(({ name }) => anInstance(name)), pods });
    return chooseNode(surroundingsOf({ key: KEY, state: aPoolState(), policy: aPolicy(), now: NOW }, seen));
  };
  const running = [aPod('a', { node: 'i-1', ...cpus(1.2) }), aPod('b', { node: 'i-2', ...cpus(0.6) })];
  expect(choose(running).node?.name).toBe('i-2');
  // Evicted from a node of somebody else, and to come back here.
  expect(choose([...running, evicted('c', 10, cpus(0.6))])).toMatchObject({ reason: 'pods-do-not-fit-elsewhere' });
  expect(choose([...running, evicted('c', (3 * MINUTE) / SECOND, cpus(0.6))]).node?.name).toBe('i-2');
});
