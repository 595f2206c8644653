import type { DecisionContext } from '../../webhook/decision/case';
import { decide, decideAll } from '../../webhook/decision/decide';
import { belowMinimum } from '../../webhook/decision/intent';
import { podSetOf } from '../../webhook/decision/pod-set';
import { EARLY_RULES, MAX_OPEN_OPERATIONS, RULES } from '../../webhook/decision/vetoes';
import { VETOES, type Intent, type Veto } from '../../webhook/model/decision';
import type { Operation } from '../../webhook/model/operation';
import { DAYS, type PoolPolicy } from '../../webhook/model/pool';
import type { Budget, Spending } from '../../webhook/model/spending';
import {
  GIB,
  MINUTE,
  NOW,
  SECOND,
  aContext,
  aDownIntent,
  aDrain,
  aLaunchedScaleUp,
  aPause,
  aPolicy,
  aPoolState,
  aScaleDown,
  aScaleUp,
  aSilence,
  aSpending,
  aWaitingPod,
  anInstance,
  anIntent,
  blindness,
  observation,
  together,
  total,
  workers,
} from '../support/builders';

type Accepted = 'accepted';
type Row = [situation: string, reason: Veto | Accepted, intent: Partial<Intent>, context: Partial<DecisionContext>];

const state = (overrides: Parameters<typeof aPoolState>[1], operations: readonly Operation[] = []) => ({
  state: aPoolState(operations, overrides),
});
const policy = (overrides: Partial<PoolPolicy>) => ({ policy: aPolicy(overrides) });
const pods = (...uids: string[]) =>
  together(workers(2), observation({ pods: uids.map((uid) => aWaitingPod(uid, { uid })) }));
const backoff = (until: number) => ({ backoff: { failures: 2, until } });
const failing = (until: number) => ({ backoff: { failures: 3, until, cause: 'ec2-quota' } });
const drains = (count: number) => Array.from({ length: count }, (_, i) => aScaleDown(`d${i}`, { cancelledBy: 'x' }));

const budgeted = (budget: Budget, spending: Partial<Spending> = {}) => ({
  ...policy({ budget }),
  spending: aSpending(spending),
});
const overBudget = (of: PoolPolicy) => ({ policy: { ...of, budget: { perMonth: 5 } }, spending: aSpending() });
const exchanging = aScaleUp('up', { replaces: { instanceId: 'i-1' } });

const UP: readonly Row[] = [
  ['one more node is within the hourly budget', 'accepted', {}, budgeted({ perHour: 0.3 })],
  ['one more node is a cent over it', 'over-budget', {}, budgeted({ perHour: 0.29 })],
  ['the month has some left', 'accepted', {}, budgeted({ perMonth: 5.01 })],
  ['the month is spent', 'over-budget', {}, budgeted({ perMonth: 5 })],
  ['one of two budgets is spent', 'over-budget', {}, budgeted({ perHour: 9, perMonth: 4 })],
  ['a running instance has no price', 'accepted', {}, budgeted({ perHour: 0.1 }, { unpriced: 1 })],
  ['a new node has no price', 'accepted', {}, budgeted({ perHour: 0.1 }, { nextNode: null })],
  ['the month is not counted', 'accepted', {}, budgeted({ perMonth: 1 }, { month: null })],
  ['nothing is known of money', 'accepted', {}, { ...policy({ budget: { perHour: 0.1 } }), spending: null }],
  [
    'the alert asks for no more than the minimum',
    'accepted',
    {},
    { ...budgeted({ perHour: 0.1 }), policy: aPolicy({ min: 3, budget: { perHour: 0.1 } }) },
  ],
  [
    'a drain can be taken back',
    'accepted',
    {},
    { ...budgeted({ perHour: 0.1 }), ...state({}, [aDrain('down', 'i-1')]) },
  ],

  ['nothing stands against it', 'accepted', {}, {}],
  ['growing is paused until resumed', 'paused', {}, state({ pauses: { up: aPause() } })],
  ['growing is paused a while longer', 'paused', {}, state({ pauses: { up: aPause({ until: NOW + 1 }) } })],
  ['the pause ends now', 'accepted', {}, state({ pauses: { up: aPause({ until: NOW }) } })],
  ['only shrinking is paused', 'accepted', {}, state({ pauses: { down: aPause() } })],
  ['it fires under a silence', 'paused', { silence: aSilence() }, {}],
  ['the number cannot be read', 'invalid-intent', { wish: { kind: 'invalid', text: 'NaN' } }, {}],
  ['the world is not seen', 'unknown-state', {}, { observation: blindness() }],
  ['an up alert fires', 'accepted', {}, { upFiring: ['HighCpu'] }],
  ['the pipeline is silent', 'accepted', {}, { pipelineSilent: 'no Alertmanager answers' }],
  ['the pool has one less', 'accepted', { wish: total(3) }, {}],
  ['the pool has as many', 'enough', { wish: total(2) }, {}],
  ['the pool has more', 'enough', { wish: total(1) }, {}],
  ['a fraction of a node is missing', 'accepted', { wish: total(2.1) }, {}],
  ['a scale-up is open', 'already-in-flight', { wish: total(5) }, state({}, [aScaleUp('up')])],
  ['only an exchange for spot is open', 'accepted', { wish: total(5) }, state({}, [exchanging])],
  [
    'an exchange for spot found none',
    'accepted',
    { wish: total(5) },
    state({}, [{ ...exchanging, phase: 'rolling-back', attempt: 1, settled: 1 }]),
  ],
  ['an open scale-up brings it already', 'enough', { wish: total(3), urgent: true }, state({}, [aScaleUp('up')])],
  [
    'it is urgent and the last top-up is far enough away',
    'accepted',
    { wish: total(5), urgent: true },
    state({ upAcceptedAt: NOW - 30 * SECOND }, [aScaleUp('up')]),
  ],
  [
    'it is urgent and the last top-up is too near',
    'already-in-flight',
    { wish: total(5), urgent: true },
    state({ upAcceptedAt: NOW - 30 * SECOND + 1 }, [aScaleUp('up')]),
  ],
  [
    'it is urgent and the open scale-up rolls back',
    'already-in-flight',
    { wish: total(5), urgent: true },
    state({}, [aScaleUp('up', { phase: 'rolling-back', reason: 'join-deadline' })]),
  ],
  [
    'it is urgent and EC2 has refused the open scale-up',
    'already-in-flight',
    { wish: total(5), urgent: true },
    state({}, [aScaleUp('up', { phase: 'launching', answered: true, planned: 0, instances: [] })]),
  ],
  [
    'it is a step beside an open scale-up',
    'already-in-flight',
    { wish: { kind: 'step' } },
    state({}, [aScaleUp('up')]),
  ],
  [
    'it is an urgent step beside an open scale-up',
    'already-in-flight',
    { wish: { kind: 'step' }, urgent: true },
    state({}, [aScaleUp('up')]),
  ],
  [
    'it is a step beside an open drain',
    'already-in-flight',
    { wish: { kind: 'step' } },
    state({}, [aScaleDown('down')]),
  ],
  ['it is a step and nothing is open', 'accepted', { wish: { kind: 'step' } }, {}],
  ['a scale-up closed just inside the cooldown', 'cooling-down', {}, state({ upClosedAt: NOW - 300 * SECOND + 1 })],
  ['the cooldown ends now', 'accepted', {}, state({ upClosedAt: NOW - 300 * SECOND })],
  ['it is urgent inside the cooldown', 'accepted', { urgent: true }, state({ upClosedAt: NOW - SECOND })],
  ['only a scale-down closed', 'accepted', {}, state({ closedAt: NOW - SECOND })],
  ['launches failed and the back-off runs', 'backing-off', { urgent: true }, state(backoff(NOW + 1))],
  ['the back-off ends now', 'accepted', {}, state(backoff(NOW))],
  ['the longest back-off, by a clock 2 s ahead of ours', 'backing-off', {}, state(backoff(NOW + 30 * MINUTE + 2000))],
  ['the back-off ends later than any can: the clock was set back', 'accepted', {}, state(backoff(NOW + 32 * MINUTE))],
  ['so many launches failed that the circuit is open', 'circuit-open', { urgent: true }, state(failing(NOW + 1))],
  ['the circuit was open until now', 'accepted', {}, state(failing(NOW))],
  [
    'the circuit is open and a drain can be taken back',
    'accepted',
    {},
    state(failing(NOW + 1), [aDrain('down', 'i-2')]),
  ],
  [
    'the node that is to show whether launches work is under way',
    'circuit-open',
    { wish: total(5), urgent: true },
    state(failing(NOW), [aScaleUp('probe')]),
  ],
  [
    'the back-off runs, but a drain can be taken back',
    'accepted',
    { wish: total(4) },
    state(backoff(NOW + 1), [aDrain('down', 'i-2')]),
  ],
  ['max is reached', 'at-max', {}, policy({ max: 2 })],
  ['max leaves room for one', 'accepted', {}, policy({ max: 3 })],
  [
    'max is reached, but a drain can be taken back',
    'accepted',
    {},
    { ...policy({ max: 2 }), ...state({}, [aDrain('down', 'i-2')]) },
  ],
  [
    'max is reached and the drain has passed the point of no return',
    'at-max',
    {},
    { ...policy({ max: 2 }), ...state({}, [aDrain('down', 'i-2', { phase: 'terminating' })]) },
  ],
  ['people have brought the pool above max', 'at-max', {}, policy({ max: 1 })],
  ['a pod waits that fits a new node', 'accepted', { forPods: true }, { observation: pods('p1') }],
  ['no pod waits any more', 'pending-pods-do-not-fit', { forPods: true }, {}],
  [
    'the waiting pod is larger than a node',
    'pending-pods-do-not-fit',
    { forPods: true },
    {
      observation: together(
        workers(2),
        observation({ pods: [aWaitingPod('huge', { requests: { cpu: 2.1, memory: GIB, pods: 1 } })] }),
      ),
    },
  ],
  [
    'the same pods were served a minute ago',
    'did-not-help',
    { forPods: true },
    { observation: pods('p1'), ...state({ servedPods: { podSet: podSetOf(['p1']), at: NOW - 60 * SECOND } }) },
  ],
  [
    'the same pods were served just now',
    'accepted',
    { forPods: true },
    { observation: pods('p1'), ...state({ servedPods: { podSet: podSetOf(['p1']), at: NOW - 60 * SECOND + 1 } }) },
  ],
  [
    'other pods were served',
    'accepted',
    { forPods: true },
    { observation: pods('p1', 'p2'), ...state({ servedPods: { podSet: podSetOf(['p1']), at: NOW - 60 * MINUTE } }) },
  ],
  [
    'it is not for pods although the same pods were served',
    'accepted',
    {},
    { observation: pods('p1'), ...state({ servedPods: { podSet: podSetOf(['p1']), at: NOW - 60 * MINUTE } }) },
  ],
  [
    'a hundred operations are open',
    'too-many-open',
    { wish: total(300) },
    { ...policy({ max: 1000 }), ...state({}, drains(MAX_OPEN_OPERATIONS)) },
  ],
  [
    'ninety-nine operations are open',
    'accepted',
    { wish: total(300) },
    { ...policy({ max: 1000 }), ...state({}, drains(MAX_OPEN_OPERATIONS - 1)) },
  ],
];

function unready(ready: number, not: number): Partial<DecisionContext> {
  const nodes = workers(ready + not).nodes.map((node, i) => ({ ...node, ready: i < ready }));
  return { observation: observation({ nodes }) };
}
function blocked(from: string): PoolPolicy {
  const { removal } = aPolicy();
  return aPolicy({ removal: { ...removal, blockedWindows: [{ days: DAYS, from, to: '13:00', timeZone: 'UTC' }] } });
}

const five = { observation: workers(5) };

const DOWN: readonly Row[] = [
  ['nothing stands against it', 'accepted', {}, five],
  ['shrinking is paused', 'paused', {}, { ...five, ...state({ pauses: { down: aPause() } }) }],
  ['only growing is paused', 'accepted', {}, { ...five, ...state({ pauses: { up: aPause() } }) }],
  ['the number cannot be read', 'invalid-intent', { wish: { kind: 'invalid', text: '' } }, five],
  ['the world is not seen', 'unknown-state', {}, { observation: blindness() }],
  ['an up alert fires', 'scale-up-firing', {}, { ...five, upFiring: ['HighCpu'] }],
  ['the pipeline is silent', 'pipeline-silent', {}, { ...five, pipelineSilent: 'the Watchdog alert is stale' }],
  ['the pool has one more', 'accepted', { wish: total(4) }, five],
  ['the pool has as many', 'enough', { wish: total(5) }, five],
  ['the pool has a fraction of a node more', 'enough', { wish: total(4.1) }, five],
  ['a scale-up is open', 'already-in-flight', {}, { ...five, ...state({}, [aScaleUp('up')]) }],
  ['four of eight nodes of the cluster are not Ready', 'unhealthy-cluster', { wish: total(1) }, unready(4, 4)],
  ['it is the time of a blocked window', 'blocked-window', { wish: total(4) }, { ...five, policy: blocked('12:00') }],
  [
    'as many drains are open as may be',
    'already-in-flight',
    {},
    { ...five, ...state({}, [aDrain('down', 'i-5')]), ...policy({ maxConcurrentDrains: 1 }) },
  ],
  [
    'one more drain may be open',
    'accepted',
    {},
    { ...five, ...state({}, [aDrain('down', 'i-5')]), ...policy({ maxConcurrentDrains: 2 }) },
  ],
  [
    'it is a step beside an open drain',
    'already-in-flight',
    { wish: { kind: 'step' } },
    { ...five, ...state({}, [aDrain('down', 'i-5')]), ...policy({ maxConcurrentDrains: 2 }) },
  ],
  [
    'any operation closed just inside the cooldown',
    'cooling-down',
    {},
    { ...five, ...state({ closedAt: NOW - 600 * SECOND + 1 }) },
  ],
  [
    'urgent does not pass the down cooldown',
    'cooling-down',
    { urgent: true },
    { ...five, ...state({ closedAt: NOW }) },
  ],
  ['the cooldown ends now', 'accepted', {}, { ...five, ...state({ closedAt: NOW - 600 * SECOND }) }],
  ['launches failed and the back-off runs', 'accepted', {}, { ...five, ...state(backoff(NOW + MINUTE)) }],
  ['the pool is above max', 'accepted', {}, { ...five, ...policy({ max: 3 }) }],
  ['min is reached', 'at-min', { wish: total(0) }, { observation: workers(2) }],
  ['one more than min is in service', 'accepted', { wish: total(0) }, { observation: workers(3) }],
  [
    'only a returning node is above min',
    'at-min',
    { wish: total(0) },
    {
      observation: workers(3),
      ...state({}, [aDrain('down', 'i-3', { phase: 'rolling-back' })]),
      ...policy({ maxConcurrentDrains: 5 }),
    },
  ],
];

describe('every veto and both sides of its boundary', () => {
  it.each(UP)('up, when %s: %s', (_situation, reason, intent, context) => {
    expect(decide(anIntent(intent), aContext(context)).reason).toBe(reason);
  });

  it.each(DOWN)('down, when %s: %s', (_situation, reason, intent, context) => {
    expect(decide(aDownIntent(intent), aContext(context)).reason).toBe(reason);
  });

  it('has a row for every veto that decide can give', () => {
    const shown = new Set([...UP, ...DOWN].map(([, reason]) => reason));
    const rules = [...EARLY_RULES.map(([veto]) => veto), ...RULES.map(([veto]) => veto)];
    expect(rules.filter((veto) => !shown.has(veto))).toEqual([]);
  });

  it('says nothing-asked when no alert fires', () => {
    expect(decideAll([], aContext())).toMatchObject({ outcome: 'hold', reason: 'nothing-asked', intent: null });
  });
});

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

describe('what a held decision tells', () => {
  it('names the silence, who made it and until when', () => {
    const { detail } = decide(anIntent({ silence: aSilence() }), aContext());
    expect(detail).toBe('paused by silence silence-1 of ops until 2026-01-05T13:00:00.000Z: release');
  });

  it('names who paused and why', () => {
    const { detail } = decide(anIntent(), aContext(state({ pauses: { up: aPause() } })));
    expect(detail).toBe('paused by ops until resumed: maintenance');
  });

  it('quotes what stood in the annotation, shortened', () => {
    const { detail } = decide(anIntent({ wish: { kind: 'invalid', text: 'x'.repeat(500) } }), aContext());
    expect(detail).toContain(`"${'x'.repeat(80)}"`);
  });

  it('gives both numbers once the world is seen, none before', () => {
    expect(decide(anIntent({ wish: total(2) }), aContext())).toMatchObject({ have: 2, want: 2 });
    expect(decide(anIntent(), aContext({ observation: blindness() }))).toMatchObject({ have: null, want: null });
  });
});

describe('the minimum', () => {
  const minimum = belowMinimum(2, NOW);
  const empty = { observation: observation() };

  it('passes the cooldown', () => {
    expect(decide(minimum, aContext({ ...empty, ...state({ upClosedAt: NOW - SECOND }) }))).toMatchObject({
      outcome: 'scale-up',
      launch: 2,
    });
  });

  it('counts instances, not Ready nodes', () => {
    const booting = observation({ instances: [anInstance('i-1'), anInstance('i-2', { state: 'pending' })] });
    expect(decide(minimum, aContext({ observation: booting })).reason).toBe('enough');
  });

  it('counts what open scale-ups planned', () => {
    const context = aContext({ ...empty, ...state({}, [aScaleUp('up', { planned: 1 })]) });
    expect(decide(minimum, context)).toMatchObject({ outcome: 'scale-up', launch: 1 });
  });

  it('takes no drain back: a draining instance is alive', () => {
    const seen = together(workers(1), observation());
    const context = aContext({ observation: seen, ...state({}, [aDrain('down', 'i-1')]) });
    expect(decide(minimum, context)).toMatchObject({ outcome: 'scale-up', launch: 1, takeBack: [] });
  });

  it('is never a matter of money', () => {
    const situation = { ...empty, ...budgeted({ perHour: 0.01, perMonth: 0.01 }) };
    expect(decide(minimum, aContext(situation))).toMatchObject({ outcome: 'scale-up', launch: 2, limitedBy: [] });
  });

  it.each<[Veto, Partial<DecisionContext>]>([
    ['paused', state({ pauses: { up: aPause() } })],
    ['backing-off', state(backoff(NOW + 1))],
    ['already-in-flight', state({}, [aLaunchedScaleUp('up', [], { planned: 0, phase: 'rolling-back' })])],
    ['at-max', policy({ max: 0 })],
  ])('is held when %s', (reason, context) => {
    expect(decide(minimum, aContext({ ...empty, ...context })).reason).toBe(reason);
  });
});
