import { acceptanceOf, idsNeeded } from '../../webhook/decision/acceptance';
import type { DecisionContext } from '../../webhook/decision/case';
import { decideExchange, nextExchange } from '../../webhook/decision/exchange';
import type { Decision, Veto } from '../../webhook/model/decision';
import { TAGS } from '../../webhook/model/names';
import type { OfferingMark } from '../../webhook/model/offering';
import type { CompleteObservation, Instance } from '../../webhook/model/observation';
import type { LaunchPolicy, PoolPolicy } from '../../webhook/model/pool';
import {
  MINUTE,
  NOW,
  SECOND,
  aContext,
  aDecision,
  aDrain,
  aLaunchedScaleUp,
  aNode,
  aPause,
  aPod,
  aPolicy,
  aPoolState,
  aScaleUp,
  aSpending,
  anInstance,
  blindness,
  observation,
} from '../support/builders';

const LAUNCHED = NOW - 20 * MINUTE;

function fallback(id: string, overrides: Partial<Instance> = {}): Instance {
  return anInstance(id, { tags: { [TAGS.fallback]: 'true' }, ...overrides });
}

function standIn(id: string, of: string, overrides: Partial<Instance> = {}): Instance {
  return anInstance(id, { lifecycle: 'spot', launchedAt: LAUNCHED, tags: { [TAGS.replaces]: of }, ...overrides });
}

/** Each instance with its Ready node, unless it is left out. */
function seeing(
  instances: readonly Instance[],
  overrides: Partial<CompleteObservation> = {},
  without: readonly string[] = [],
): CompleteObservation {
  const nodes = instances.filter(({ id }) => !without.includes(id)).map(({ id }) => aNode(id));
  return observation({ instances, nodes, ...overrides });
}

const spotPool = (launch: Partial<LaunchPolicy> = {}, rest: Partial<PoolPolicy> = {}) =>
  aPolicy({ launch: { ...aPolicy().launch, capacity: 'spot', ...launch }, ...rest });

/** Two nodes that are on demand for want of spot, and one that is spot. */
const LONELY = seeing([fallback('i-1'), fallback('i-2'), anInstance('i-3', { lifecycle: 'spot' })]);
/** i-9 stands in for i-1. */
const PAIR = seeing([fallback('i-1'), fallback('i-2'), standIn('i-9', 'i-1')]);

const quiet = (reason: Veto = 'nothing-asked') => aDecision({ outcome: 'hold', reason, detail: 'all is well' });
const inSpotPool = (overrides: Partial<DecisionContext> = {}) =>
  aContext({ policy: spotPool(), observation: LONELY, ...overrides });

function mark(scope: OfferingMark['scope'], overrides: Partial<OfferingMark> = {}): OfferingMark {
  return { kind: 'no-capacity', scope, at: NOW, until: NOW + MINUTE, failures: 1, by: 'up.1', ...overrides };
}

/** `launch i-1`, or null. */
function next(context: DecisionContext, ordinary: Decision = quiet()): string | null {
  const exchange = nextExchange(ordinary, context);
  return exchange && `${exchange.step} ${exchange.target.name}`;
}

function decided(context: DecisionContext, marks: readonly OfferingMark[] = []): Decision {
  const exchange = nextExchange(quiet(), context);
  if (!exchange) throw new Error('there is nothing to exchange');
  return decideExchange(quiet(), exchange, context, marks);
}

type Marks = readonly OfferingMark[];
type Context = Partial<DecisionContext>;

// jest takes a parameter that a row leaves out for the callback of a test that ends later.
const withOrdinary = (rows: readonly (readonly [string, Context, Decision?])[]) =>
  rows.map(([when, context, ordinary = quiet()]) => [when, context, ordinary] as const);
const withWhy = (rows: readonly (readonly [string, Context, string, Marks?])[]) =>
  rows.map(([when, context, why, marks = []]) => [when, context, why, marks] as const);
const withMarks = (rows: readonly (readonly [string, Context, Marks?])[]) =>
  rows.map(([when, context, marks = []]) => [when, context, marks] as const);

describe('which step of an exchange is next', () => {
  it('first one is launched, then the other is given back', () => {
    expect(next(inSpotPool())).toBe('launch i-1');
    expect(next(inSpotPool({ observation: PAIR }))).toBe('give-back i-1');
  });

  it('another is launched when the load took the drain back: both nodes are needed', () => {
    const state = aPoolState([], { lastExchange: { step: 'taken-back', at: NOW - 20 * MINUTE } });
    const pair = inSpotPool({ observation: PAIR, state });
    expect(next(pair)).toBe('launch i-1');
  });

  it.each(
    withOrdinary([
      ['in a pool that is on demand', { policy: aPolicy() }],
      ['when it is switched off', { policy: spotPool({ returnToSpot: { every: 0 } }) }],
      ['in dry run', { policy: spotPool({}, { dryRun: true }) }],
      ['while nothing is seen', { observation: blindness() }],
      ['when the on-demand base needs all of them', { policy: spotPool({ onDemandBase: 2 }) }],
      ['when nothing is on demand for want of spot', { observation: seeing([anInstance('i-1'), anInstance('i-2')]) }],
      ['while something else is done', {}, aDecision({ outcome: 'scale-down', reason: 'accepted' })],
      ['when what alerts ask for has to wait', {}, quiet('cooling-down')],
      ['under a silence', {}, quiet('paused')],
      [
        'for a cordoned node',
        { observation: { ...LONELY, nodes: LONELY.nodes.map((it) => ({ ...it, cordoned: true })) } },
      ],
      ['for a node that people keep', { observation: { ...LONELY, nodes: LONELY.nodes.map(kept) } }],
      ['for a node with a bare pod', { observation: seeing([fallback('i-1')], { pods: [bare('i-1')] }) }],
      ['for a node whose pods fit on no new one', { observation: seeing([fallback('i-1')], { pods: [large('i-1')] }) }],
      [
        'while another exchange is not over, though its node is cordoned by a person',
        {
          observation: { ...PAIR, nodes: PAIR.nodes.map((it) => (it.name === 'i-1' ? { ...it, cordoned: true } : it)) },
        },
      ],
    ]),
  )('none %s', (_when, context, ordinary) => {
    expect(next(inSpotPool(context), ordinary)).toBeNull();
  });

  it('a node whose pods fit only on the one that comes is exchanged', () => {
    const pods = ['i-1', 'i-2'].map((node) => aPod(`p-${node}`, { node, requests: { cpu: 1.5, memory: 1, pods: 1 } }));
    expect(next(inSpotPool({ observation: seeing([fallback('i-1'), fallback('i-2')], { pods }) }))).toBe('launch i-1');
  });

  it.each<[string, CompleteObservation, string]>([
    ['lost its stand-in', seeing([fallback('i-1'), standIn('i-9', 'i-1', { state: 'terminated' })]), 'launch i-1'],
    [
      'has one that was launched in the place of the first',
      seeing([fallback('i-1'), standIn('i-8', 'i-1', { state: 'terminated' }), standIn('i-9', 'i-8')]),
      'give-back i-1',
    ],
  ])('of a node that %s', (_what, seen, expected) => {
    expect(next(inSpotPool({ observation: seen }))).toBe(expected);
  });

  it('what a scale-up counted on that closed since stands in for nobody', () => {
    const state = aPoolState([], { upClosedAt: LAUNCHED + MINUTE });
    expect(next(inSpotPool({ observation: PAIR, state }))).toBe('launch i-1');
    const before = aPoolState([], { upClosedAt: LAUNCHED - 1 });
    expect(next(inSpotPool({ observation: PAIR, state: before }))).toBe('give-back i-1');
    const wrong = aPoolState([], { upClosedAt: NOW + 60 * MINUTE });
    expect(next(inSpotPool({ observation: PAIR, state: wrong }))).toBe('give-back i-1');
  });

  function kept(node: ReturnType<typeof aNode>) {
    return { ...node, annotations: { 'smartscale/no-scale-down': '' } };
  }
  function bare(node: string) {
    return aPod('bare', { node, ownerKind: null });
  }
  function large(node: string) {
    return aPod('large', { node, requests: { cpu: 3, memory: 1, pods: 1 } });
  }
});

describe('the launch', () => {
  it('is accepted as a scale-up of one that says in whose place, with the stamp of the budget', () => {
    const decision = decided(inSpotPool());
    expect(decision).toMatchObject({
      outcome: 'exchange',
      reason: 'accepted',
      launch: 1,
      giveBack: 0,
      have: 3,
      want: null,
    });
    expect(idsNeeded(decision)).toBe(1);
    const context = { state: aPoolState(), policy: spotPool(), now: NOW, owner: 'a', ownerUntil: NOW + 1, ids: ['up'] };
    const { operations, lastExchange, upAcceptedAt } = acceptanceOf(decision, context);
    expect(operations).toMatchObject([
      { id: 'up', kind: 'scale-up', planned: 1, trigger: { alert: 'return-to-spot', urgent: false } },
    ]);
    expect(operations[0]).toHaveProperty('replaces', { instanceId: 'i-1' });
    expect([lastExchange, upAcceptedAt]).toEqual([{ step: 'launch', at: NOW }, undefined]);
  });

  it('does not wait for the budget of the pool: the node is cheaper afterwards', () => {
    const policy = spotPool({}, { budget: { perHour: 0.1, perMonth: 5 } });
    expect(decided(inSpotPool({ policy, spending: aSpending() }))).toMatchObject({ outcome: 'exchange', launch: 1 });
  });

  it.each(
    withWhy([
      [
        'within the time of the budget',
        { state: aPoolState([], { lastExchange: { step: 'give-back', at: NOW - 9 * MINUTE } }) },
        'the next exchange may begin 2026-01-05T12:01:00.000Z',
      ],
      ['while all spot is remembered as refused', {}, 'EC2 has lately refused', [mark({ capacity: 'spot' })]],
      [
        'while launches keep failing',
        { state: aPoolState([], { backoff: { failures: 3, until: NOW } }) },
        'keep failing',
      ],
      ['in the back-off', { state: aPoolState([], { backoff: { failures: 1, until: NOW + 1 } }) }, '1 launches failed'],
      ['in the up cooldown', { state: aPoolState([], { upClosedAt: NOW - MINUTE }) }, 'up cooldown'],
      ['in the down cooldown', { state: aPoolState([], { closedAt: NOW - 9 * MINUTE }) }, 'down cooldown'],
      ['while growing is paused', { state: aPoolState([], { pauses: { up: aPause() } }) }, 'paused by ops'],
      ['while giving back is paused', { state: aPoolState([], { pauses: { down: aPause() } }) }, 'paused by ops'],
      ['while an up alert is active', { upFiring: ['HighCpu'] }, 'HighCpu fires'],
      ['while the pipeline is silent', { pipelineSilent: 'no Alertmanager answers' }, 'no Alertmanager answers'],
      ['beside a scale-up', { state: aPoolState([aScaleUp('up')]) }, 'beside an open operation'],
      ['beside a drain', { state: aPoolState([aDrain('down', 'i-3')]) }, 'beside an open operation'],
      ['at max without surge', { policy: spotPool({}, { max: 3, maxSurge: 0 }) }, '3 of at most 3'],
      ['above max', { policy: spotPool({}, { max: 2, maxSurge: 5 }) }, '3 of at most 2'],
    ]),
  )('waits %s', (_when, context, why, marks) => {
    const decision = decided(inSpotPool(context), marks);
    expect(decision).toMatchObject({ outcome: 'hold', reason: 'nothing-asked', launch: 0 });
    expect(decision.detail).toContain('all is well; i-1 is not exchanged for spot: ');
    expect(decision.detail).toContain(why);
    expect(decision).not.toHaveProperty('exchange');
  });

  it.each(
    withMarks([
      ['at max, by its surge', { policy: spotPool({}, { max: 3 }) }],
      ['at min', { policy: spotPool({}, { min: 3 }) }],
      ['when one offering of spot is not refused', {}, [mark({ capacity: 'spot', zone: 'eu-central-1a' })]],
      ['when the time of the mark is over', {}, [mark({ capacity: 'spot' }, { until: NOW })]],
      ['when only on demand is refused', {}, [mark({ capacity: 'on-demand' })]],
      ['one at a time, whatever the step of the pool', { policy: spotPool({}, { step: 3 }) }],
    ]),
  )('goes on %s', (_when, context, marks) => {
    expect(decided(inSpotPool(context), marks)).toMatchObject({ outcome: 'exchange', launch: 1 });
  });
});

describe('giving back', () => {
  const paired = (overrides: Partial<DecisionContext> = {}) => inSpotPool({ observation: PAIR, ...overrides });

  it('is accepted as a scale-down of that node which needs no down alert, and is not forced', () => {
    const decision = decided(paired());
    expect(decision).toMatchObject({ outcome: 'exchange', launch: 0, giveBack: 1 });
    const context = { state: aPoolState(), policy: spotPool(), now: NOW, owner: 'a', ownerUntil: NOW + 1, ids: ['d'] };
    const { operations, lastExchange } = acceptanceOf(decision, context);
    expect(operations).toMatchObject([
      { id: 'd', kind: 'scale-down', node: { name: 'i-1', instanceId: 'i-1' }, exchanged: true, phase: 'accepted' },
    ]);
    expect(operations[0]).not.toHaveProperty('forced');
    expect(lastExchange).toEqual({ step: 'give-back', at: NOW });
  });

  it.each<[string, Partial<DecisionContext>, string]>([
    ['until the other one is Ready', { observation: { ...PAIR, nodes: PAIR.nodes.slice(0, 2) } }, 'is not Ready'],
    [
      'after a drain that was rolled back',
      { state: aPoolState([], { lastExchange: { step: 'give-back', at: NOW - 9 * MINUTE } }) },
      'it is tried again 2026-01-05T12:01:00.000Z',
    ],
    ['in the cooldown', { state: aPoolState([], { closedAt: NOW - 9 * MINUTE }) }, 'down cooldown'],
    ['while an up alert is active', { upFiring: ['HighCpu'] }, 'HighCpu fires'],
    ['while the Watchdog is stale', { pipelineSilent: 'the Watchdog alert is missing' }, 'the Watchdog alert'],
    ['beside an open scale-up', { state: aPoolState([aLaunchedScaleUp('up', ['i-9'])]) }, 'beside an open operation'],
    ['at min', { policy: spotPool({}, { min: 3 }) }, '3 nodes are in service, min is 3'],
  ])('waits %s', (_when, context, why) => {
    const decision = decided(paired(context));
    expect(decision).toMatchObject({ outcome: 'hold', giveBack: 0 });
    expect(decision.detail).toContain(why);
  });

  it('does not wait for the time since the launch, nor for spot', () => {
    const state = aPoolState([], { lastExchange: { step: 'launch', at: NOW - 30 * SECOND } });
    expect(decided(paired({ state }), [mark({ capacity: 'spot' })])).toMatchObject({
      outcome: 'exchange',
      giveBack: 1,
    });
  });
});
