import type { CompleteObservation, Instance, Node } from '../../webhook/model/observation';
import type { RemovalPolicy } from '../../webhook/model/pool';
import { chooseNode } from '../../webhook/removal/choose-node';
import { surroundingsOf } from '../../webhook/removal/surroundings';
import {
  KEY,
  MINUTE,
  NOW,
  aBudget,
  aNode,
  aPod,
  aPolicy,
  aPoolState,
  aPriceBook,
  anInstance,
  observation,
} from '../support/builders';

const AGO = (minutes: number) => ({ createdAt: NOW - minutes * MINUTE });
const three = (...overrides: readonly Partial<Node>[]) =>
  [1, 2, 3].map((i) => aNode(`i-${i}`, { ...AGO(60), ...overrides[i - 1] }));

function answer(
  policyName: RemovalPolicy['policy'],
  seen: Partial<CompleteObservation>,
  types: readonly Partial<Instance>[] = [],
) {
  const base = aPolicy();
  const policy = aPolicy({
    launch: { ...base.launch, balance: 'zones' },
    removal: { ...base.removal, policy: policyName },
  });
  const nodes = seen.nodes ?? three();
  const instances = nodes.map(({ name }, i) => anInstance(name, types[i]));
  const removal = { key: KEY, state: aPoolState(), policy, now: NOW, prices: aPriceBook() };
  return chooseNode(surroundingsOf(removal, observation({ nodes, instances, ...seen }))).detail;
}

const on = (node: string, overrides = {}) => aPod(`p-${node}`, { node, labels: { app: node }, ...overrides });
const everywhere = ['i-1', 'i-2', 'i-3'];
const zone = (it: string) => ({ labels: { 'topology.kubernetes.io/zone': it } });
const cost = (it: string) => ({ annotations: { 'controller.kubernetes.io/pod-deletion-cost': it } });

it.each<[string, RemovalPolicy['policy'], Partial<CompleteObservation>, readonly Partial<Instance>[], string]>([
  [
    'the emptiest',
    'emptiest',
    { pods: [on('i-1'), on('i-2')] },
    [],
    'i-3: 0 pods to move; goes before i-1, because it has nothing to move',
  ],
  [
    'the fullest zone',
    'emptiest',
    { nodes: three(zone('a'), zone('b'), zone('b')) },
    [],
    'i-2: 0 pods to move; goes before i-3, because it is the first by name',
  ],
  [
    'least to move',
    'emptiest',
    { pods: [on('i-1'), on('i-2'), on('i-3', { requests: { cpu: 0.05, memory: 0, pods: 1 } })] },
    [],
    'i-3: 1 pods to move; goes before i-1, because it has the least to move',
  ],
  [
    'pods without a budget',
    'emptiest',
    { pods: everywhere.map((it) => on(it)), budgets: [aBudget('b', { app: 'i-2' })] },
    [],
    'i-2: 1 pods to move; goes before i-1, because it has the fewest pods without a budget',
  ],
  [
    'deletion cost',
    'emptiest',
    { pods: [on('i-1', cost('5')), on('i-2', cost('-5')), on('i-3', cost('x'))] },
    [],
    'i-2: 1 pods to move; goes before i-3, because it has the cheapest pods to delete',
  ],
  [
    'the oldest',
    'oldest',
    { nodes: three({}, AGO(90)), pods: [on('i-2')] },
    [],
    'i-2: 1 pods to move; goes before i-1, because it is the oldest',
  ],
  [
    'the newest',
    'newest',
    { nodes: three({}, AGO(30)), pods: [on('i-2')] },
    [],
    'i-2: 1 pods to move; goes before i-1, because it is the newest',
  ],
  [
    'the costliest',
    'costliest',
    { pods: [on('i-2')] },
    [{}, { type: 'm6i.large' }, { type: 'unknown' }],
    'i-2: 1 pods to move; goes before i-1, because it costs most',
  ],
])('%s', (...[, policy, seen, types, expected]) => {
  expect(answer(policy, seen, types)).toBe(expected);
});
