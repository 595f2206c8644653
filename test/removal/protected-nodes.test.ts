import type { Claim, CompleteObservation, Node, Pod } from '../../webhook/model/observation';
import type { Operation } from '../../webhook/model/operation';
import type { RemovalPolicy } from '../../webhook/model/pool';
import { chooseNode } from '../../webhook/removal/choose-node';
import { surroundingsOf } from '../../webhook/removal/surroundings';
import {
  KEY,
  MINUTE,
  NOW,
  aDrain,
  aNode,
  aPod,
  aPolicy,
  aPoolState,
  aWaitingPod,
  anInstance,
  observation,
} from '../support/builders';

const ZONE = 'topology.kubernetes.io/zone';
const inZone = (zone: string, name: string, overrides: Partial<Node> = {}) =>
  aNode(name, { labels: { 'smartscale/pool': KEY.pool, [ZONE]: zone }, ...overrides });
const dataIn = (zone: string): Claim => ({
  namespace: 'default',
  name: 'data',
  volume: 'pv',
  nodes: [{ labels: [{ key: ZONE, operator: 'In', values: [zone] }], fields: [] }],
});

function seen(nodes: readonly Node[], pods: readonly Pod[] = [], claims: readonly Claim[] = []): CompleteObservation {
  return observation({ nodes, instances: nodes.map(({ name }) => anInstance(name)), pods, claims });
}

function choose(
  world: CompleteObservation,
  removal: Partial<RemovalPolicy> = {},
  operations: readonly Operation[] = [],
) {
  const policy = aPolicy({ removal: { ...aPolicy().removal, ...removal } });
  return chooseNode(surroundingsOf({ key: KEY, state: aPoolState(operations), policy, now: NOW }, world));
}

it('never takes the node that SmartScale runs on', () => {
  const world = seen([aNode('i-1')]);
  expect(choose(world, { hostNode: 'i-1' }).detail).toBe('i-1: is the node that SmartScale runs on');
  expect(choose(world, { hostNode: 'i-2' }).node?.name).toBe('i-1');
});

it.each([
  [5 * MINUTE - 1, null],
  [5 * MINUTE, 'i-1'],
  [-MINUTE, 'i-1'],
])('takes a node that is %i ms old: %s', (age, name) => {
  expect(choose(seen([aNode('i-1', { createdAt: NOW - age })])).node?.name ?? null).toBe(name);
});

it('leaves every zone its least', () => {
  const world = seen([inZone('a', 'i-1'), inZone('a', 'i-2'), inZone('b', 'i-3')]);
  expect(choose(world, { minPerZone: 1 }).node?.name).toBe('i-1');
  expect(choose(world, { minPerZone: 2 })).toMatchObject({
    node: null,
    detail: expect.stringContaining('i-1: would leave 1 nodes in zone a, minPerZone is 2') as string,
  });
});

it('does not take the last Ready node of a zone in which a pod has its volume, even one that waits', () => {
  const nodes = [inZone('a', 'i-1'), inZone('b', 'i-2', { createdAt: NOW })];
  const running = aPod('db', { node: 'i-1', claims: ['data'] });
  const waiting = aPod('db', { phase: 'Pending', claims: ['data'] });
  const why = 'i-1: is the last Ready node in zone a, where pod default/db has its volume data';
  for (const pod of [running, waiting]) expect(choose(seen(nodes, [pod], [dataIn('a')])).detail).toContain(why);
  expect(choose(seen(nodes, [waiting], [dataIn('b')])).node?.name).toBe('i-1');
  const another = [...nodes, inZone('a', 'i-3', { createdAt: NOW })];
  expect(choose(seen(another, [running], [dataIn('a')])).node?.name).toBe('i-1');
});

it('does not take two nodes of a zone at once where there are several', () => {
  const others = [inZone('b', 'i-3', { createdAt: NOW })];
  const nodes = [inZone('a', 'i-1'), inZone('a', 'i-2')];
  const drain = [aDrain('other', 'i-1')];
  expect(choose(seen([...nodes, ...others]), {}, drain).detail).toContain(
    'i-2: is in zone a, where another node is being drained',
  );
  expect(choose(seen(nodes), {}, drain).node?.name).toBe('i-2');
});

it('does not take a node that a waiting pod would fit on', () => {
  const world = seen([aNode('i-1')], [aWaitingPod('new')]);
  expect(choose(world).detail).toBe('i-1: is what pod default/new waits for');
  expect(
    choose(seen([aNode('i-1')], [aWaitingPod('new', { requests: { cpu: 3, memory: 1, pods: 1 } })])).node?.name,
  ).toBe('i-1');
});
