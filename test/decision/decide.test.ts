import type { CompleteObservation } from '../../webhook/model/observation';
import type { DecisionContext } from '../../webhook/decision/case';
import { decide, decideAll } from '../../webhook/decision/decide';
import { belowMinimum } from '../../webhook/decision/intent';
import { podSetOf } from '../../webhook/decision/pod-set';
import type { Decision, Intent } from '../../webhook/model/decision';
import type { Pod } from '../../webhook/model/observation';
import type { ScaleUp } from '../../webhook/model/operation';
import {
  MINUTE,
  NOW,
  SECOND,
  aContext,
  aDownIntent,
  aDrain,
  aPolicy,
  aPoolState,
  aScaleDown,
  aScaleUp,
  aWaitingPod,
  anIntent,
  observation,
  together,
  total,
  workers,
} from '../support/builders';

describe('growing', () => {
  it.each<[string, Partial<Intent>, Partial<DecisionContext>, Partial<Decision>]>([
    ['launches what is missing', { wish: total(5) }, {}, { launch: 3, limitedBy: [] }],
    ['rounds a fraction up', { wish: total(4.01) }, {}, { launch: 3 }],
    ['launches the step when no total is given', { wish: { kind: 'step' } }, {}, { launch: 1, want: 3 }],
    ['launches a larger step', { wish: { kind: 'step' } }, { policy: aPolicy({ step: 3 }) }, { launch: 3, want: 5 }],
    ['stops at max', { wish: total(11) }, {}, { launch: 8, limitedBy: ['max'] }],
    ['reaches max exactly', { wish: total(10) }, {}, { launch: 8, limitedBy: [] }],
    [
      'launches no more than a decision may',
      { wish: total(9) },
      { policy: aPolicy({ maxNodesPerDecision: 4 }) },
      { launch: 4, limitedBy: ['max-nodes-per-decision'] },
    ],
    [
      'launches exactly as many as a decision may',
      { wish: total(6) },
      { policy: aPolicy({ maxNodesPerDecision: 4 }) },
      { launch: 4, limitedBy: [] },
    ],
    [
      'names every clamp that shrank it',
      { wish: total(1e9) },
      { policy: aPolicy({ maxNodesPerDecision: 4 }) },
      { launch: 4, limitedBy: ['max-nodes-per-decision', 'max'] },
    ],
    [
      'buys only the rest beside an open scale-up',
      { wish: total(6), urgent: true },
      { state: aPoolState([aScaleUp('up', { planned: 3 })]) },
      { launch: 1, have: 5 },
    ],
  ])('%s', (_name, intent, context, expected) => {
    expect(decide(anIntent(intent), aContext(context))).toMatchObject({
      outcome: 'scale-up',
      reason: 'accepted',
      takeBack: [],
      giveBack: 0,
      ...expected,
    });
  });

  it('names the pods it launches for', () => {
    const seen = together(workers(2), observation({ pods: [aWaitingPod('b'), aWaitingPod('a')] }));
    const decision = decide(anIntent({ forPods: true }), aContext({ observation: seen }));
    expect(decision.podSet).toBe(podSetOf(['uid-a', 'uid-b']));
    expect(decide(anIntent(), aContext({ observation: seen }))).not.toHaveProperty('podSet');
  });

  it('names only the pods that would fit', () => {
    const huge = aWaitingPod('huge', { requests: { cpu: 64, memory: 1, pods: 1 } });
    const seen = together(workers(2), observation({ pods: [aWaitingPod('a'), huge] }));
    expect(decide(anIntent({ forPods: true }), aContext({ observation: seen })).podSet).toBe(podSetOf(['uid-a']));
  });

  it('pins the zones that those pods need, and says for whom', () => {
    const bound = aWaitingPod('a', { nodeSelector: { 'topology.kubernetes.io/zone': 'eu-central-1b' } });
    const seen = together(workers(2), observation({ pods: [bound, aWaitingPod('b')] }));
    const decision = decide(anIntent({ forPods: true }), aContext({ observation: seen }));
    expect(decision).toMatchObject({
      launch: 1,
      zones: ['eu-central-1b'],
      detail: 'HighCpu asks for 3, the pool has 2: launches 1 in eu-central-1b, where pod default/a has to be',
    });
    expect(decide(anIntent(), aContext({ observation: seen }))).not.toHaveProperty('zones');
  });

  it('launches no more for pods than there are pods that it helps', () => {
    const giant = aWaitingPod('giant', { requests: { cpu: 64, memory: 1, pods: 1 } });
    const seen = together(workers(2), observation({ pods: [aWaitingPod('a'), giant] }));
    const context = aContext({ observation: seen });
    const asked = { wish: total(6), forPods: true };
    expect(decide(anIntent(asked), context)).toMatchObject({ launch: 1, limitedBy: ['waiting-pods'] });
    expect(decide(anIntent({ wish: total(6) }), context)).toMatchObject({ launch: 4, limitedBy: [] });
  });

  it('counts the nodes on their way among those that help, unless they come to another zone', () => {
    const pods = ['a', 'b', 'c'].map((name) => aWaitingPod(name));
    const topUp = (waiting: readonly Pod[], up: Partial<ScaleUp> = {}) =>
      decide(
        anIntent({ wish: total(9), forPods: true, urgent: true }),
        aContext({
          observation: together(workers(2), observation({ pods: waiting })),
          state: aPoolState([aScaleUp('up', { planned: 2, ...up })]),
        }),
      );
    expect(topUp(pods)).toMatchObject({ launch: 1, limitedBy: ['waiting-pods'] });
    expect(topUp(pods.slice(0, 2))).toMatchObject({
      reason: 'already-in-flight',
      detail: '2 nodes are on their way for 2 waiting pods',
    });
    const nodeSelector = { 'topology.kubernetes.io/zone': 'eu-central-1b' };
    const bound = [aWaitingPod('d', { nodeSelector })];
    expect(topUp(bound)).toMatchObject({ launch: 1 });
    expect(topUp(bound, { zones: ['eu-central-1a'] })).toMatchObject({ launch: 1 });
    expect(topUp(bound, { zones: ['eu-central-1b'] })).toMatchObject({ reason: 'already-in-flight' });
  });
});

describe('taking drains back', () => {
  const older = aDrain('older', 'i-3', { acceptedAt: NOW - 2 * MINUTE });
  const newer = aDrain('newer', 'i-4', { acceptedAt: NOW - MINUTE });
  const draining = (overrides: Partial<DecisionContext> = {}) =>
    aContext({ observation: workers(4), state: aPoolState([older, newer]), ...overrides });

  it('takes back the newest first and buys nothing while that is enough', () => {
    expect(decide(anIntent({ wish: total(3) }), draining())).toMatchObject({
      outcome: 'uncordon',
      reason: 'accepted',
      have: 2,
      launch: 0,
      takeBack: ['newer'],
      limitedBy: [],
    });
  });

  it('takes back as many as it needs', () => {
    expect(decide(anIntent({ wish: total(4) }), draining())).toMatchObject({
      outcome: 'uncordon',
      takeBack: ['newer', 'older'],
    });
  });

  it('buys only the rest', () => {
    expect(decide(anIntent({ wish: total(7) }), draining())).toMatchObject({
      outcome: 'scale-up',
      launch: 3,
      takeBack: ['newer', 'older'],
    });
  });

  it('breaks a tie by the newer id', () => {
    const twin = aDrain('zz', 'i-3', { acceptedAt: NOW - MINUTE });
    expect(decide(anIntent(), draining({ state: aPoolState([newer, twin]) })).takeBack).toEqual(['zz']);
  });

  it.each([
    ['terminates', aDrain('x', 'i-4', { phase: 'terminating', deadline: null })],
    ['rolls back', aDrain('x', 'i-4', { phase: 'rolling-back' })],
    ['is cancelled already', aDrain('x', 'i-4', { cancelledBy: 'other' })],
  ])('leaves one that %s', (_name, other) => {
    const decision = decide(anIntent({ wish: total(9) }), draining({ state: aPoolState([older, other]) }));
    expect(decision.takeBack).toEqual(['older']);
  });

  it('takes back one that has no node yet', () => {
    const decision = decide(anIntent({ wish: total(4) }), draining({ state: aPoolState([aScaleDown('fresh')]) }));
    expect(decision).toMatchObject({ outcome: 'uncordon', have: 3, takeBack: ['fresh'] });
  });

  it('takes back but does not buy at max', () => {
    const decision = decide(anIntent({ wish: total(9) }), draining({ policy: aPolicy({ max: 4 }) }));
    expect(decision).toMatchObject({ outcome: 'uncordon', takeBack: ['newer', 'older'], limitedBy: ['max'] });
  });

  it('is limited by nothing when taking back is enough, although people have brought the pool above max', () => {
    const decision = decide(anIntent({ wish: total(4) }), draining({ policy: aPolicy({ max: 3 }) }));
    expect(decision).toMatchObject({ outcome: 'uncordon', takeBack: ['newer', 'older'], limitedBy: [] });
  });

  it('takes back but does not buy inside the back-off', () => {
    const state = aPoolState([older, newer], { backoff: { failures: 1, until: NOW + SECOND } });
    expect(decide(anIntent({ wish: total(9) }), draining({ state }))).toMatchObject({
      outcome: 'uncordon',
      launch: 0,
      limitedBy: ['backing-off'],
    });
  });

  it('names no pods when nothing is launched', () => {
    const seen = together(workers(4), observation({ pods: [aWaitingPod('a')] }));
    expect(decide(anIntent({ forPods: true }), draining({ observation: seen }))).not.toHaveProperty('podSet');
  });
});

function inTwoZones(seen: CompleteObservation): CompleteObservation {
  const labels = (i: number) => ({ 'topology.kubernetes.io/zone': i % 2 === 0 ? 'eu-central-1a' : 'eu-central-1b' });
  return { ...seen, nodes: seen.nodes.map((node, i) => ({ ...node, labels: { ...node.labels, ...labels(i) } })) };
}

describe('shrinking', () => {
  it.each<[string, Partial<Intent>, Partial<DecisionContext>, Partial<Decision>]>([
    ['gives back what is above', { wish: total(4) }, {}, { giveBack: 2, limitedBy: [] }],
    ['rounds a fraction up', { wish: total(3.5) }, {}, { giveBack: 2 }],
    ['gives back the step when no total is given', { wish: { kind: 'step' } }, {}, { giveBack: 1, want: 5 }],
    ['stops at min', { wish: total(0) }, {}, { giveBack: 4, limitedBy: ['min'] }],
    ['reaches min exactly', { wish: total(2) }, {}, { giveBack: 4, limitedBy: [] }],
    [
      'drains no more at once than it may',
      { wish: total(3) },
      { policy: aPolicy({ maxConcurrentDrains: 2 }) },
      { giveBack: 2, limitedBy: ['max-concurrent-drains'] },
    ],
    [
      'takes one node of a zone at a time, where there are several',
      { wish: total(0) },
      { observation: inTwoZones(workers(6)) },
      { giveBack: 2, limitedBy: ['min', 'max-concurrent-drains'] },
    ],
    [
      'counts the drains that are open',
      { wish: total(2) },
      { policy: aPolicy({ maxConcurrentDrains: 2 }), state: aPoolState([aScaleDown('open')]) },
      { giveBack: 1, have: 5, limitedBy: ['max-concurrent-drains'] },
    ],
    [
      'leaves room for what is open',
      { wish: total(2) },
      {
        observation: workers(200),
        policy: aPolicy({ max: 300, maxConcurrentDrains: 200 }),
        state: aPoolState(Array.from({ length: 98 }, (_, i) => aScaleDown(`d${i}`))),
      },
      { giveBack: 2, limitedBy: ['too-many-open'] },
    ],
  ])('%s', (_name, intent, context, expected) => {
    const base = { observation: workers(6), policy: aPolicy({ maxConcurrentDrains: 10 }) };
    expect(decide(aDownIntent(intent), aContext({ ...base, ...context }))).toMatchObject({
      outcome: 'scale-down',
      reason: 'accepted',
      launch: 0,
      takeBack: [],
      ...expected,
    });
  });
});

describe('several intents', () => {
  it('lets the first that may act', () => {
    const state = aPoolState([], { upClosedAt: NOW - SECOND });
    const calm = anIntent({ source: 'HighCpu', wish: total(8) });
    const urgent = anIntent({ source: 'UnschedulablePods', wish: total(4), urgent: true });
    expect(decideAll([calm, urgent], aContext({ state }))).toMatchObject({
      outcome: 'scale-up',
      launch: 2,
      intent: { source: 'UnschedulablePods' },
    });
  });

  it('answers for the first when none may act', () => {
    const state = aPoolState([], { upClosedAt: NOW - SECOND });
    const calm = anIntent({ source: 'HighCpu', wish: total(8) });
    const satisfied = anIntent({ source: 'HighMemory', wish: total(1), urgent: true });
    expect(decideAll([calm, satisfied], aContext({ state }))).toMatchObject({
      reason: 'cooling-down',
      intent: { source: 'HighCpu' },
    });
  });

  const shrinkable = aContext({ observation: workers(9), policy: aPolicy({ maxConcurrentDrains: 9 }) });

  it('gives back as little as any down intent allows', () => {
    const idle = aDownIntent({ source: 'Idle', wish: total(4) });
    const step = aDownIntent({ source: 'Night', wish: { kind: 'step' } });
    for (const intents of [
      [idle, step],
      [step, idle],
    ]) {
      expect(decideAll(intents, shrinkable)).toMatchObject({ giveBack: 1, intent: { source: 'Night' } });
    }
  });

  it('gives back nothing when one down intent allows nothing', () => {
    const step = aDownIntent({ source: 'Night', wish: { kind: 'step' } });
    const full = aDownIntent({ source: 'Idle', wish: total(9) });
    for (const intents of [
      [step, full],
      [full, step],
    ]) {
      expect(decideAll(intents, shrinkable)).toMatchObject({ outcome: 'hold', reason: 'enough' });
    }
  });

  it('buys once for the minimum and an alert that asks for more', () => {
    const context = aContext({ observation: observation() });
    const busy = anIntent({ source: 'HighCpu', wish: total(5) });
    expect(decideAll([busy, belowMinimum(2, NOW)], context)).toMatchObject({ launch: 5 });
  });
});
