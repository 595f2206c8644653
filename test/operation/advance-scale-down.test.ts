import { advance } from '../../webhook/operation/advance';
import type { Step, View } from '../../webhook/operation/step';
import type { CompleteObservation, InstanceState, Node, Pod } from '../../webhook/model/observation';
import type { ScaleDown, ScaleDownPhase } from '../../webhook/model/operation';
import {
  MINUTE,
  NOW,
  SECOND,
  aConfirmation,
  aDrain,
  aMarkedNode,
  aNode,
  aPause,
  aPod,
  aPolicy,
  aPoolState,
  aScaleDown,
  aView,
  anInstance,
  blindness,
  observation,
  workers,
} from '../support/builders';

/** Three workers, of which i-3 carries the mark of operation `down`; `node` changes it, null removes it. */
function marked(node: Partial<Node> | null = {}, overrides: Partial<CompleteObservation> = {}): CompleteObservation {
  const base = workers(3);
  const nodes = base.nodes.slice(0, 2);
  return { ...base, nodes: node ? [...nodes, aMarkedNode('i-3', 'down', node)] : nodes, ...overrides };
}

const onNode = (name: string, overrides: Partial<Pod> = {}) => aPod(name, { node: 'i-3', ...overrides });

function look(operation: ScaleDown, seen: View['observation'] = marked(), overrides: Partial<View> = {}): Step {
  return advance(operation, aView({ observation: seen, state: aPoolState([operation]), ...overrides }));
}

function drain(phase: ScaleDownPhase, overrides: Partial<ScaleDown> = {}): ScaleDown {
  const deadline = phase === 'terminating' || phase === 'rolling-back' ? null : NOW + 10 * MINUTE;
  return aDrain('down', 'i-3', { phase, deadline, ...overrides });
}

const confirmation = (overrides: Parameters<typeof aConfirmation>[0] = {}): Partial<View> => ({
  confirmation: aConfirmation(overrides),
});
const silent: Partial<View> = { confirmation: { answered: false } };

describe('a pause of scale-downs', () => {
  const paused = (of: ScaleDown, until: number | null = null) =>
    look(of, marked(), { state: aPoolState([of], { pauses: { down: aPause({ until }) } }) }).next;

  it.each([aScaleDown('down'), aScaleDown('down', { confirmedAt: NOW }), drain('cordoned')])(
    'ends one that has moved no pod yet ($phase)',
    (operation) => {
      expect(paused(operation)).toMatchObject({ phase: 'rolling-back', reason: 'paused' });
      expect(paused(operation, NOW)).not.toMatchObject({ reason: 'paused' });
    },
  );

  it.each([drain('draining'), drain('terminating')])('lets one go on that has begun ($phase)', (operation) => {
    expect(paused(operation)).not.toMatchObject({ reason: 'paused' });
  });
});

describe('accepted, not confirmed yet', () => {
  const operation = aScaleDown('down');

  it('is confirmed by an active down alert, no up alert and a fresh Watchdog', () => {
    expect(look(operation).next).toEqual({ ...operation, confirmedAt: NOW });
    expect(look(operation).act).toBeNull();
  });

  it.each<[string, Partial<View>, string]>([
    ['the down alert is no longer active', confirmation({ downActive: false }), 'no unsilenced down alert'],
    ['an up alert fires', confirmation({ upFiring: ['HighCpu'] }), 'HighCpu fires'],
    ['the Watchdog is not fresh', confirmation({ watchdogFresh: false }), 'Watchdog'],
  ])('rolls back when %s', (_name, view, detail) => {
    const { next } = look(operation, marked(), view);
    expect(next).toMatchObject({ phase: 'rolling-back', reason: 'not-confirmed', deadline: null });
    expect(next.detail).toContain(detail);
  });

  it.each<[string, Partial<View>]>([
    ['no Alertmanager answers', silent],
    ['nobody asked', { confirmation: null }],
  ])('waits while %s', (_name, view) => {
    expect(look(operation, marked(), view)).toEqual({ next: operation, act: null });
  });

  it('needs no observation', () => {
    expect(look(operation, blindness()).next).toHaveProperty('confirmedAt', NOW);
  });
});

describe('accepted and confirmed', () => {
  it('gives up at once when the API server will never let it mark a node', () => {
    const lastError = { code: 'kubernetes-forbidden', retryable: false, message: 'may not patch nodes' } as const;
    const { act, next } = look({ ...drain('accepted'), lastError }, marked());
    expect(act).toBeNull();
    expect(next).toMatchObject({
      phase: 'rolling-back',
      reason: 'refused-by-api-server',
      detail: 'may not patch nodes',
    });
  });

  const operation = aScaleDown('down', { confirmedAt: NOW - SECOND });
  const chosen = drain('accepted');

  it('waits while the world is not seen', () => {
    expect(look(operation, blindness())).toEqual({ next: operation, act: null });
  });

  it('chooses the emptiest node', () => {
    const seen = workers(2, { pods: [aPod('a', { node: 'i-1' })] });
    const { next, act } = look(operation, seen);
    expect(act).toBeNull();
    expect(next).toMatchObject({
      phase: 'accepted',
      node: { name: 'i-2', uid: 'uid-i-2', instanceId: 'i-2' },
      detail: 'i-2: 0 pods to move; goes before i-1, because it has nothing to move',
    });
  });

  it('rolls back when there is no candidate, and says why for each node', () => {
    const seen = workers(1, { nodes: [aNode('i-1', { annotations: { 'smartscale/no-scale-down': '' } })] });
    expect(look(operation, seen).next).toMatchObject({
      phase: 'rolling-back',
      reason: 'no-candidate',
      detail: 'i-1: is kept by annotation smartscale/no-scale-down',
    });
  });

  it('rolls back when pods fit nowhere else', () => {
    const seen = workers(1, { pods: [aPod('a', { node: 'i-1' })] });
    expect(look(operation, seen).next).toMatchObject({ reason: 'pods-do-not-fit-elsewhere' });
  });

  it('marks the node it has chosen, and again until the mark is seen', () => {
    const expected = { next: chosen, act: { do: 'mark', node: chosen.node } };
    expect(look(chosen, workers(3))).toEqual(expected);
    expect(look(chosen, marked({ markedBy: 'another' }))).toEqual(expected);
    expect(look(chosen, marked({ cordoned: false }))).toEqual(expected);
  });

  it('goes to cordoned when the mark is seen, with a new deadline', () => {
    expect(look(chosen)).toMatchObject({
      act: null,
      next: { phase: 'cordoned', phaseAt: NOW, deadline: NOW + 2 * MINUTE },
    });
  });

  it('rolls back when the node is gone, or another one has its name', () => {
    expect(look(chosen, marked(null)).next).toMatchObject({ phase: 'rolling-back', reason: 'node-gone' });
    expect(look(chosen, marked({ uid: 'reborn' })).next).toMatchObject({ reason: 'node-gone' });
  });
});

describe('cordoned', () => {
  const operation = drain('cordoned', { phaseAt: NOW - 5 * SECOND });

  it('goes to draining when settled and allowed, with a new deadline', () => {
    expect(look(operation, marked({}, { pods: [onNode('a')] }))).toMatchObject({
      act: null,
      next: { phase: 'draining', deadline: NOW + 15 * MINUTE },
    });
  });

  it('settles first', () => {
    const early = { ...operation, phaseAt: NOW - 5 * SECOND + 1 };
    expect(look(early)).toEqual({ next: early, act: null });
  });

  it('judges only by what was seen after it settled', () => {
    expect(look(operation, marked({}, { at: NOW - 1 }))).toEqual({ next: operation, act: null });
  });

  it('waits while the world is not seen or no Alertmanager answers', () => {
    expect(look(operation, blindness())).toEqual({ next: operation, act: null });
    expect(look(operation, marked(), silent)).toEqual({ next: operation, act: null });
    expect(look(operation, marked(), { confirmation: null })).toEqual({ next: operation, act: null });
  });

  it('rolls back when an up alert fires', () => {
    expect(look(operation, marked(), confirmation({ upFiring: ['HighCpu'] })).next).toMatchObject({
      phase: 'rolling-back',
      reason: 'not-confirmed',
      detail: 'HighCpu fires',
    });
  });

  it('does not mind that its own cordon has ended the down alert', () => {
    expect(look(operation, marked(), confirmation({ downActive: false })).next.phase).toBe('draining');
  });

  it('rolls back when a pod came that must stay', () => {
    const seen = marked({}, { pods: [onNode('bare', { ownerKind: null })] });
    expect(look(operation, seen).next).toMatchObject({ phase: 'rolling-back', reason: 'blocked-by-pod' });
  });

  it('rolls back when its pods no longer fit elsewhere', () => {
    const seen = marked({}, { pods: [onNode('big', { requests: { cpu: 3, memory: 1, pods: 1 } })] });
    expect(look(operation, seen).next).toMatchObject({
      phase: 'rolling-back',
      reason: 'pods-do-not-fit-elsewhere',
      detail: 'i-3: pod default/big fits on no other node',
    });
  });

  it.each<[string, Partial<Node>]>([
    ['by annotation', { annotations: { 'smartscale/no-scale-down': 'true' } }],
    ['as permanent', { labels: { 'smartscale/permanent': 'true' } }],
  ])('rolls back when somebody has claimed the node %s meanwhile', (_name, node) => {
    expect(look(operation, marked(node)).next).toMatchObject({ phase: 'rolling-back', reason: 'no-candidate' });
  });
});

describe('draining', () => {
  const operation = drain('draining');
  const target = (name: string) => ({ namespace: 'default', name, uid: `uid-${name}` });

  it('asks for the eviction of every pod that must move, and of no other', () => {
    const pods = [
      onNode('a'),
      onNode('daemon', { ownerKind: 'DaemonSet' }),
      onNode('static', { mirror: true }),
      onNode('finished', { phase: 'Succeeded' }),
      onNode('going', { terminating: true }),
      aPod('elsewhere', { node: 'i-1' }),
      onNode('b'),
    ];
    const step = look(operation, marked({}, { pods }));
    expect(step).toEqual({ next: operation, act: { do: 'evict', pods: [target('a'), target('b')] } });
  });

  it('names every pod that has to go: which of them are due is known to whoever asks', () => {
    const pods = Array.from({ length: 25 }, (_, i) => onNode(`p${i}`));
    const { act } = look(operation, marked({}, { pods }));
    expect(act).toMatchObject({ do: 'evict' });
    expect(act?.do === 'evict' && act.pods.length).toBe(25);
  });

  it('waits for pods that are on their way out', () => {
    const seen = marked({}, { pods: [onNode('going', { terminating: true })] });
    expect(look(operation, seen)).toEqual({ next: operation, act: null });
  });

  it('goes to terminating when none is left to move, and can no longer be stopped by a deadline', () => {
    const blocked = { ...operation, reason: 'blocked-by-disruption-budget', detail: 'default/a: no' };
    const { next, act } = look(blocked, marked({}, { pods: [onNode('daemon', { ownerKind: 'DaemonSet' })] }));
    expect(act).toBeNull();
    expect(next).toMatchObject({ phase: 'terminating', deadline: null });
    expect(next).not.toHaveProperty('reason');
    expect(next).not.toHaveProperty('detail');
  });

  it('waits while the world is not seen', () => {
    expect(look(operation, blindness())).toEqual({ next: operation, act: null });
  });

  it('rolls back when a pod came that must stay', () => {
    const seen = marked({}, { pods: [onNode('a'), onNode('bare', { ownerKind: null })] });
    expect(look(operation, seen).next).toMatchObject({ phase: 'rolling-back', reason: 'blocked-by-pod' });
  });

  it('rolls back instead of terminating when fewer nodes than min would be left', () => {
    const down = { ...operation };
    const two = { ...marked(), nodes: [aNode('i-1'), aNode('i-2', { ready: false }), aMarkedNode('i-3', 'down')] };
    expect(look(down, two).next).toMatchObject({ phase: 'rolling-back', reason: 'at-min' });
    expect(look(down, two, { policy: aPolicy({ min: 1 }) }).next.phase).toBe('terminating');
  });

  it('does not count nodes of other scale-downs towards min', () => {
    const other = aDrain('other', 'i-2');
    const { next } = look(operation, marked(), { state: aPoolState([operation, other]) });
    expect(next).toMatchObject({ phase: 'rolling-back', reason: 'at-min' });
  });

  it('rolls back at once when evictions are forbidden for good', () => {
    const lastError = { code: 'kubernetes-forbidden' as const, retryable: false, message: 'cannot create evictions' };
    const seen = marked({}, { pods: [onNode('a')] });
    expect(look({ ...operation, lastError }, seen).next).toMatchObject({
      phase: 'rolling-back',
      reason: 'refused-by-api-server',
      detail: 'cannot create evictions',
    });
    expect(look({ ...operation, lastError: { ...lastError, retryable: true } }, seen).act).toMatchObject({
      do: 'evict',
    });
  });

  it('keeps how many pods were to be moved when it began', () => {
    const settled = drain('cordoned', { phaseAt: NOW - MINUTE });
    const pods = [onNode('a'), onNode('b'), onNode('daemon', { ownerKind: 'DaemonSet' })];
    expect(look(settled, marked({}, { pods })).next).toMatchObject({ phase: 'draining', pods: 2 });
  });

  it('says what it waits for, and tells of that when time runs out', () => {
    const job = onNode('job', {
      annotations: { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'on-completion' },
    });
    const { next, act } = look(operation, marked({}, { pods: [job] }));
    expect(act).toBeNull();
    expect(next).toMatchObject({ phase: 'draining', reason: 'waits-for-completion' });
    const late = look({ ...next, deadline: NOW } as ScaleDown, marked({}, { pods: [job] }));
    expect(late.next).toMatchObject({ phase: 'rolling-back', reason: 'waits-for-completion' });
  });

  it.each<[string, Partial<CompleteObservation>]>([
    ['EC2 does not list it with our tags any more', { instances: workers(2).instances }],
    ['it is another pool’s', { instances: [anInstance('i-3', { tags: { 'smartscale:pool': 'other' } })] }],
    ['people made it theirs', { instances: [anInstance('i-3', { tags: { 'smartscale:permanent': '' } })] }],
  ])('rolls back instead of terminating an instance when %s', (_what, overrides) => {
    expect(look(operation, marked({}, overrides)).next).toMatchObject({ phase: 'rolling-back', reason: 'not-ours' });
  });

  it('rolls back instead of terminating when the node says that it is another instance', () => {
    expect(look(operation, marked({ instanceId: 'i-4' })).next).toMatchObject({ reason: 'not-ours' });
    const permanent = { labels: { 'smartscale/permanent': 'true' } };
    expect(look(operation, marked(permanent)).next).toMatchObject({ reason: 'not-ours' });
  });

  it('tells of the budget that stopped it, not that time ran out', () => {
    const blocked = { ...operation, reason: 'blocked-by-disruption-budget', detail: 'default/a: no', deadline: NOW };
    expect(look(blocked).next).toMatchObject({
      phase: 'rolling-back',
      reason: 'blocked-by-disruption-budget',
      detail: 'default/a: no',
    });
  });
});

describe('what interrupts every phase that has a way back', () => {
  const phases: readonly ScaleDownPhase[] = ['accepted', 'cordoned', 'draining'];

  it.each(phases)('%s: taken back by a scale-up', (phase) => {
    const { next, act } = look(drain(phase, { cancelledBy: 'up' }));
    expect(act).toBeNull();
    expect(next).toMatchObject({ phase: 'rolling-back', reason: 'cancelled', detail: 'taken back by up' });
  });

  it.each(phases)('%s: the deadline, even blind, and not a moment earlier', (phase) => {
    const due = drain(phase, { deadline: NOW });
    expect(look(due, blindness()).next).toMatchObject({ phase: 'rolling-back', reason: 'deadline' });
    expect(look({ ...due, deadline: NOW + 1 }, blindness()).next.phase).toBe(phase);
  });

  it.each(phases)('%s: the node is gone or another one has its name', (phase) => {
    expect(look(drain(phase), marked(null)).next).toMatchObject({ phase: 'rolling-back', reason: 'node-gone' });
    expect(look(drain(phase), marked({ uid: 'reborn' })).next).toMatchObject({ reason: 'node-gone' });
  });

  it.each<ScaleDownPhase>(['cordoned', 'draining'])('%s: a person uncordoned', (phase) => {
    expect(look(drain(phase), marked({ cordoned: false })).next).toMatchObject({
      phase: 'rolling-back',
      reason: 'uncordoned-by-person',
    });
  });

  it.each<ScaleDownPhase>(['cordoned', 'draining'])('%s: not by what was seen before the phase began', (phase) => {
    const operation = drain(phase, { phaseAt: NOW });
    expect(look(operation, marked({ cordoned: false })).next.reason).toBeUndefined();
  });
});

describe('terminating', () => {
  const operation = drain('terminating');
  const sent = drain('terminating', { terminateSentAt: NOW - 2 * SECOND });
  const instance = (state: InstanceState | null): CompleteObservation => {
    const others = workers(2);
    const third = state === null ? [] : [anInstance('i-3', { state })];
    return { ...others, instances: [...others.instances, ...third] };
  };
  const withNode = (state: InstanceState | null, node: Partial<Node> = {}): CompleteObservation => ({
    ...instance(state),
    nodes: [...instance(state).nodes, aMarkedNode('i-3', 'down', node)],
  });

  it('terminates first', () => {
    expect(look(operation)).toEqual({ next: operation, act: { do: 'terminate', ids: ['i-3'] } });
  });

  it('needs no observation for that', () => {
    expect(look(operation, blindness()).act).toEqual({ do: 'terminate', ids: ['i-3'] });
  });

  it('waits for an observation that began after the call', () => {
    expect(look(sent, blindness())).toEqual({ next: sent, act: null });
    const old = { ...instance(null), at: NOW - 2 * SECOND };
    expect(look(sent, old)).toEqual({ next: sent, act: null });
  });

  it('waits while the instance is alive, and asks again after 60 s', () => {
    expect(look(sent, withNode('running'))).toEqual({ next: sent, act: null });
    const overdue = { ...sent, terminateSentAt: NOW - 60 * SECOND };
    expect(look(overdue, withNode('running')).act).toEqual({ do: 'terminate', ids: ['i-3'] });
  });

  it.each<InstanceState | null>(['shutting-down', 'terminated', null])(
    'deletes the Node once the instance is %s',
    (state) => {
      expect(look(sent, withNode(state)).act).toEqual({ do: 'delete-node', node: { name: 'i-3', uid: 'uid-i-3' } });
    },
  );

  it('deletes a Node that registered again by its new uid', () => {
    expect(look(sent, withNode('terminated', { uid: 'ghost' })).act).toEqual({
      do: 'delete-node',
      node: { name: 'i-3', uid: 'ghost' },
    });
  });

  it('waits without a Node until the instance has ended: its kubelet may register again', () => {
    expect(look(sent, instance('shutting-down'))).toEqual({ next: sent, act: null });
  });

  it('waits for ten minutes at most while it shuts down: others have to get their turn', () => {
    const later = (ms: number) => look({ ...sent, terminateSentAt: NOW - ms }, instance('shutting-down')).next;
    expect(later(10 * MINUTE - 1).phase).toBe('terminating');
    expect(later(10 * MINUTE)).toMatchObject({ phase: 'done', reason: 'still-shutting-down' });
    const withGhost = look({ ...sent, terminateSentAt: NOW - 10 * MINUTE }, withNode('shutting-down'));
    expect(withGhost.act).toHaveProperty('do', 'delete-node');
  });

  it.each<InstanceState | null>(['terminated', null])(
    'is done when the Node is gone and the instance is %s',
    (state) => {
      expect(look(sent, instance(state))).toMatchObject({ act: null, next: { phase: 'done' } });
    },
  );

  it.each<[string, Partial<ScaleDown>, View['observation']]>([
    ['a scale-up that would take it back', { cancelledBy: 'up' }, withNode('running')],
    ['a person who uncordons', {}, withNode('running', { cordoned: false })],
    ['a node that is gone', {}, instance('running')],
  ])('does not turn back for %s', (_name, overrides, seen) => {
    expect(look({ ...sent, ...overrides }, seen).next.phase).toBe('terminating');
  });
});

describe('rolling back', () => {
  const operation = drain('rolling-back', { phaseAt: NOW - SECOND, reason: 'deadline' });

  it('is rolled back at once when no node was chosen', () => {
    const none = aScaleDown('down', { phase: 'rolling-back', deadline: null });
    expect(look(none, blindness()).next.phase).toBe('rolled-back');
  });

  it('undoes its mark', () => {
    const cancelled = { ...operation, reason: 'cancelled' };
    expect(look(cancelled)).toEqual({ next: cancelled, act: { do: 'unmark', node: operation.node } });
  });

  it('has a node that its drain could not empty left alone for a while', () => {
    const rest = { failures: 1, until: NOW + 3 * MINUTE };
    const stubborn = { ...operation, pods: 2 };
    expect(look(stubborn).act).toEqual({ do: 'unmark', node: operation.node, rest });
  });

  it('is rolled back when the mark is seen to be gone', () => {
    expect(look(operation, workers(3))).toMatchObject({
      act: null,
      next: { phase: 'rolled-back', reason: 'deadline' },
    });
  });

  it('leaves the mark of another operation and the cordon of a person', () => {
    expect(look(operation, marked({ markedBy: 'other' })).next.phase).toBe('rolled-back');
    expect(look(operation, marked({ markedBy: null })).next.phase).toBe('rolled-back');
  });

  it('has nothing to undo when the node is gone or another one has its name', () => {
    expect(look(operation, marked(null)).next.phase).toBe('rolled-back');
    expect(look(operation, marked({ uid: 'reborn' })).next.phase).toBe('rolled-back');
  });

  it('waits for an observation that began after it was entered: a mark may have been under way', () => {
    expect(look(operation, blindness())).toEqual({ next: operation, act: null });
    expect(look(operation, { ...workers(3), at: NOW - SECOND })).toEqual({ next: operation, act: null });
  });
});

describe('closed', () => {
  it.each<ScaleDownPhase>(['done', 'rolled-back'])('%s stays as it is', (phase) => {
    const operation = drain(phase, { deadline: null });
    expect(look(operation, observation())).toEqual({ next: operation, act: null });
  });
});
