import type { ErrorCode, Fault } from '../../webhook/errors';
import { fitOperation } from '../../webhook/adapters/dynamodb/fit-operation';
import { record } from '../../webhook/operation/record';
import type { Action } from '../../webhook/operation/step';
import type { ScaleDown } from '../../webhook/model/operation';
import { MINUTE, NOW, aDrain, aLaunchedScaleUp, anEviction, aScaleUp, podRef } from '../support/builders';

const fault = (code: ErrorCode = 'ec2-no-capacity', message = 'no'): Fault => ({ code, retryable: true, message });
const createFleet: Action = { do: 'create-fleet', number: 1 };
const mark: Action = { do: 'mark', node: { name: 'i-3', uid: 'uid-i-3', instanceId: 'i-3' } };
const evict: Action = { do: 'evict', pods: [] };
const launching = aScaleUp('up', { phase: 'launching', planned: 3, attempt: 1 });
const draining = aDrain('down', 'i-3', { evicted: 4 });

describe('a failure', () => {
  it('is kept as data and changes nothing else', () => {
    const next = record(launching, createFleet, { result: 'failed', fault: fault('ec2-unreachable') }, NOW);
    expect(next).toEqual({ ...launching, lastError: fault('ec2-unreachable') });
  });

  it('is shortened to what the store keeps: what is read back is what was saved', () => {
    const failed = record(draining, evict, { result: 'failed', fault: fault('internal', 'x'.repeat(5000)) }, NOW);
    expect(failed.lastError?.message).toMatch(/^x{170}$/);
    expect(fitOperation(failed)).toEqual(failed);
    const refused = record(draining, evict, anEviction({ refused: ['x'.repeat(5000)] }), NOW);
    expect(refused.detail).toMatch(/^x{800}$/);
    expect(fitOperation(refused)).toEqual(refused);
  });

  it('is forgotten when an action succeeds', () => {
    const failed = { ...draining, lastError: fault() };
    expect(record(failed, mark, { result: 'ok' }, NOW)).not.toHaveProperty('lastError');
  });
});

describe('a scale-up', () => {
  it('knows its stored attempt', () => {
    const request = {
      template: { id: 'lt', version: '1' },
      overrides: [],
      count: 3,
      capacity: 'spot' as const,
      tags: {},
    };
    const action: Action = { do: 'store-attempt', number: 1, round: [request] };
    expect(record({ ...launching, attempt: 0 }, action, { result: 'ok' }, NOW)).toMatchObject({ attempt: 1 });
  });

  it('knows what EC2 gave, and that the rest is still to be asked for', () => {
    const instances = [{ id: 'i-1', zone: 'a' }, { id: 'i-2' }];
    const next = record(
      launching,
      createFleet,
      { result: 'launched', instances, faults: [fault()], elsewhere: true },
      NOW,
    );
    const settled = { answered: false, settled: 1, planned: 3, launchedAt: NOW, instances, lastError: fault() };
    expect(next).toMatchObject(settled);
  });

  it('adds what a further round brought, and counts nothing twice', () => {
    const part = { ...launching, attempt: 2, settled: 1, instances: [{ id: 'i-1', zone: 'a' }] };
    const instances = [{ id: 'i-1', zone: 'a' }, { id: 'i-2' }, { id: 'i-3' }];
    const next = record(part, createFleet, { result: 'launched', instances, faults: [], elsewhere: false }, NOW);
    expect(next).toMatchObject({ answered: true, settled: 2, planned: 3, instances });
  });

  it('does not call errors of a whole fleet a failure', () => {
    const instances = [{ id: 'i-1' }, { id: 'i-2' }, { id: 'i-3' }];
    const next = record(
      launching,
      createFleet,
      { result: 'launched', instances, faults: [fault()], elsewhere: true },
      NOW,
    );
    expect(next).not.toHaveProperty('lastError');
  });

  it('knows whether the last answer named offerings, and not the one before', () => {
    const refused = (elsewhere: boolean) => ({ result: 'refused' as const, fault: fault(), elsewhere });
    const first = record(launching, createFleet, refused(true), NOW);
    expect(first).toMatchObject({ elsewhere: true });
    expect(record(first, createFleet, refused(false), NOW)).not.toHaveProperty('elsewhere');
  });

  it('has an answer after a definite no', () => {
    const next = record(
      launching,
      createFleet,
      { result: 'refused', fault: fault('ec2-quota'), elsewhere: false },
      NOW,
    );
    expect(next).toMatchObject({ answered: false, settled: 1, instances: [], lastError: fault('ec2-quota') });
  });

  it('remembers which instances joined, and when', () => {
    const operation = aLaunchedScaleUp('up', ['i-1', 'i-2'], {
      instances: [{ id: 'i-1', joinedAt: NOW - MINUTE }, { id: 'i-2' }],
    });
    const next = record(operation, { do: 'remember-joined', ids: ['i-2'] }, { result: 'ok' }, NOW);
    expect(next).toMatchObject({ instances: [{ joinedAt: NOW - MINUTE }, { joinedAt: NOW }] });
  });

  it.each<Action>([
    { do: 'terminate', ids: ['i-1'] },
    { do: 'delete-node', node: { name: 'i-1', uid: 'u' } },
  ])('is as before after $do', (action) => {
    expect(record(launching, action, { result: 'ok' }, NOW)).toEqual(launching);
  });
});

describe('a scale-down', () => {
  it.each([
    ['node-gone' as const, 'i-3 is gone'],
    ['taken' as const, 'i-3 was cordoned by a person or another operation'],
  ])('rolls back when its node is not ours to mark: %s', (reason, detail) => {
    const accepted = aDrain('down', 'i-3', { phase: 'accepted' });
    expect(record(accepted, mark, { result: 'not-ours', reason }, NOW)).toMatchObject({
      phase: 'rolling-back',
      phaseAt: NOW,
      deadline: null,
      reason,
      detail,
    });
  });

  it('notes when termination was asked for', () => {
    const action: Action = { do: 'terminate', ids: ['i-3'] };
    expect(record(draining, action, { result: 'ok' }, NOW)).toMatchObject({ terminateSentAt: NOW });
    expect(record(draining, action, { result: 'failed', fault: fault() }, NOW)).not.toHaveProperty('terminateSentAt');
  });

  it('counts evictions', () => {
    const [a, b, c] = [podRef('a'), podRef('b'), { ...podRef('c'), graceSeconds: 5 }];
    const outcome = anEviction({ accepted: [a, b], forced: [c] });
    expect(record(draining, evict, outcome, NOW)).toMatchObject({ evicted: 7 });
  });

  it('names the budget that refuses, and no longer when none does', () => {
    const refused = record(draining, evict, anEviction({ refused: ['default/a: no'] }), NOW);
    expect(refused).toMatchObject({ reason: 'blocked-by-disruption-budget', detail: 'default/a: no' });
    const better = record(refused, evict, anEviction({ accepted: [podRef('a')] }), NOW);
    expect(better).not.toHaveProperty('reason');
    expect(better).not.toHaveProperty('detail');
  });

  it('names the pod that two budgets keep before one that waits for its budget', () => {
    const outcome = anEviction({ refused: ['default/a: no', 'default/b: two'], misconfigured: 'default/b: two' });
    expect(record(draining, evict, outcome, NOW)).toMatchObject({
      reason: 'more-than-one-budget',
      detail: 'default/b: two',
    });
  });

  it('keeps since when the API server answers nothing, and forgets it with the first answer', () => {
    const silent = anEviction({ heard: false, fault: fault('kubernetes-unreachable') });
    const first = record(draining, evict, silent, NOW) as ScaleDown;
    const second = record(first, evict, silent, NOW + 1000) as ScaleDown;
    expect(second.failingSince).toBe(NOW);
    const nobodyAsked = record(second, evict, anEviction({ heard: false }), NOW + 2000) as ScaleDown;
    expect(nobodyAsked.failingSince).toBe(NOW);
    expect(record(nobodyAsked, evict, anEviction(), NOW + 3000)).not.toHaveProperty('failingSince');
  });

  it('keeps the fault of an eviction that failed', () => {
    const outcome = anEviction({ accepted: [podRef('a')], fault: fault('kubernetes-forbidden') });
    expect(record(draining, evict, outcome, NOW)).toMatchObject({
      lastError: { code: 'kubernetes-forbidden' },
      evicted: 5,
    });
  });
});
