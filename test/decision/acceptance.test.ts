import { acceptanceOf, idsNeeded, type AcceptanceContext } from '../../webhook/decision/acceptance';
import {
  MINUTE,
  NOW,
  SECOND,
  aDecision,
  aDownIntent,
  aDrain,
  aPolicy,
  aPoolState,
  aScaleUp,
  anIntent,
  total,
} from '../support/builders';

function context(overrides: Partial<AcceptanceContext> = {}): AcceptanceContext {
  return {
    state: aPoolState(),
    policy: aPolicy(),
    now: NOW,
    owner: 'replica-a',
    ownerUntil: NOW + 30 * SECOND,
    ids: ['op-1', 'op-2', 'op-3'],
    ...overrides,
  };
}

const common = {
  revision: 1,
  owner: 'replica-a',
  ownerUntil: NOW + 30 * SECOND,
  acceptedAt: NOW,
  phaseAt: NOW,
  phase: 'accepted',
};

describe('what accepting writes', () => {
  it('names the version that was decided on', () => {
    expect(acceptanceOf(aDecision(), context({ state: aPoolState([], { version: 41 }) })).version).toBe(41);
  });

  it('is one scale-up for all nodes, with the stamp of the top-up clock', () => {
    const decision = aDecision({ outcome: 'scale-up', reason: 'accepted', launch: 3, have: 2, want: 5 });
    expect(acceptanceOf({ ...decision, podSet: '2-abc', zones: ['eu-central-1b'] }, context())).toEqual({
      version: 7,
      upAcceptedAt: NOW,
      cancel: [],
      operations: [
        {
          ...common,
          id: 'op-1',
          kind: 'scale-up',
          planned: 3,
          attempt: 0,
          answered: false,
          instances: [],
          podSet: '2-abc',
          zones: ['eu-central-1b'],
          trigger: { alert: 'HighCpu', nodes: 5, have: 2, urgent: false, topUp: false, heardAt: NOW - 10 * SECOND },
        },
      ],
    });
  });

  it('is one scale-down for each node, due within the time to confirm', () => {
    const intent = aDownIntent({ wish: { kind: 'step' } });
    const decision = aDecision({ outcome: 'scale-down', reason: 'accepted', giveBack: 2, have: 5, want: 3, intent });
    const change = acceptanceOf(decision, context());
    expect(change).not.toHaveProperty('upAcceptedAt');
    expect(change.operations).toEqual(
      ['op-1', 'op-2'].map((id) => ({
        ...common,
        id,
        kind: 'scale-down',
        node: null,
        deadline: NOW + 5 * MINUTE,
        evicted: 0,
        trigger: { alert: 'Idle', nodes: null, have: 5, urgent: false, topUp: false, heardAt: NOW - 10 * SECOND },
      })),
    );
  });

  it('marks drains to take back, at the revision seen, in the name of the scale-up', () => {
    const state = aPoolState([aDrain('d1', 'i-3', { revision: 4 }), aDrain('d2', 'i-4', { revision: 9 })]);
    const decision = aDecision({ outcome: 'scale-up', launch: 1, takeBack: ['d2', 'd1'] });
    expect(acceptanceOf(decision, context({ state })).cancel).toEqual([
      { id: 'd2', revision: 9, by: 'op-1' },
      { id: 'd1', revision: 4, by: 'op-1' },
    ]);
  });

  it('opens nothing and stamps nothing when drains taken back are enough', () => {
    const state = aPoolState([aDrain('d1', 'i-3')]);
    const change = acceptanceOf(aDecision({ outcome: 'uncordon', takeBack: ['d1'] }), context({ state }));
    expect(change.operations).toEqual([]);
    expect(change.cancel).toHaveLength(1);
    expect(change).not.toHaveProperty('upAcceptedAt');
  });

  it('calls a scale-up beside an open one a top-up, but not beside a drain', () => {
    const decision = aDecision({ outcome: 'scale-up', launch: 1, intent: anIntent({ urgent: true, wish: total(4) }) });
    const beside = (state: AcceptanceContext['state']) => acceptanceOf(decision, context({ state })).operations[0];
    expect(beside(aPoolState([aScaleUp('up')]))?.trigger).toMatchObject({ topUp: true, urgent: true });
    expect(beside(aPoolState([aScaleUp('up', { phase: 'done' })]))?.trigger.topUp).toBe(false);
    expect(beside(aPoolState([aDrain('d1', 'i-3')]))?.trigger.topUp).toBe(false);
  });
});

describe('ids', () => {
  it.each([
    ['scale-up' as const, { launch: 5 }, 1],
    ['scale-down' as const, { giveBack: 3 }, 3],
    ['uncordon' as const, { takeBack: ['a', 'b'] }, 1],
  ])('for %s: %j needs %i', (outcome, amounts, expected) => {
    expect(idsNeeded(aDecision({ outcome, ...amounts }))).toBe(expected);
  });
});
