import type { ScaleDown, ScaleDownPhase } from '../../webhook/model/operation';
import { advance } from '../../webhook/operation/advance';
import { mayBeWithdrawn, needsConfirmation, needsNotice } from '../../webhook/operation/confirmation';
import type { View } from '../../webhook/operation/step';
import {
  MINUTE,
  NOW,
  SECOND,
  TIMINGS,
  aConfirmation,
  aDrain,
  aMarkedNode,
  aNode,
  aPod,
  aPoolState,
  aView,
  anInstance,
  blindness,
  observation,
  workers,
} from '../support/builders';

const AT = NOW + 110 * SECOND;
const notice = { kind: 'interruption', at: AT } as const;

function forced(phase: ScaleDownPhase, overrides: Partial<ScaleDown> = {}): ScaleDown {
  return aDrain('down', 'i-1', { phase, forced: true, deadline: NOW + 5 * MINUTE, ...overrides });
}

const marked = (overrides: Parameters<typeof workers>[1] = {}) =>
  workers(1, { nodes: [aMarkedNode('i-1', 'down')], ...overrides });

function look(operation: ScaleDown, overrides: Partial<View> = {}) {
  return advance(operation, aView({ observation: marked(), state: aPoolState([operation]), ...overrides }));
}

describe('accepted', () => {
  it('marks the node that it names, asking nobody', () => {
    const { act } = look(forced('accepted'), { observation: workers(1), confirmation: null });
    expect(act).toEqual({ do: 'mark', node: { name: 'i-1', uid: 'uid-i-1', instanceId: 'i-1' } });
    expect(needsConfirmation(forced('accepted'), { now: NOW, timings: TIMINGS })).toBe(false);
  });

  it('goes on when the mark is seen', () => {
    expect(look(forced('accepted')).next).toMatchObject({ phase: 'cordoned', deadline: NOW + 5 * MINUTE });
  });

  it('gives up a node that is gone', () => {
    const { next } = look(forced('accepted'), { observation: observation() });
    expect(next).toMatchObject({ phase: 'rolling-back', reason: 'node-gone' });
  });
});

describe('cordoned', () => {
  it('asks EC2 and Alertmanager for as long as EC2 has not said that it takes the node', () => {
    expect(needsNotice(forced('cordoned'))).toBe(true);
    expect(needsConfirmation(forced('cordoned'), { now: NOW, timings: TIMINGS })).toBe(true);
    expect(needsNotice(forced('cordoned', { notice }))).toBe(false);
    expect(needsNotice(aDrain('down', 'i-1', { phase: 'cordoned' }))).toBe(false);
  });

  it('is drained when EC2 says so, until five seconds before the end', () => {
    const expected = { phase: 'draining', deadline: AT - 5 * SECOND, notice };
    expect(look(forced('cordoned'), { notice: { ...notice, instanceId: 'i-1' } }).next).toMatchObject(expected);
    expect(look(forced('cordoned', { notice })).next).toMatchObject(expected);
  });

  it('waits while the alert stands and EC2 says nothing', () => {
    const operation = forced('cordoned');
    const alert = { confirmation: aConfirmation({ replaceNodes: ['i-1'] }) };
    expect(look(operation, alert)).toEqual({ next: operation, act: null });
    expect(look(operation, { confirmation: { answered: false } })).toEqual({ next: operation, act: null });
  });

  it.each<[string, Partial<View>, string]>([
    ['the alert ends', { confirmation: aConfirmation({ replaceNodes: ['i-2'] }) }, 'not-confirmed'],
    ['the time for it is over', { now: NOW + 5 * MINUTE }, 'deadline'],
    ['a person uncordons it', { observation: workers(1) }, 'uncordoned-by-person'],
  ])('puts the node back into service when %s', (_what, view, reason) => {
    expect(look(forced('cordoned'), view).next).toMatchObject({ phase: 'rolling-back', reason });
  });
});

describe('draining', () => {
  const draining = forced('draining', { notice, deadline: AT - 5 * SECOND });
  const withPods = (...pods: readonly ReturnType<typeof aPod>[]) => ({ observation: marked({ pods }) });

  it('asks for every pod that would be moved, and for those that would block another drain', () => {
    const [app, bare] = [aPod('app', { node: 'i-1' }), aPod('bare', { node: 'i-1', ownerKind: null })];
    const agent = aPod('agent', { node: 'i-1', ownerKind: 'DaemonSet' });
    const { act } = look(draining, withPods(app, bare, agent));
    expect(act).toMatchObject({ do: 'evict', pods: [{ name: 'app' }, { name: 'bare' }] });
  });

  it('waits for pods that are going, and ends the node when none is left, below the minimum too', () => {
    const going = aPod('app', { node: 'i-1', terminating: true });
    expect(look(draining, withPods(going))).toEqual({ next: draining, act: null });
    expect(look(draining).next).toMatchObject({ phase: 'terminating', deadline: null });
  });

  it('ends the node at the deadline, whatever is left on it and although nobody sees it', () => {
    const late = { now: AT - 5 * SECOND };
    expect(look(draining, { ...withPods(aPod('app', { node: 'i-1' })), ...late }).next).toMatchObject({
      phase: 'terminating',
    });
    expect(look(draining, { observation: blindness(), ...late }).next).toMatchObject({ phase: 'terminating' });
  });

  it('looks once more at the deadline before it ends by itself what EC2 would only stop', () => {
    const event = { kind: 'maintenance', at: AT } as const;
    const operation = forced('draining', { notice: event, deadline: AT - 5 * SECOND });
    const late = { now: AT - 5 * SECOND };
    const pods = [aPod('app', { node: 'i-1' })];
    const permanent = [anInstance('i-1', { tags: { 'smartscale:permanent': 'true' } })];
    expect(look(operation, { observation: marked({ pods }), ...late }).next).toMatchObject({ phase: 'terminating' });
    expect(look(operation, { observation: marked({ pods, instances: permanent }), ...late }).next).toMatchObject({
      phase: 'rolling-back',
      reason: 'not-ours',
    });
    expect(look(operation, { observation: blindness(), ...late })).toEqual({ next: operation, act: null });
  });

  it('puts the node back into service when EC2 has withdrawn the event, and says so', () => {
    const operation = forced('draining', { notice: { kind: 'maintenance', at: AT }, deadline: AT - 5 * SECOND });
    const seen = withPods(aPod('app', { node: 'i-1' }));
    expect(look(operation, { ...seen, withdrawn: false }).act).toMatchObject({ do: 'evict' });
    expect(look(operation, { ...seen, withdrawn: true }).next).toMatchObject({
      phase: 'rolling-back',
      reason: 'withdrawn',
    });
  });

  it('asks whether an event is withdrawn only when its alert is over, and never about an interruption', () => {
    const operation = forced('draining', { notice: { kind: 'maintenance', at: AT } });
    expect(needsConfirmation(operation, { now: NOW, timings: TIMINGS })).toBe(true);
    expect(mayBeWithdrawn(operation, aConfirmation({ replaceNodes: ['i-2'] }))).toBe(true);
    expect(mayBeWithdrawn(operation, aConfirmation({ replaceNodes: ['i-1'] }))).toBe(false);
    expect(mayBeWithdrawn(operation, { answered: false })).toBe(false);
    expect(mayBeWithdrawn(draining, aConfirmation())).toBe(false);
    expect(needsConfirmation(draining, { now: NOW, timings: TIMINGS })).toBe(false);
    expect(mayBeWithdrawn({ ...operation, phase: 'terminating' }, aConfirmation())).toBe(false);
  });

  it('goes on although an eviction was refused for good', () => {
    const refused = {
      ...draining,
      lastError: { code: 'kubernetes-forbidden' as const, retryable: false, message: '' },
    };
    expect(look(refused, withPods(aPod('app', { node: 'i-1' }))).act).toMatchObject({ do: 'evict' });
  });
});

describe('terminating', () => {
  const terminating = (overrides: Partial<ScaleDown> = {}) =>
    forced('terminating', { notice, deadline: null, ...overrides });
  const gone = { instances: [anInstance('i-1', { state: 'terminated' })] };

  it('leaves a spot instance to EC2, and deletes its Node when EC2 has taken it', () => {
    const operation = terminating();
    expect(look(operation)).toEqual({ next: operation, act: null });
    expect(look(operation, { observation: marked(gone) }).act).toMatchObject({
      do: 'delete-node',
      node: { name: 'i-1' },
    });
    expect(look(operation, { observation: observation(gone) }).next).toMatchObject({ phase: 'done' });
  });

  it('ends one that EC2 has forgotten, half a minute after its time', () => {
    const { act } = look(terminating(), { now: AT + 30 * SECOND });
    expect(act).toEqual({ do: 'terminate', ids: ['i-1'] });
  });

  it('waits for the shutdown of one whose node was empty long before EC2 takes it', () => {
    const operation = terminating({ phaseAt: AT - 60 * MINUTE });
    const ending = observation({ instances: [anInstance('i-1', { state: 'shutting-down' })] });
    expect(look(operation, { observation: ending, now: AT + SECOND })).toEqual({ next: operation, act: null });
  });

  it('ends an instance under a scheduled event, which would only be stopped', () => {
    const event = terminating({ notice: { kind: 'maintenance', at: NOW + 60 * MINUTE } });
    expect(look(event).act).toEqual({ do: 'terminate', ids: ['i-1'] });
  });
});

it('rolling back undoes its mark', () => {
  const operation = forced('rolling-back', { deadline: null, phaseAt: NOW - SECOND });
  expect(look(operation).act).toMatchObject({ do: 'unmark', node: { name: 'i-1' } });
  expect(look(operation, { observation: workers(1, { nodes: [aNode('i-1')] }) }).next).toMatchObject({
    phase: 'rolled-back',
  });
});
