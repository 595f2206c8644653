import type { DecisionContext } from '../../webhook/decision/case';
import { decide, decideAll } from '../../webhook/decision/decide';
import { belowMinimum } from '../../webhook/decision/intent';
import { podSetOf } from '../../webhook/decision/pod-set';
import { EARLY_RULES, MAX_OPEN_OPERATIONS, RULES } from '../../webhook/decision/vetoes';
import { type Intent, type Veto } from '../../webhook/model/decision';
import { DAYS, type PoolPolicy } from '../../webhook/model/pool';
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
  aScaleDown,
  aScaleUp,
  aSilence,
  aWaitingPod,
  anInstance,
  anIntent,
  blindness,
  observation,
  together,
  total,
  workers,
} from '../support/builders';
import { state, policy, pods, backoff, failing, drains, budgeted, keptFor } from './support/situations';

const exchanging = aScaleUp('up', { replaces: { instanceId: 'i-1' } });
type Accepted = 'accepted';
type Row = [situation: string, reason: Veto | Accepted, intent: Partial<Intent>, context: Partial<DecisionContext>];

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

/** Six nodes, one of them for a scale-down that has yet to choose. */
function oneIsPromised(kept: number): Partial<DecisionContext> {
  const nodes = workers(6).nodes.map((node, i) => (i < kept ? { ...node, annotations: KEPT } : node));
  return {
    ...state({}, [aScaleDown('down')]),
    ...policy({ maxConcurrentDrains: 2 }),
    observation: workers(6, { nodes }),
  };
}
const KEPT = { 'karpenter.sh/do-not-disrupt': 'true' };

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
  ['no node is old enough', 'no-candidate', {}, { ...five, ...keptFor(2000 * MINUTE) }],
  ['every node is just old enough', 'accepted', {}, { ...five, ...keptFor(24 * 60 * MINUTE) }],
  ['the only node that may go is for another scale-down', 'no-candidate', {}, oneIsPromised(5)],
  ['two may go and one is for another scale-down', 'accepted', {}, oneIsPromised(4)],
  ['it is a dry run, in which none does', 'accepted', {}, { ...keptFor(2000 * MINUTE), ...state({ virtualHave: 5 }) }],
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

describe('nodes that are kept', () => {
  it('are named, three of them', () => {
    const { detail } = decide(aDownIntent(), aContext({ observation: workers(5), ...keptFor(2000 * MINUTE) }));
    const young = 'is younger than 120000 s';
    expect(detail).toBe(`no node may be taken: i-1: ${young}; i-2: ${young}; i-3: ${young}; 2 more are kept`);
  });

  it('limit how many are given back at once', () => {
    const context = aContext({ ...oneIsPromised(4), ...policy({ maxConcurrentDrains: 5 }) });
    expect(decide(aDownIntent(), context)).toMatchObject({ giveBack: 1, limitedBy: ['candidates'] });
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
