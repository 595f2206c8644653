import { acceptanceOf, idsNeeded } from '../../webhook/decision/acceptance';
import { decideReplace, namedNodes, type ReplaceContext } from '../../webhook/decision/replace';
import type { ScalingAlert } from '../../webhook/model/alert';
import { TAGS } from '../../webhook/model/names';
import type { Notice } from '../../webhook/model/notice';
import type { PoolPolicy, PoolState } from '../../webhook/model/pool';
import {
  KEY,
  MINUTE,
  NOW,
  SECOND,
  aDownAlert,
  aDrain,
  aMarkedNode,
  aNode,
  aPause,
  aPolicy,
  aPoolState,
  aScaleUp,
  aSilence,
  anAlert,
  anInstance,
  observation,
  signals,
  workers,
} from '../support/builders';

const taken = (node: string, overrides: Parameters<typeof anAlert>[1] = {}) =>
  anAlert('SpotInterruption', { scale: 'replace', node, wish: { kind: 'step' }, ...overrides });
const notice = (instanceId: string): Notice => ({ instanceId, kind: 'interruption', at: NOW + 110 * SECOND });

describe('which nodes an alert may name', () => {
  const named = (seen = workers(2), ...alerts: readonly ScalingAlert[]) =>
    namedNodes(signals(alerts.length > 0 ? alerts : [taken('i-1')]), KEY, seen).map(({ node }) => node.name);

  it('those of the pool that are ours and alive', () => {
    expect(named()).toEqual(['i-1']);
    expect(named(workers(2), taken('i-1'), taken('i-2'), taken('i-2', { fingerprint: 'again' }))).toEqual([
      'i-1',
      'i-2',
    ]);
  });

  it.each([
    ['silenced', taken('i-1', { silence: aSilence() })],
    ['inhibited', taken('i-1', { inhibited: true })],
    ['a shadow', taken('i-1', { shadow: true })],
    ['never posted', taken('i-1', { heardAt: null })],
    ['of another pool', taken('i-1', { pool: 'gpu' })],
    ['of another cluster', taken('i-1', { cluster: 'other' })],
    ['about no node', taken('i-1', { node: null })],
    ['about a node that is not there', taken('i-9')],
    ['about giving back', aDownAlert('Idle', { node: 'i-1' })],
  ])('none when the alert is %s', (_what, alert) => {
    expect(named(workers(2), alert)).toEqual([]);
  });

  it.each([
    ['instance carries no tag of ours', observation({ nodes: [aNode('i-1')] })],
    ['instance is permanent', oneWith({ tags: { [TAGS.permanent]: '' } })],
    ['instance has ended', oneWith({ state: 'shutting-down' })],
    ['node is permanent', workers(1, { nodes: [aNode('i-1', { labels: { 'smartscale/permanent': 'true' } })] })],
    ['node is control plane', workers(1, { nodes: [aNode('i-1', { controlPlane: true })] })],
  ])('none when its %s', (_what, seen) => {
    expect(named(seen)).toEqual([]);
  });

  function oneWith(overrides: Parameters<typeof anInstance>[1]) {
    return observation({ instances: [anInstance('i-1', overrides)], nodes: [aNode('i-1')] });
  }
});

interface Situation {
  readonly state?: PoolState;
  readonly policy?: Partial<PoolPolicy>;
  readonly seen?: ReturnType<typeof workers>;
  readonly nodes?: readonly string[];
}

function decideFor(notices: readonly Notice[], { state, policy, seen = workers(2), nodes = ['i-1'] }: Situation = {}) {
  const context: ReplaceContext = { key: KEY, state: state ?? aPoolState(), policy: aPolicy(policy), now: NOW };
  const named = namedNodes(signals(nodes.map((node) => taken(node))), KEY, seen);
  return { context, decision: decideReplace(named, notices, seen, context) };
}

const decided = (...of: Parameters<typeof decideFor>) => {
  const { decision } = decideFor(...of);
  return decision && { launch: decision.launch, giveBack: decision.giveBack };
};

describe('what is done for a node that EC2 takes', () => {
  it('it is drained and another one launched, and the decision says when and why', () => {
    const { decision } = decideFor([notice('i-1')]);
    expect(decision).toMatchObject({ outcome: 'replace', reason: 'accepted', launch: 1, giveBack: 1, have: 2 });
    expect(decision?.detail).toBe(
      'EC2 takes i-1 at 2026-01-05T12:01:50.000Z (interruption): drains it and launches another',
    );
  });

  it('while only the alert says so it is cordoned, and nothing is bought', () => {
    const { decision } = decideFor([]);
    expect(decision).toMatchObject({ launch: 0, giveBack: 1 });
    expect(decision?.detail).toMatch(/EC2 does not say so yet: cordons it$/);
  });

  it.each<[string, readonly Notice[], Situation, { launch: number; giveBack: number } | null]>([
    [
      'two at once',
      [notice('i-1'), notice('i-2')],
      { nodes: ['i-1', 'i-2'], policy: { maxSurge: 8, max: 2 } },
      both(2),
    ],
    ['at max, by its surge', [notice('i-1')], { policy: { max: 2 } }, both(1)],
    [
      'two at max, for which the surge is not enough',
      [notice('i-1'), notice('i-2')],
      { nodes: ['i-1', 'i-2'], policy: { max: 2 } },
      { launch: 1, giveBack: 2 },
    ],
    ['at max without surge', [notice('i-1')], { policy: { max: 2, maxSurge: 0 } }, { launch: 0, giveBack: 1 }],
    ['in every cooldown', [notice('i-1')], { state: aPoolState([], { upClosedAt: NOW, closedAt: NOW }) }, both(1)],
    ['beside an open scale-up', [notice('i-1')], { state: aPoolState([aScaleUp('up')]) }, both(1)],
    [
      'in the back-off',
      [notice('i-1')],
      { state: aPoolState([], { backoff: { failures: 1, until: NOW + 1 } }) },
      { launch: 0, giveBack: 1 },
    ],
    [
      'beside a scale-up that rolls back, whose failure is not counted yet',
      [notice('i-1')],
      { state: aPoolState([aScaleUp('up', { phase: 'rolling-back', attempt: 1, settled: 1 })]) },
      { launch: 0, giveBack: 1 },
    ],
    [
      'beside a scale-up that EC2 has just refused',
      [notice('i-1')],
      { state: aPoolState([aScaleUp('up', { phase: 'launching', attempt: 1, settled: 1 })]) },
      { launch: 0, giveBack: 1 },
    ],
    [
      'while the circuit is open',
      [notice('i-1')],
      { state: aPoolState([], { backoff: { failures: 3, until: NOW } }) },
      { launch: 0, giveBack: 1 },
    ],
    [
      'while growing is paused',
      [notice('i-1')],
      { state: aPoolState([], { pauses: { up: aPause() } }) },
      { launch: 0, giveBack: 1 },
    ],
    ['while shrinking is paused', [notice('i-1')], { state: aPoolState([], { pauses: { down: aPause() } }) }, null],
    ['without EC2, soon after another operation', [], { state: aPoolState([], { closedAt: NOW - MINUTE }) }, null],
    [
      'cordoned by a person',
      [notice('i-1')],
      { seen: workers(1, { nodes: [aNode('i-1', { cordoned: true })] }) },
      null,
    ],
  ])('%s', (_what, notices, situation, expected) => {
    expect(decided(notices, situation)).toEqual(expected);
  });

  function both(count: number) {
    return { launch: count, giveBack: count };
  }

  describe('whose drain is open already', () => {
    const seen = workers(2, { nodes: [aMarkedNode('i-1', 'down'), aNode('i-2')] });
    const open = (overrides: Parameters<typeof aDrain>[2]) => ({
      seen,
      state: aPoolState([aDrain('down', 'i-1', overrides)]),
    });

    it('it is replaced when EC2 says so', () => {
      expect(decided([], open({ forced: true, phase: 'cordoned' }))).toBeNull();
      expect(decided([notice('i-1')], open({ forced: true, phase: 'cordoned' }))).toEqual({ launch: 1, giveBack: 0 });
    });

    it('a drain that a rule asked for is no reason to launch: the node was to go anyway', () => {
      expect(decided([notice('i-1')], open({}))).toBeNull();
    });

    it('one that rolls back is let be', () => {
      expect(decided([notice('i-1')], open({ forced: true, phase: 'rolling-back' }))).toBeNull();
    });
  });

  describe('that was replaced before', () => {
    const standIn = (id: string, instead: string, overrides: Parameters<typeof anInstance>[1] = {}) => {
      const { tags } = anInstance(id);
      return anInstance(id, { tags: { ...tags, [TAGS.replaces]: instead }, ...overrides });
    };
    const seeing = (...standIns: readonly ReturnType<typeof anInstance>[]) => ({
      seen: workers(1, { instances: [anInstance('i-1'), ...standIns] }),
    });
    const replacing = (overrides: Parameters<typeof aScaleUp>[1] = {}) =>
      aScaleUp('up', { planned: 1, replaces: { instanceId: 'i-1', drain: 'down' }, ...overrides });

    it.each<[string, Situation]>([
      ['its replacement is on the way', { state: aPoolState([replacing()]) }],
      ['and its replacement lives, though the first drain was rolled back', seeing(standIn('i-7', 'i-1'))],
      [
        'and EC2 took the replacement, which was replaced too',
        seeing(standIn('i-7', 'i-1', { state: 'terminated' }), standIn('i-8', 'i-7')),
      ],
    ])('%s: it is drained and nothing is bought', (_what, situation) => {
      expect(decided([notice('i-1')], situation)).toEqual({ launch: 0, giveBack: 1 });
    });

    it.each<[string, Situation]>([
      ['its replacement never came', { state: aPoolState([]) }],
      ['its replacement has ended', seeing(standIn('i-7', 'i-1', { state: 'terminated' }))],
      ['what was launched stands for another one', seeing(standIn('i-7', 'i-2'))],
    ])('%s: it is replaced', (_what, situation) => {
      expect(decided([notice('i-1')], situation)).toEqual(both(1));
    });

    it('tags that lead in a circle end nowhere', () => {
      const ended = { state: 'terminated' } as const;
      const seen = seeing(standIn('i-7', 'i-1', ended), standIn('i-8', 'i-7', ended), standIn('i-7', 'i-8', ended));
      expect(decided([notice('i-1')], seen)).toEqual(both(1));
    });
  });

  it('a pool that is above max without those that EC2 takes gets no replacement', () => {
    const above = { seen: workers(4), policy: { max: 3, maxSurge: 5 } };
    expect(decided([notice('i-1')], above)).toEqual({ launch: 0, giveBack: 1 });
  });
});

describe('nodes that EC2 only recommends to leave', () => {
  const four = ['i-1', 'i-2', 'i-3', 'i-4'];
  const recommended = (node: string) => taken(node, { name: 'RebalanceRecommended', recommended: true });

  /** Which of four nodes are drained (cordoned, without a notice) by the next decision. */
  function drained(
    alerts: readonly ScalingAlert[],
    { state = aPoolState(), policy = {}, notices = [] as readonly Notice[] } = {},
  ): readonly string[] {
    const seen = workers(4);
    const context: ReplaceContext = { key: KEY, state, policy: aPolicy(policy), now: NOW };
    const decision = decideReplace(namedNodes(signals(alerts), KEY, seen), notices, seen, context);
    return (decision?.replacements ?? []).filter(({ drain }) => drain).map(({ target }) => target.name);
  }

  it.each([
    [0, 1],
    [1, 1],
    [3, 3],
    [9, 4],
  ])('with a maxSurge of %d at most %d of the four are cordoned at once', (maxSurge, count) => {
    expect(drained(four.map(recommended), { policy: { maxSurge } })).toEqual(four.slice(0, count));
  });

  it.each(['accepted', 'cordoned', 'rolling-back'] as const)('wait while another one is %s for no more', (phase) => {
    const state = aPoolState([aDrain('down', 'i-1', { forced: true, phase })]);
    expect(drained(four.map(recommended), { state })).toEqual([]);
    expect(drained(four.map(recommended), { state, policy: { maxSurge: 2 } })).toEqual(['i-2']);
  });

  it.each<[string, Parameters<typeof aDrain>[2]]>([
    ['EC2 has announced', { forced: true, phase: 'draining', notice: { kind: 'interruption', at: NOW + MINUTE } }],
    ['EC2 announced when it was accepted', { forced: true, notice: { kind: 'maintenance', at: NOW + MINUTE } }],
    ['a rule gives back', { phase: 'cordoned' }],
  ])('do not wait for a node that %s', (_what, drain) => {
    const state = aPoolState([aDrain('down', 'i-1', drain)]);
    expect(drained(four.slice(1).map(recommended), { state })).toEqual(['i-2']);
  });

  it('do not wait for one whose interruption its own alert has announced, though EC2 does not say so yet', () => {
    const state = aPoolState([aDrain('down', 'i-1', { forced: true, phase: 'cordoned' })]);
    expect(drained([taken('i-1'), recommended('i-2')], { state })).toEqual(['i-2']);
  });

  it('never hold back what EC2 announces, by its API or by the alert alone, whichever alert comes first', () => {
    expect(drained(four.map(recommended), { notices: four.map(notice) })).toEqual(four);
    expect(drained(four.map((node) => taken(node)))).toEqual(four);
    const both = four.flatMap((node) => [taken(node), recommended(node)]);
    expect(drained(both)).toEqual(four);
    expect(drained(both.toReversed()).toSorted()).toEqual(four);
  });
});

describe('what is accepted', () => {
  const accept = (...of: Parameters<typeof decideFor>) => {
    const { decision, context } = decideFor(...of);
    if (!decision) throw new Error('nothing was decided');
    const ids = ['a', 'b', 'c', 'd'].slice(0, idsNeeded(decision));
    return acceptanceOf(decision, { ...context, owner: 'replica-a', ownerUntil: NOW + 30 * SECOND, ids });
  };

  it('both operations in one write, each knowing the other', () => {
    expect(accept([notice('i-1')])).toMatchObject({
      version: 7,
      cancel: [],
      operations: [
        {
          id: 'a',
          kind: 'scale-down',
          forced: true,
          node: { name: 'i-1', uid: 'uid-i-1', instanceId: 'i-1' },
          notice: { kind: 'interruption', at: NOW + 110 * SECOND },
        },
        {
          id: 'b',
          kind: 'scale-up',
          planned: 1,
          replaces: { instanceId: 'i-1', drain: 'a' },
          trigger: { alert: 'SpotInterruption', nodes: null },
        },
      ],
    });
    expect(accept([notice('i-1')])).not.toHaveProperty('upAcceptedAt');
  });

  it('the drain alone while EC2 does not say so', () => {
    const { operations } = accept([]);
    expect(operations).toMatchObject([{ id: 'a', kind: 'scale-down', forced: true }]);
    expect(operations[0]).not.toHaveProperty('notice');
  });

  it('the launch alone for a drain that is open', () => {
    const down = aDrain('down', 'i-1', { forced: true, phase: 'cordoned', revision: 4 });
    expect(accept([notice('i-1')], { state: aPoolState([down]) })).toMatchObject({
      operations: [{ id: 'a', kind: 'scale-up', planned: 1, replaces: { instanceId: 'i-1', drain: 'down' } }],
    });
  });
});
