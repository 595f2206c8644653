import type { CompleteObservation, DisruptionBudget, Pod } from '../../webhook/model/observation';
import { chooseNode } from '../../webhook/removal/choose-node';
import { objection } from '../../webhook/removal/objection';
import { surroundingsOf } from '../../webhook/removal/surroundings';
import {
  GIB,
  KEY,
  MINUTE,
  NOW,
  aBudget,
  aNode,
  aPod,
  aPolicy,
  aPoolState,
  anInstance,
  observation,
} from '../support/builders';

const WEB = { app: 'web' };
const web = (count: number, overrides: Partial<Pod> = {}) =>
  Array.from({ length: count }, (_, i) => aPod(`web-${i}`, { node: 'i-1', labels: WEB, ...overrides }));

function around(budgets: readonly DisruptionBudget[] | undefined, pods: readonly Pod[], seen = {}) {
  const node = aNode('i-1');
  const world: CompleteObservation = observation({
    nodes: [node, aNode('spare', { pool: 'spare', allocatable: { cpu: 8, memory: 64 * GIB, pods: 110 } })],
    instances: [anInstance('i-1')],
    pods,
    ...(budgets && { budgets }),
    ...seen,
  });
  return { node, it: surroundingsOf({ key: KEY, state: aPoolState(), policy: aPolicy(), now: NOW }, world) };
}

function whyNot(budgets: readonly DisruptionBudget[], pods: readonly Pod[]): string | null {
  const { node, it } = around(budgets, pods);
  const against = objection(node, it);
  expect(against?.reason ?? 'blocked-by-disruption-budget').toBe('blocked-by-disruption-budget');
  return against?.why ?? null;
}

describe('a node', () => {
  it.each<[string, readonly DisruptionBudget[], readonly Pod[]]>([
    ['no budget', [], web(3)],
    ['a budget that lets its pod go', [aBudget('b', WEB)], web(1)],
    ['a budget of another namespace', [aBudget('b', WEB, { namespace: 'other', disruptionsAllowed: 0 })], web(1)],
    ['a budget of other pods', [aBudget('b', { app: 'db' }, { disruptionsAllowed: 0 })], web(1)],
    ['a budget that selects nothing', [aBudget('b', {}, { selector: null, disruptionsAllowed: 0 })], web(1)],
    [
      'a used up budget of pods that are not Ready, which spares them',
      [aBudget('b', WEB, { disruptionsAllowed: 0, sparesUnready: true })],
      web(1, { ready: false }),
    ],
    [
      'a used up budget of pods that are not Ready, which has what it wants',
      [aBudget('b', WEB, { disruptionsAllowed: 0, currentHealthy: 2 })],
      web(1, { ready: false }),
    ],
    [
      'a used up budget of pods that do not run yet',
      [aBudget('b', WEB, { disruptionsAllowed: 0 })],
      web(1, { phase: 'Pending' }),
    ],
    [
      'a used up budget of pods that go already',
      [aBudget('b', WEB, { disruptionsAllowed: 0 })],
      web(1, { terminating: true }),
    ],
    [
      'a used up budget of a DaemonSet, whose pods stay',
      [aBudget('b', WEB, { disruptionsAllowed: 0 })],
      web(1, { ownerKind: 'DaemonSet' }),
    ],
    ['as many rounds as fit into a drain', [aBudget('b', WEB)], web(15)],
    ['two at a time, of which twice as many fit', [aBudget('b', WEB, { disruptionsAllowed: 2 })], web(30)],
  ])('with %s may go', (_name, budgets, pods) => {
    expect(whyNot(budgets, pods)).toBeNull();
  });

  it.each<[string, readonly DisruptionBudget[], readonly Pod[], string]>([
    [
      'a used up budget',
      [aBudget('b', WEB, { disruptionsAllowed: 0 })],
      web(1),
      'budget b of pod default/web-0 allows no disruption',
    ],
    [
      'a used up budget over everything',
      [aBudget('b', {}, { disruptionsAllowed: 0 })],
      web(1),
      'budget b of pod default/web-0 allows no disruption',
    ],
    [
      'a used up budget of pods that are not Ready, which has too few',
      [aBudget('b', WEB, { disruptionsAllowed: 0, currentHealthy: 1 })],
      web(1, { ready: false }),
      'budget b of pod default/web-0 allows no disruption',
    ],
    [
      'a used up budget that wants none, of pods that are not Ready',
      [aBudget('b', WEB, { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0 })],
      web(1, { ready: false }),
      'budget b of pod default/web-0 allows no disruption',
    ],
    [
      'two budgets on one pod',
      [aBudget('a', WEB), aBudget('b', {})],
      web(1),
      'pod default/web-0 has two budgets, a and b: nobody may evict it',
    ],
    [
      'a budget that has just changed',
      [aBudget('b', WEB, { isCurrent: false })],
      web(1),
      'budget b of pod default/web-0 has changed and was not worked out anew yet',
    ],
    [
      'more rounds than fit into a drain',
      [aBudget('b', WEB)],
      web(16),
      'budget b lets go 1 of 16 pods at a time, pod default/web-0 among them: 16 rounds are longer than a drain may take',
    ],
  ])('with %s may not', (_name, budgets, pods, why) => {
    expect(whyNot(budgets, pods)).toBe(why);
  });
});

describe('choosing', () => {
  it('says that a budget blocks, and which pod', () => {
    const { it: blocked } = around([aBudget('b', WEB, { disruptionsAllowed: 0 })], web(1));
    expect(chooseNode(blocked)).toEqual({
      node: null,
      reason: 'blocked-by-disruption-budget',
      detail: 'i-1: budget b of pod default/web-0 allows no disruption',
    });
  });

  it('takes no node while budgets or claims could not be read', () => {
    const faults = [
      { code: 'kubernetes-forbidden' as const, retryable: false, message: 'list disruption budgets: forbidden' },
    ];
    const unknown = {
      node: null,
      reason: 'unknown-state',
      detail: 'disruption budgets or claims could not be read: list disruption budgets: forbidden',
    };
    expect(chooseNode(around([], [], { budgets: undefined, faults }).it)).toEqual(unknown);
    expect(chooseNode(around([], web(1, { claims: ['data'] }), { claims: undefined, faults }).it)).toEqual(unknown);
    expect(chooseNode(around([], web(1), { claims: undefined, faults }).it)).toMatchObject({ node: { name: 'i-1' } });
  });
});

test('a round is as long as the pool says', () => {
  const policy = aPolicy({ removal: { ...aPolicy().removal, evictionRound: 5 * MINUTE } });
  const seen = observation({
    nodes: [aNode('i-1')],
    instances: [anInstance('i-1')],
    pods: web(4),
    budgets: [aBudget('b', WEB)],
  });
  const it = surroundingsOf({ key: KEY, state: aPoolState(), policy, now: NOW }, seen);
  expect(objection(aNode('i-1'), it)).toMatchObject({ reason: 'blocked-by-disruption-budget' });
});
