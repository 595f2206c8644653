import { drainEvents } from '../../webhook/telemetry/drain-events';
import type { ScaleDown } from '../../webhook/model/operation';
import type { ActionResult } from '../../webhook/operation/step';
import type { ClusterEvent } from '../../webhook/ports';
import { KEY, MINUTE, NOW, SECOND, aDrain, aScaleUp, anEviction, podRef } from '../support/builders';

function setUp(price: number | null = 0.1) {
  const told: ClusterEvent[] = [];
  let now = NOW;
  const deps = { events: { tell: (event: ClusterEvent) => void told.push(event) }, clock: { now: () => now } };
  const listener = drainEvents({ ...deps, priceOf: () => price });
  return { told, listener, passes: (ms: number) => (now += ms) };
}

const drain = aDrain('down', 'i-3', { pods: 2, deadline: NOW + 15 * MINUTE, acceptedAt: NOW - MINUTE, evicted: 2 });
const blocked: ScaleDown = { ...drain, reason: 'blocked-by-disruption-budget', detail: 'default/a: no' };
const evict = { do: 'evict', pods: [] } as const;
const refusal = anEviction({ refused: ['default/a: no'] });
const about = { kind: 'Node', name: 'i-3', uid: 'uid-i-3' };

it('tells of a drain when it begins and when its node is gone, with what that saves', () => {
  const { told, listener } = setUp();
  listener.entered(KEY, drain, { ...drain, phase: 'cordoned' });
  listener.entered(KEY, { ...drain, phase: 'terminating' }, drain);
  listener.closed(KEY, { ...drain, phase: 'done' }, NOW);
  const until = new Date(NOW + 15 * MINUTE).toISOString();
  expect(told).toEqual([
    { about, type: 'Normal', reason: 'ScaleDown', message: `draining because of Idle: 2 pods to move, until ${until}` },
    { about, type: 'Normal', reason: 'ScaleDown', message: 'removed after 60 s, 2 pods moved, saves $0.100 an hour' },
  ]);
});

it('says nothing of money that nobody knows, nor of what is no drain', () => {
  const { told, listener } = setUp(null);
  listener.closed(KEY, { ...drain, phase: 'done' }, NOW);
  listener.closed(KEY, { ...drain, phase: 'rolled-back' }, NOW);
  listener.closed(KEY, { ...drain, phase: 'done', node: null }, NOW);
  listener.entered(KEY, aScaleUp('up', { phase: 'joining' }), aScaleUp('up'));
  expect(told.map(({ message }) => message)).toEqual(['removed after 60 s, 2 pods moved']);
});

it('tells why a node is back in service, if its drain had begun', () => {
  const { told, listener } = setUp();
  const back: ScaleDown = { ...blocked, phase: 'rolling-back' };
  listener.entered(KEY, back, drain);
  listener.entered(KEY, back, { ...drain, phase: 'cordoned' });
  const message = 'back in service, blocked-by-disruption-budget: default/a: no';
  expect(told).toEqual([{ about, type: 'Warning', reason: 'ScaleDownFailed', message }]);
});

it('tells of what keeps a drain every two minutes, and at once that two budgets do', () => {
  const { told, listener, passes } = setUp();
  const look = (operation: ScaleDown) => listener.acted(KEY, operation, evict, refusal);
  look(blocked);
  passes(2 * MINUTE - 1);
  look(blocked);
  expect(told).toHaveLength(1);
  passes(1);
  look(blocked);
  expect(told).toHaveLength(2);
  const twice = { ...blocked, reason: 'more-than-one-budget' };
  passes(SECOND);
  look(twice);
  look(twice);
  expect(told.map(({ reason, message }) => `${reason} ${message.split(':')[0]}`)).toEqual([
    'FailedDraining blocked-by-disruption-budget',
    'FailedDraining blocked-by-disruption-budget',
    'FailedDraining more-than-one-budget',
  ]);
});

it('tells of whatever else keeps a drain, and of an API server that does not answer', () => {
  const { told, listener, passes } = setUp();
  const overdue: ScaleDown = { ...drain, reason: 'pod-does-not-end', detail: 'still there: pod default/a' };
  listener.waits(KEY, overdue);
  listener.waits(KEY, overdue);
  listener.waits(KEY, { ...overdue, phase: 'accepted', reason: 'unknown-state' });
  passes(2 * MINUTE);
  const fault = {
    code: 'kubernetes-unreachable',
    retryable: true,
    message: 'evict pod default/a: 500 webhook',
  } as const;
  listener.acted(KEY, drain, evict, anEviction({ fault }));
  listener.acted(KEY, drain, evict, anEviction({ standing: fault }));
  expect(told.map(({ reason, message }) => `${reason} ${message}`)).toEqual([
    'FailedDraining pod-does-not-end: still there: pod default/a',
    'FailedDraining kubernetes-unreachable: evict pod default/a: 500 webhook',
  ]);
});

it('tells each pod what happens to it, and of every budget that is passed over', () => {
  const { told, listener } = setUp();
  const result = anEviction({ accepted: [podRef('a')], forced: [{ ...podRef('b'), graceSeconds: 9 }] });
  listener.acted(KEY, drain, evict, result);
  expect(told).toMatchObject([
    { about: { kind: 'Pod', ...podRef('a') }, type: 'Normal', reason: 'ScaleDown' },
    { about: { kind: 'Pod', ...podRef('b') }, type: 'Warning', reason: 'ForcedDeletion' },
  ]);
  expect(told[1]?.message).toContain('deleted with 9 s of grace, past budgets and opt-outs');
});

it('tells that an instance is protected from termination', () => {
  const { told, listener } = setUp();
  const failed = (code: 'ec2-termination-protected' | 'ec2-unreachable'): ActionResult => ({
    result: 'failed',
    fault: { code, retryable: true, message: '' },
  });
  const terminating: ScaleDown = { ...drain, phase: 'terminating' };
  for (const code of ['ec2-unreachable', 'ec2-termination-protected', 'ec2-termination-protected'] as const) {
    listener.acted(KEY, terminating, { do: 'terminate', ids: ['i-3'] }, failed(code));
  }
  expect(told.map(({ message }) => message)).toEqual([expect.stringMatching(/^termination-protected: /)]);
});
