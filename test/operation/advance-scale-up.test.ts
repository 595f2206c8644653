import { needsConfirmation } from '../../webhook/operation/confirmation';
import { advance } from '../../webhook/operation/advance';
import { nextRound } from '../../webhook/operation/launch-plan';
import type { Step, View } from '../../webhook/operation/step';
import { TAGS } from '../../webhook/model/names';
import type { Instance, InstanceState, Node } from '../../webhook/model/observation';
import type { Operation, ScaleUp } from '../../webhook/model/operation';
import type { PoolState } from '../../webhook/model/pool';
import {
  MINUTE,
  NOW,
  SECOND,
  TIMINGS,
  aConfirmation,
  aDrain,
  aLaunchedScaleUp,
  aNode,
  aPause,
  aPolicy,
  aPoolState,
  aScaleUp,
  aTrigger,
  aView,
  anInstance,
  blindness,
  observation,
  workers,
} from '../support/builders';

const ours = (id: string, state: InstanceState = 'running', overrides: Partial<Instance> = {}) =>
  anInstance(id, { ...overrides, state, tags: { [TAGS.operation]: 'up' } });

function see(instances: readonly Instance[], nodes: readonly Node[] = [], overrides: Partial<View> = {}): View {
  const at = overrides.now ?? NOW;
  return aView({ observation: observation({ at, instances, nodes }), ...overrides });
}

function up(step: Step): ScaleUp {
  return step.next as ScaleUp;
}

describe('accepted', () => {
  it('goes to launching at once, even blind', () => {
    const step = advance(aScaleUp('up', { acceptedAt: NOW }), aView({ observation: blindness() }));
    expect(step).toMatchObject({ act: null, next: { phase: 'launching', phaseAt: NOW } });
  });
});

describe.each([
  ['accepted', 'launching'],
  ['launching', 'launching'],
] as const)('%s, with nothing begun a look after it was accepted', (phase, next) => {
  const operation = aScaleUp('up', { phase, acceptedAt: NOW - 15 * SECOND - 1, planned: 1 });
  const look = (overrides: Partial<View> = {}, of = operation) =>
    advance(of, aView({ state: aPoolState([of]), ...overrides })).next;
  const asked = (upWanted: number | null) => ({ confirmation: aConfirmation({ upFiring: ['HighCpu'], upWanted }) });

  it('goes on while an up alert asks for more than there is without it', () => {
    expect(look(asked(3))).toMatchObject({ phase: next });
    expect(look(asked(null))).toMatchObject({ phase: next });
  });

  it.each<[string, Partial<View>]>([
    ['no up alert is active any more', {}],
    ['the pool has what is asked for without it', asked(2)],
    ['growing is paused', { ...asked(3), state: aPoolState([operation], { pauses: { up: aPause() } }) }],
  ])('ends, with nothing to take back, when %s', (_why, view) => {
    expect(look(view)).toMatchObject({ phase: 'rolled-back', reason: 'no-longer-wanted', instances: [] });
  });

  it.each<[string, Partial<View>]>([
    ['Alertmanager does not answer', { confirmation: { answered: false } }],
    ['an alert asks, and the world is not seen', { ...asked(0), observation: blindness() }],
    ['a pause is over', { ...asked(3), state: aPoolState([operation], { pauses: { up: aPause({ until: NOW }) } }) }],
  ])('goes on when %s', (_why, view) => {
    expect(look(view)).toMatchObject({ phase: next });
  });

  it('is asked for once more only then', () => {
    const early = { ...operation, acceptedAt: NOW - 15 * SECOND };
    expect(look({}, early)).toMatchObject({ phase: next });
    expect(needsConfirmation(early, { now: NOW, timings: TIMINGS })).toBe(false);
    expect(needsConfirmation(operation, { now: NOW, timings: TIMINGS })).toBe(true);
    expect(needsConfirmation({ ...operation, attempt: 1 }, { now: NOW, timings: TIMINGS })).toBe(false);
  });

  it('for the minimum goes on while there are fewer instances without it, whatever fires', () => {
    const minimum = { ...operation, trigger: aTrigger({ alert: 'below-minimum' }) };
    expect(look({ observation: workers(1) }, minimum)).toMatchObject({ phase: next });
    expect(look({ observation: workers(2) }, minimum)).toMatchObject({ reason: 'no-longer-wanted' });
    expect(look({ observation: blindness() }, minimum)).toMatchObject({ phase: next });
  });
});

describe.each(['accepted', 'launching'] as const)('%s in the place of a node that EC2 takes, not begun', (phase) => {
  const replaces = { instanceId: 'i-1', drain: 'down' };
  const up = aScaleUp('up', { phase, acceptedAt: NOW - MINUTE, planned: 1, replaces });
  const down = aDrain('down', 'i-1', { phase: 'draining', forced: true });
  const look = (operations: readonly Operation[], overrides: Partial<PoolState> = {}) =>
    advance(up, aView({ state: aPoolState(operations, overrides) })).next;

  it('goes on while that node is drained, although no up alert fires', () => {
    expect(look([up, down])).toMatchObject({ phase: 'launching' });
  });

  it('goes on when the drain has ended because the node is gone', () => {
    const gone = aView({ state: aPoolState([up]), observation: workers(2, { instances: [anInstance('i-2')] }) });
    expect(advance(up, gone).next).toMatchObject({ phase: 'launching' });
  });

  it.each<[string, readonly Operation[], Partial<PoolState>]>([
    ['the node comes back', [up, { ...down, phase: 'rolling-back' }], {}],
    ['the drain has ended and the node is still alive', [up], {}],
    ['growing is paused', [up, down], { pauses: { up: aPause() } }],
  ])('ends when %s', (_why, operations, overrides) => {
    expect(look(operations, overrides)).toMatchObject({ phase: 'rolled-back', reason: 'no-longer-wanted' });
  });
});

describe('what was begun', () => {
  it('goes on, whatever fires: nobody can know whether EC2 has heard of it', () => {
    const begun = aScaleUp('up', { phase: 'launching', attempt: 1, acceptedAt: NOW - 60 * MINUTE });
    expect(advance(begun, aView({ state: aPoolState([begun]) })).act).toEqual({ do: 'create-fleet', number: 1 });
  });
});

describe('launching', () => {
  const launching = (overrides: Partial<ScaleUp> = {}) =>
    aScaleUp('up', { phase: 'launching', planned: 2, attempt: 1, ...overrides });

  it('stores the attempt before anything else', () => {
    const operation = launching({ attempt: 0, acceptedAt: NOW });
    const step = advance(operation, see([]));
    const round = nextRound(operation, aView());
    expect(step).toEqual({ next: operation, act: { do: 'store-attempt', number: 1, round } });
  });

  it('asks EC2 by the stored attempt, and again for as long as there is no answer', () => {
    const operation = launching();
    const expected = { next: operation, act: { do: 'create-fleet', number: 1 } };
    expect(advance(operation, see([]))).toEqual(expected);
    expect(advance(operation, see([], [], { now: NOW + 60 * MINUTE }))).toEqual(expected);
  });

  it('asks even when the world is not seen: the token makes it safe', () => {
    expect(advance(launching(), aView({ observation: blindness() })).act).toEqual({ do: 'create-fleet', number: 1 });
  });

  it('takes all instances under its tag for the answer that was lost', () => {
    const failed = launching({ lastError: { code: 'ec2-unreachable', retryable: true, message: 'timeout' } });
    const { next, act } = advance(failed, see([ours('i-1'), ours('i-2', 'pending')]));
    expect(act).toBeNull();
    expect(next).toMatchObject({ phase: 'launching', answered: true, planned: 2, launchedAt: NOW });
    expect(up({ next, act }).instances.map((it) => it.id)).toEqual(['i-1', 'i-2']);
    expect(next).not.toHaveProperty('lastError');
  });

  describe('that EC2 has answered with less than was asked for', () => {
    const refused = launching({ settled: 1, elsewhere: true });

    it('neither asks elsewhere nor gives up while nothing is seen: an earlier repeat may have launched', () => {
      expect(advance(refused, aView({ observation: blindness() }))).toEqual({ next: refused, act: null });
      const { elsewhere: _said, ...definite } = refused;
      expect(advance(definite, aView({ observation: blindness() }))).toEqual({ next: definite, act: null });
    });

    it('takes what is there under its tag, and asks for the rest alone', () => {
      const { next, act } = advance(refused, see([ours('i-1')]));
      expect(up({ next, act }).instances.map(({ id }) => id)).toEqual(['i-1']);
      expect(act).toMatchObject({ do: 'store-attempt', number: 2, round: [{ count: 1 }] });
    });

    it('goes on with what is there when there is nothing else to ask for', () => {
      const { elsewhere: _said, ...definite } = refused;
      expect(advance(definite, see([ours('i-1')])).next).toMatchObject({ answered: true, planned: 1 });
      expect(advance(definite, see([])).next).toMatchObject({ answered: true, planned: 0 });
    });
  });

  describe('whose token EC2 knows with another request', () => {
    const lastError = { code: 'ec2-token-reused' as const, retryable: false, message: 'IdempotentParameterMismatch' };
    const reused = (overrides: Partial<ScaleUp> = {}) => launching({ lastError, ...overrides });

    it('looks for a minute whether there is anything under its tag, and asks EC2 for nothing meanwhile', () => {
      expect(advance(reused(), see([]))).toEqual({ next: reused({ quietSince: NOW }), act: null });
      const waiting = reused({ quietSince: NOW - 60 * SECOND + 1 });
      expect(advance(waiting, see([]))).toEqual({ next: waiting, act: null });
    });

    it('makes another attempt when there was nothing, with a request and so a token of its own', () => {
      const { next, act } = advance(reused({ quietSince: NOW - 60 * SECOND }), see([]));
      expect(next).toEqual(reused());
      expect(act).toMatchObject({ do: 'store-attempt', number: 2 });
      expect(act).toMatchObject({ round: [{ count: 2, tags: { 'smartscale:attempt': 'up.2' } }] });
    });

    it('begins to look anew after a gap in which nothing was seen', () => {
      const gap = observation({ at: NOW, completeSince: NOW - SECOND });
      const waiting = reused({ quietSince: NOW - 10 * MINUTE });
      expect(advance(waiting, aView({ observation: gap }))).toEqual({ next: waiting, act: null });
      expect(advance(waiting, aView({ observation: blindness() }))).toEqual({ next: waiting, act: null });
    });

    it('takes what is there, also a part of it', () => {
      const { next } = advance(reused({ quietSince: NOW - 60 * SECOND }), see([ours('i-1')]));
      expect(next).toMatchObject({ answered: true, planned: 1, instances: [{ id: 'i-1' }] });
      expect(next).not.toHaveProperty('quietSince');
    });
  });

  it('does not take a part for the answer: the same token tells the rest', () => {
    expect(advance(launching(), see([ours('i-1')])).act).toEqual({ do: 'create-fleet', number: 1 });
  });

  it('does not take instances of another operation for its own', () => {
    const other = anInstance('i-9', { tags: { [TAGS.operation]: 'other' } });
    expect(advance(launching({ planned: 1 }), see([other])).act).toEqual({ do: 'create-fleet', number: 1 });
  });

  it('goes to joining when EC2 gave ids, also fewer than asked for', () => {
    const operation = launching({ answered: true, planned: 1, instances: [{ id: 'i-1' }] });
    expect(advance(operation, see([]))).toMatchObject({ act: null, next: { phase: 'joining', phaseAt: NOW } });
  });

  it('rolls back when EC2 said a definite no', () => {
    const lastError = { code: 'ec2-quota' as const, retryable: true, message: 'VcpuLimitExceeded' };
    const operation = launching({ answered: true, planned: 0, lastError });
    expect(advance(operation, see([])).next).toMatchObject({ phase: 'rolling-back', reason: 'ec2-quota' });
  });
});

describe('joining', () => {
  const joining = (overrides: Partial<ScaleUp> = {}) => aLaunchedScaleUp('up', ['i-1', 'i-2'], overrides);
  const joined = { id: 'i-1', joinedAt: NOW - SECOND };

  it('waits while the world is not seen, even beyond the deadline', () => {
    const operation = joining({ launchedAt: NOW - 60 * MINUTE });
    expect(advance(operation, aView({ observation: blindness() }))).toEqual({ next: operation, act: null });
  });

  it('waits for nodes that are not there or not Ready', () => {
    const operation = joining();
    const view = see([ours('i-1'), ours('i-2')], [aNode('i-1', { ready: false })]);
    expect(advance(operation, view)).toEqual({ next: operation, act: null });
  });

  describe('a node that is Ready but for its startup taint', () => {
    const waiting = (overrides: Partial<Node> = {}) =>
      aNode('i-1', { ready: false, awaitsAdmission: true, ...overrides });
    const look = (node: Node) => advance(joining(), see([ours('i-1'), ours('i-2')], [node])).act;

    it('is admitted, and has not joined before', () => {
      expect(look(waiting())).toEqual({ do: 'admit', node: { name: 'i-1', uid: 'uid-i-1' } });
    });

    it.each<[string, Partial<Node>]>([
      ['of another pool', { pool: 'batch' }],
      ['without the label of a pool', { pool: null }],
      ['of an instance that was not launched here', { instanceId: 'i-9' }],
      ['of no instance', { instanceId: null }],
    ])('keeps it when it is one %s', (_which, node) => {
      expect(look(waiting(node))).toBeNull();
    });
  });

  it('remembers what joined, each once', () => {
    const view = see([ours('i-1'), ours('i-2')], [aNode('i-1'), aNode('i-2')]);
    expect(advance(joining(), view).act).toEqual({ do: 'remember-joined', ids: ['i-1', 'i-2'] });
    const half = joining({ instances: [joined, { id: 'i-2' }] });
    expect(advance(half, view).act).toEqual({ do: 'remember-joined', ids: ['i-2'] });
  });

  it('is done when every instance has joined, also if a node has left since', () => {
    const operation = joining({ instances: [joined, { id: 'i-2', joinedAt: NOW }] });
    expect(advance(operation, see([ours('i-1'), ours('i-2')], [aNode('i-1')]))).toMatchObject({
      act: null,
      next: { phase: 'done' },
    });
  });

  describe('at the deadline', () => {
    const late = joining({
      launchedAt: NOW - 10 * MINUTE,
      phaseAt: NOW - 10 * MINUTE,
      instances: [joined, { id: 'i-2' }],
    });
    const { deadline } = aPolicy();
    const wholeOnly = { ...deadline, running: deadline.join, registered: deadline.join, ready: deadline.join };
    const policy = aPolicy({ deadline: wholeOnly });
    const view = (overrides: Partial<View> = {}) =>
      see([ours('i-1'), ours('i-2')], [aNode('i-1')], { policy, ...overrides });

    it('says so when a node came without the label of the pool, which counts nowhere', () => {
      const nodes = [aNode('i-1'), aNode('i-2', { pool: null })];
      const { act, next } = advance(late, see([ours('i-1'), ours('i-2')], nodes));
      expect(act).toBeNull();
      expect(next).toMatchObject({ phase: 'rolling-back', reason: 'join-deadline' });
      expect(next.detail).toContain('without the label smartscale/pool=workers');
    });

    it('rolls back and names what never joined', () => {
      expect(advance(late, view()).next).toMatchObject({
        phase: 'rolling-back',
        reason: 'join-deadline',
        detail: 'i-2 never became Ready nodes',
      });
    });

    it('waits until then', () => {
      expect(advance(late, view({ now: NOW - 1 })).next).toBe(late);
    });

    it('counts from the launch, not from the phase', () => {
      expect(advance({ ...late, phaseAt: NOW }, view()).next.phase).toBe('rolling-back');
    });

    const afterGap = (ago: number) => {
      const seen = observation({
        completeSince: NOW - ago,
        instances: [ours('i-1'), ours('i-2')],
        nodes: [aNode('i-1')],
      });
      return aView({ observation: seen, policy });
    };

    it('leaves 120 s after a gap in the observations', () => {
      expect(advance(late, afterGap(120 * SECOND - 1)).next).toBe(late);
      expect(advance(late, afterGap(120 * SECOND)).next.phase).toBe('rolling-back');
    });

    it('leaves nothing more when the gap was before the phase began', () => {
      const operation = { ...late, phaseAt: NOW - 30 * SECOND };
      expect(advance(operation, afterGap(31 * SECOND)).next.phase).toBe('rolling-back');
    });

    it('does not come earlier because of a gap', () => {
      const early = joining({ launchedAt: NOW - 9 * MINUTE, phaseAt: NOW - 9 * MINUTE });
      expect(advance(early, afterGap(5 * MINUTE)).next.phase).toBe('joining');
    });

    it('counts a node that became Ready in the same look', () => {
      const ready = see([ours('i-1'), ours('i-2')], [aNode('i-1'), aNode('i-2')]);
      expect(advance(late, ready).act).toEqual({ do: 'remember-joined', ids: ['i-2'] });
    });
  });

  describe('an instance that ends', () => {
    it.each<InstanceState>(['terminated', 'shutting-down'])('is noted when EC2 says %s', (state) => {
      const { next, act } = advance(joining(), see([ours('i-1'), ours('i-2', state)]));
      expect(act).toBeNull();
      expect(next).toMatchObject({ phase: 'joining', instances: [{ id: 'i-1' }, { id: 'i-2', goneAt: NOW }] });
    });

    it.each<InstanceState>(['pending', 'stopping', 'stopped'])('is not gone while it is %s', (state) => {
      const operation = joining();
      expect(advance(operation, see([ours('i-1'), ours('i-2', state)])).next).toBe(operation);
    });

    it('is gone only when two looks 60 s apart do not list it', () => {
      const first = up(advance(joining(), see([ours('i-1')])));
      expect(first.instances[1]).toEqual({ id: 'i-2', missingSince: NOW });
      const soon = up(advance(first, see([ours('i-1')], [], { now: NOW + 60 * SECOND - 1 })));
      expect(soon).toBe(first);
      const late = up(advance(first, see([ours('i-1')], [], { now: NOW + 60 * SECOND })));
      expect(late.instances[1]).toMatchObject({ goneAt: NOW + 60 * SECOND });
    });

    it('is missing anew when it was listed in between', () => {
      const first = up(advance(joining(), see([ours('i-1')])));
      const back = up(advance(first, see([ours('i-1'), ours('i-2')], [], { now: NOW + 30 * SECOND })));
      expect(back.instances[1]).toEqual({ id: 'i-2' });
    });

    it('is missing anew after a gap in the observations', () => {
      const first = up(advance(joining(), see([ours('i-1')])));
      const now = NOW + 10 * MINUTE - 61 * SECOND;
      const seen = observation({ at: now, completeSince: now - SECOND, instances: [ours('i-1')] });
      const after = up(advance(first, aView({ now, observation: seen })));
      expect(after.instances[1]).toEqual({ id: 'i-2', missingSince: now - SECOND });
    });

    it('does not end the wait for the others', () => {
      const operation = joining({ instances: [{ id: 'i-1' }, { id: 'i-2', goneAt: NOW }] });
      expect(advance(operation, see([ours('i-1')])).next).toBe(operation);
    });

    it('rolls back when nothing else is waited for', () => {
      const operation = joining({ instances: [joined, { id: 'i-2' }] });
      expect(advance(operation, see([ours('i-1'), ours('i-2', 'terminated')], [aNode('i-1')])).next).toMatchObject({
        phase: 'rolling-back',
        reason: 'instance-ended',
        detail: 'i-2 ended before joining, m6a.large in eu-central-1a',
      });
    });
  });
});

describe('rolling back', () => {
  const back = (overrides: Partial<ScaleUp> = {}) =>
    aLaunchedScaleUp('up', ['i-1', 'i-2'], {
      phase: 'rolling-back',
      reason: 'join-deadline',
      consolesKept: true,
      ...overrides,
    });
  const withJoined = () => back({ instances: [{ id: 'i-1', joinedAt: NOW - MINUTE }, { id: 'i-2' }] });

  it('waits while the world is not seen', () => {
    const operation = back();
    expect(advance(operation, aView({ observation: blindness() }))).toEqual({ next: operation, act: null });
  });

  it('asks once for the consoles of what it is about to terminate, whatever comes of it', () => {
    const { consolesKept: _kept, ...fresh } = withJoined();
    const view = see([ours('i-1'), ours('i-2')], [aNode('i-1')]);
    const first = advance(fresh, view);
    expect(first).toEqual({ next: { ...fresh, consolesKept: true }, act: { do: 'keep-consoles', ids: ['i-2'] } });
    expect(advance(first.next, view).act).toEqual({ do: 'terminate', ids: ['i-2'] });
  });

  it('terminates what did not join and leaves what did', () => {
    const view = see([ours('i-1'), ours('i-2')], [aNode('i-1')]);
    expect(advance(withJoined(), view).act).toEqual({ do: 'terminate', ids: ['i-2'] });
  });

  it('terminates what EC2 lists under its tag, though no answer named it', () => {
    expect(advance(back({ instances: [] }), see([ours('i-7')])).act).toEqual({ do: 'terminate', ids: ['i-7'] });
  });

  it('terminates what joined too late, and removes its Node afterwards', () => {
    const node = aNode('i-2');
    const late = see([ours('i-1'), ours('i-2')], [aNode('i-1'), node]);
    expect(advance(withJoined(), late).act).toEqual({ do: 'terminate', ids: ['i-2'] });
    const ended = see([ours('i-1'), ours('i-2', 'shutting-down')], [aNode('i-1'), node]);
    expect(advance(withJoined(), ended).act).toEqual({ do: 'delete-node', node: { name: 'i-2', uid: node.uid } });
  });

  it.each<InstanceState>(['pending', 'stopping', 'stopped'])('terminates an instance that is %s', (state) => {
    expect(advance(back(), see([ours('i-2', state)])).act).toEqual({ do: 'terminate', ids: ['i-2'] });
  });

  it('touches no instance and no Node of others', () => {
    const step = advance(back({ instances: [] }), see([anInstance('i-9')], [aNode('i-9')]));
    expect(step.act).toBeNull();
  });

  it('is rolled back when two looks 60 s apart see none of it alive', () => {
    const first = up(advance(back(), see([])));
    expect(first).toMatchObject({ phase: 'rolling-back', quietSince: NOW });
    expect(advance(first, see([], [], { now: NOW + 60 * SECOND - 1 })).next).toBe(first);
    expect(advance(first, see([], [], { now: NOW + 60 * SECOND })).next).toMatchObject({
      phase: 'rolled-back',
      reason: 'join-deadline',
    });
  });

  it('begins to wait anew when something of it shows up alive', () => {
    const quiet = back({ quietSince: NOW - 59 * SECOND });
    const { next, act } = advance(quiet, see([ours('i-2')]));
    expect(act).toEqual({ do: 'terminate', ids: ['i-2'] });
    expect(next).not.toHaveProperty('quietSince');
  });

  it('waits 60 s also when nothing was launched', () => {
    expect(advance(back({ instances: [], planned: 0 }), see([])).next.phase).toBe('rolling-back');
  });
});

describe('closed', () => {
  it.each(['done' as const, 'rolled-back' as const])('%s stays as it is', (phase) => {
    const operation = aLaunchedScaleUp('up', ['i-1'], { phase });
    expect(advance(operation, see([ours('i-1')]))).toEqual({ next: operation, act: null });
  });
});
