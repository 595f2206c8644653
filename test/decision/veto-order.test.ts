import type { DecisionContext } from '../../webhook/decision/case';
import { decide } from '../../webhook/decision/decide';
import { podSetOf } from '../../webhook/decision/pod-set';
import { EARLY_RULES, MAX_OPEN_OPERATIONS, RULES } from '../../webhook/decision/vetoes';
import { VETOES, type Intent, type Veto } from '../../webhook/model/decision';
import type { Operation } from '../../webhook/model/operation';
import {
  MINUTE,
  NOW,
  SECOND,
  aContext,
  aDownIntent,
  aDrain,
  aPause,
  aPolicy,
  aPoolState,
  aScaleUp,
  anIntent,
  blindness,
  total,
  workers,
} from '../support/builders';
import { state, pods, backoff, failing, drains, overBudget, keeping } from './support/situations';

/**
 * Each entry makes one veto apply and touches nothing that the others read, so that any two can be laid over each other.
 */
type Trouble = (into: Fixture) => void;
interface Fixture {
  intent: Intent;
  context: DecisionContext;
}

function edit(fixture: Fixture, intent: Partial<Intent>, context: Partial<DecisionContext> = {}): void {
  fixture.intent = { ...fixture.intent, ...intent };
  fixture.context = { ...fixture.context, ...context };
}
function editState(fixture: Fixture, overrides: Parameters<typeof aPoolState>[1]): void {
  edit(fixture, {}, { state: { ...fixture.context.state, ...overrides } });
}
function open(fixture: Fixture, ...operations: readonly Operation[]): void {
  const added = Object.fromEntries(operations.map((it) => [it.id, it]));
  editState(fixture, { operations: { ...fixture.context.state.operations, ...added } });
}

const UP_TROUBLES: readonly (readonly [Veto, Trouble])[] = [
  ['paused', (it) => editState(it, { pauses: { up: aPause() } })],
  ['invalid-intent', (it) => edit(it, { wish: { kind: 'invalid', text: 'many' } })],
  ['unknown-state', (it) => edit(it, {}, { observation: blindness() })],
  ['enough', (it) => edit(it, { wish: total(0) })],
  ['already-in-flight', (it) => open(it, aScaleUp('up', { planned: 0, phase: 'rolling-back' }))],
  [
    'circuit-open',
    (it) => {
      edit(it, {}, { policy: { ...it.context.policy, circuit: { opensAfter: 1, openFor: MINUTE } } });
      editState(it, failing(NOW + MINUTE));
    },
  ],
  ['cooling-down', (it) => editState(it, { upClosedAt: NOW - SECOND })],
  ['backing-off', (it) => editState(it, backoff(NOW + MINUTE))],
  ['at-max', (it) => edit(it, {}, { policy: { ...it.context.policy, max: 1 } })],
  ['over-budget', (it) => edit(it, {}, overBudget(it.context.policy))],
  ['pending-pods-do-not-fit', (it) => edit(it, { forPods: true })],
  ['too-many-open', (it) => open(it, ...terminating(MAX_OPEN_OPERATIONS))],
];

const DOWN_TROUBLES: readonly (readonly [Veto, Trouble])[] = [
  ['paused', (it) => editState(it, { pauses: { down: aPause() } })],
  ['invalid-intent', (it) => edit(it, { wish: { kind: 'invalid', text: 'few' } })],
  ['unknown-state', (it) => edit(it, {}, { observation: blindness() })],
  ['scale-up-firing', (it) => edit(it, {}, { upFiring: ['HighCpu'] })],
  ['pipeline-silent', (it) => edit(it, {}, { pipelineSilent: 'no Alertmanager answers' })],
  ['enough', (it) => edit(it, { wish: total(900) })],
  ['already-in-flight', (it) => open(it, aScaleUp('up', { planned: 0, phase: 'rolling-back' }))],
  ['cooling-down', (it) => editState(it, { closedAt: NOW - SECOND })],
  ['at-min', (it) => edit(it, {}, { policy: { ...it.context.policy, min: 900 } })],
  ['no-candidate', (it) => edit(it, {}, { policy: keeping(it.context.policy, 2000 * MINUTE) })],
];

function terminating(count: number): readonly Operation[] {
  return Array.from({ length: count }, (_, i) =>
    aDrain(`d${i}`, `gone-${i}`, { phase: 'terminating', deadline: null }),
  );
}

function pairs<T>(list: readonly T[]): [T, T][] {
  return list.flatMap((first, i) => list.slice(i + 1).map((second): [T, T] => [first, second]));
}

describe('the order of the vetoes', () => {
  it('is the order of the list that everything else shows', () => {
    const rules = [...EARLY_RULES.map(([veto]) => veto), ...RULES.map(([veto]) => veto)];
    expect(rules).toEqual(VETOES.filter((veto) => rules.includes(veto)));
  });

  const cases = (troubles: readonly (readonly [Veto, Trouble])[], base: () => Fixture) =>
    pairs(troubles).map(([[first, earlier], [second, later]]) => ({ first, second, earlier, later, base }));

  const up = () => ({ intent: anIntent({ wish: total(5) }), context: aContext() });
  const down = () => ({
    intent: aDownIntent({ wish: total(0) }),
    context: aContext({ observation: workers(5), policy: aPolicy({ maxConcurrentDrains: 500 }) }),
  });

  it.each([...cases(UP_TROUBLES, up), ...cases(DOWN_TROUBLES, down)])(
    '$first wins over $second',
    ({ first, second, earlier, later, base }) => {
      const alone = base();
      later(alone);
      expect(decide(alone.intent, alone.context).reason).toBe(second);
      const both = base();
      later(both);
      earlier(both);
      expect(decide(both.intent, both.context).reason).toBe(first);
    },
  );

  it('puts pods that do not fit before pods that were not helped', () => {
    const served = state({ servedPods: { podSet: podSetOf([]), at: NOW - MINUTE } });
    expect(decide(anIntent({ forPods: true }), aContext(served)).reason).toBe('pending-pods-do-not-fit');
  });

  it('puts pods that were not helped before too many open operations', () => {
    const context = aContext({
      observation: pods('p1'),
      policy: aPolicy({ max: 1000 }),
      state: aPoolState(drains(MAX_OPEN_OPERATIONS), { servedPods: { podSet: podSetOf(['p1']), at: NOW - MINUTE } }),
    });
    expect(decide(anIntent({ forPods: true, wish: total(300) }), context).reason).toBe('did-not-help');
  });
});
