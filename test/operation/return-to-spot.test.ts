/** What an operation of an exchange for spot does otherwise than one that an alert asked for. */
import { advance } from '../../webhook/operation/advance';
import { chooseNode } from '../../webhook/removal/choose-node';
import { surroundingsOf } from '../../webhook/removal/surroundings';
import { closingOf } from '../../webhook/operation/closing';
import { nextRound, type PlanView } from '../../webhook/operation/launch-plan';
import type { Step, View } from '../../webhook/operation/step';
import { isFailing } from '../../webhook/decision/counting';
import { TAGS } from '../../webhook/model/names';
import type { OfferingMark } from '../../webhook/model/offering';
import type { CompleteObservation } from '../../webhook/model/observation';
import type { ScaleDown, ScaleUp } from '../../webhook/model/operation';
import {
  KEY,
  MINUTE,
  NOW,
  SECOND,
  aConfirmation,
  aLaunchedScaleUp,
  aMarkedNode,
  aNode,
  aPod,
  aPolicy,
  aPoolState,
  aScaleDown,
  aScaleUp,
  aView,
  anInstance,
  observation,
} from '../support/builders';

const policy = aPolicy({ launch: { ...aPolicy().launch, capacity: 'spot', onDemandBase: 1 } });
const replaces = { instanceId: 'i-1' };
const launch = aScaleUp('up', { phase: 'launching', acceptedAt: NOW, replaces });
const noSpot: OfferingMark = {
  kind: 'no-capacity',
  scope: { capacity: 'spot' },
  by: 'up.1',
  at: NOW,
  until: NOW + MINUTE,
  failures: 1,
};

function aroundOf(seen: CompleteObservation, onDemandBase: number) {
  const policy = aPolicy({ launch: { ...aPolicy().launch, onDemandBase } });
  return surroundingsOf({ key: KEY, state: aPoolState(), policy, now: NOW }, seen);
}

describe('the launch of a spot node for another', () => {
  const round = (operation: ScaleUp, view: Partial<PlanView> = {}) => nextRound(operation, aView({ policy, ...view }));

  it('is spot, although the on-demand base is not complete', () => {
    expect(round(launch).map(({ capacity, count }) => [capacity, count])).toEqual([['spot', 1]]);
    expect(round(launch)[0]?.tags).toMatchObject({ [TAGS.replaces]: 'i-1' });
    expect(round(launch)[0]?.tags).not.toHaveProperty(TAGS.fallback);
  });

  it('is no probe, and does not end on demand', () => {
    expect(round(launch, { marks: [noSpot] })).toEqual([]);
    expect(round({ ...launch, attempt: 1, settled: 1, elsewhere: true }, { marks: [noSpot] })).toEqual([]);
  });

  it('goes where the other one leaves a place', () => {
    const zoned = aPolicy({ launch: { ...policy.launch, balance: 'zones' } });
    const instances = [
      anInstance('i-1', { zone: 'eu-central-1b' }),
      anInstance('i-2', { zone: 'eu-central-1a' }),
      anInstance('i-3', { zone: 'eu-central-1b' }),
      anInstance('i-4', { zone: 'eu-central-1a' }),
    ];
    const [request] = round(launch, { policy: zoned, observation: observation({ instances }) });
    expect(new Set(request?.overrides.map(({ zone }) => zone))).toEqual(new Set(['eu-central-1b']));
  });

  it.each<[string, ScaleUp, Partial<View>]>([
    ['spot was refused meanwhile', launch, { marks: [noSpot] }],
    ['it could not begin at once', { ...launch, acceptedAt: NOW - MINUTE }, {}],
  ])('is over before it has begun when %s', (_when, operation, view) => {
    const { next, act } = advance(operation, aView({ policy, ...view }));
    expect(next).toMatchObject({ phase: 'rolled-back', reason: 'no-longer-wanted' });
    expect(act).toBeNull();
  });

  it('is no failure when there is no spot, and is one when its instance never joins', () => {
    const refused = aLaunchedScaleUp('up', [], { phase: 'rolled-back', replaces });
    expect(closingOf(refused, aPoolState(), policy, NOW)).toEqual({ closedAt: NOW });
    const lost = aLaunchedScaleUp('up', ['i-9'], { phase: 'rolled-back', replaces });
    expect(closingOf(lost, aPoolState(), policy, NOW)).toMatchObject({ backoff: { failures: 1 }, upClosedAt: NOW });
    expect([refused, lost].map((up) => isFailing({ ...up, phase: 'rolling-back' }))).toEqual([false, true]);
  });
});

describe('what a spot pool launches on demand', () => {
  const tags = (marks: readonly OfferingMark[], missing: number) =>
    nextRound(aScaleUp('up', { planned: missing }), aView({ policy, marks, observation: observation() })).map(
      ({ capacity, count, tags: { [TAGS.fallback]: fallback } }) => [capacity, count, fallback],
    );

  it('says that there was no spot, and the on-demand base does not', () => {
    expect(tags([noSpot], 3)).toEqual([
      ['on-demand', 1, undefined],
      ['on-demand', 2, 'true'],
    ]);
    expect(tags([], 3)).toEqual([
      ['on-demand', 1, undefined],
      ['spot', 2, undefined],
    ]);
  });
});

const standIn = anInstance('i-9', { lifecycle: 'spot', tags: { [TAGS.replaces]: 'i-1' } });
const target = { name: 'i-1', uid: 'uid-i-1', instanceId: 'i-1' };

function seeing(node = aNode('i-1'), overrides: Partial<CompleteObservation> = {}): CompleteObservation {
  const instances = [anInstance('i-1', { tags: { [TAGS.fallback]: 'true' } }), anInstance('i-2'), standIn];
  return observation({ instances, nodes: [node, aNode('i-2'), aNode('i-9')], ...overrides });
}

function look(operation: ScaleDown, seen = seeing(), overrides: Partial<View> = {}): Step {
  return advance(operation, aView({ policy, observation: seen, state: aPoolState([operation]), ...overrides }));
}

describe('the drain of a node in whose place another one stands', () => {
  const down = aScaleDown('down', { node: target, exchanged: true });
  const confirmed = { ...down, confirmedAt: NOW };
  const marked = aMarkedNode('i-1', 'down');

  it('needs no down alert, only that none asks for more and that the Watchdog is fresh', () => {
    const asked = (confirmation: Parameters<typeof aConfirmation>[0]) =>
      look(down, seeing(), { confirmation: aConfirmation({ downActive: false, ...confirmation }) }).next;
    expect(asked({})).toMatchObject({ phase: 'accepted', confirmedAt: NOW });
    expect(asked({ upFiring: ['HighCpu'] })).toMatchObject({ phase: 'rolling-back', reason: 'not-confirmed' });
    expect(asked({ watchdogFresh: false })).toMatchObject({ phase: 'rolling-back', reason: 'not-confirmed' });
    const silent = look(down, seeing(), { confirmation: { answered: false } });
    expect(silent.next).toEqual(down);
  });

  it('marks the node that was decided on, if nothing speaks against it by now', () => {
    expect(look(confirmed).act).toEqual({ do: 'mark', node: target });
    const pods = [aPod('bare', { node: 'i-1', ownerKind: null })];
    expect(look(confirmed, seeing(aNode('i-1'), { pods }))).toMatchObject({
      next: { phase: 'rolling-back', reason: 'blocked-by-pod' },
      act: null,
    });
  });

  const phases: readonly [string, ScaleDown][] = [
    ['accepted', confirmed],
    ['cordoned', { ...confirmed, phase: 'cordoned' }],
    ['draining', { ...confirmed, phase: 'draining' }],
  ];

  it.each(phases)('%s: ends when the other one is gone or no Ready node', (_phase, operation) => {
    const node = operation.phase === 'accepted' ? aNode('i-1') : marked;
    const ended = anInstance('i-9', { ...standIn, state: 'shutting-down' });
    const gone = seeing(node, { instances: [...seeing().instances.filter(({ id }) => id !== 'i-9'), ended] });
    const away = seeing(node, { nodes: [node, aNode('i-2'), aNode('i-9', { ready: false })] });
    for (const seen of [gone, away]) {
      expect(look(operation, seen).next).toMatchObject({ phase: 'rolling-back', reason: 'stand-in-gone' });
    }
    expect(look(operation, seeing(node)).next.reason).toBeUndefined();
  });

  it('is not ended any more once terminating has begun', () => {
    const ending = { ...confirmed, phase: 'terminating', deadline: null, terminateSentAt: NOW - SECOND } as const;
    expect(look(ending, seeing(marked, { nodes: [marked] })).next.phase).toBe('terminating');
  });
});

describe('a scale-down that an alert asks for', () => {
  const chosen = (base: number, ...ids: readonly string[]) => {
    const tagOf = (id: string) => (id.startsWith('f') ? { [TAGS.fallback]: 'true' } : {});
    const instances = [
      ...ids.map((id) =>
        anInstance(id, { lifecycle: id.startsWith('s') ? 'spot' : 'on-demand', tags: { ...tagOf(id) } }),
      ),
    ];
    const pods = ids.filter((id) => id.startsWith('f')).map((node) => aPod(`on-${node}`, { node }));
    const seen = observation({ instances, nodes: ids.map((id) => aNode(id)), pods });
    return chooseNode(aroundOf(seen, base)).node?.name;
  };

  it('takes what is on demand for want of spot first, though it is not empty', () => {
    expect(chosen(0, 's1', 'f1', 's2')).toBe('f1');
    expect(chosen(0, 's1', 's2')).toBe('s1');
  });

  it('leaves the on-demand base alone', () => {
    expect(chosen(1, 's1', 'f1', 's2')).toBe('s1');
    expect(chosen(1, 's1', 'f1', 'o1')).toBe('f1');
  });

  it('takes first of all what another one stands in for', () => {
    const instances = [
      anInstance('i-0', { tags: { [TAGS.fallback]: 'true' } }),
      anInstance('i-1', { tags: { [TAGS.fallback]: 'true' } }),
      standIn,
    ];
    const nodes = instances.map(({ id }) => aNode(id));
    const around = aroundOf(observation({ instances, nodes }), 0);
    expect(chooseNode(around).node?.name).toBe('i-1');
  });
});
