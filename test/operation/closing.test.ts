import { closingOf } from '../../webhook/operation/closing';
import { MINUTE, NOW, SECOND, aDrain, aLaunchedScaleUp, aPolicy, aPoolState } from '../support/builders';

const policy = aPolicy();
const failedBefore = (failures: number) => aPoolState([], { backoff: { failures, until: NOW - SECOND } });
const rolledBack = aLaunchedScaleUp('up', [], { phase: 'rolled-back' });

describe('what closing stamps', () => {
  it.each(['done' as const, 'rolled-back' as const])('a scale-down that is %s starts only the down clock', (phase) => {
    expect(closingOf(aDrain('down', 'i-1', { phase }), failedBefore(3), policy, NOW)).toEqual({ closedAt: NOW });
  });

  it('a scale-up that is done starts both clocks and ends the back-off', () => {
    const done = aLaunchedScaleUp('up', ['i-1'], { phase: 'done' });
    expect(closingOf(done, failedBefore(2), policy, NOW)).toEqual({ closedAt: NOW, upClosedAt: NOW, backoff: null });
  });

  it('a probe that is done lets the rest follow at once: it starts no up cooldown', () => {
    const done = aLaunchedScaleUp('up', ['i-1'], { phase: 'done' });
    expect(closingOf(done, failedBefore(3), policy, NOW)).toEqual({ closedAt: NOW, backoff: null });
  });

  it('a scale-up that is rolled back leaves its cause behind: what EC2 said, else why it ended', () => {
    const lastError = { code: 'ec2-quota', retryable: true, message: 'VcpuLimitExceeded' } as const;
    const ended = { ...rolledBack, reason: 'join-deadline' };
    expect(closingOf(ended, aPoolState(), policy, NOW).backoff).toMatchObject({ cause: 'join-deadline' });
    expect(closingOf({ ...ended, lastError }, aPoolState(), policy, NOW).backoff).toMatchObject({ cause: 'ec2-quota' });
  });

  it('a scale-up for pods that is done leaves their set behind', () => {
    const done = aLaunchedScaleUp('up', ['i-1'], { phase: 'done', podSet: '2-abc' });
    expect(closingOf(done, aPoolState(), policy, NOW)).toMatchObject({ servedPods: { podSet: '2-abc', at: NOW } });
  });

  it('a scale-up that is rolled back starts both clocks and the back-off, and served nobody', () => {
    expect(closingOf({ ...rolledBack, podSet: '2-abc' }, aPoolState(), policy, NOW)).toEqual({
      closedAt: NOW,
      upClosedAt: NOW,
      backoff: { failures: 1, until: NOW + 30 * SECOND },
    });
  });

  it('a scale-up that found no spot, and whose budget pays for nothing else, is no failed launch', () => {
    const noSpot = { ...rolledBack, onDemandAtMost: 0, elsewhere: true as const };
    expect(closingOf(noSpot, failedBefore(2), policy, NOW)).toEqual({ closedAt: NOW, upClosedAt: NOW });
    const { elsewhere: _named, ...anotherError } = noSpot;
    for (const failed of [anotherError, { ...noSpot, onDemandAtMost: 1 }, { ...noSpot, instances: [{ id: 'i-1' }] }]) {
      expect(closingOf(failed, failedBefore(2), policy, NOW).backoff).toMatchObject({ failures: 3 });
    }
  });

  it.each([
    [0, 30 * SECOND],
    [1, 60 * SECOND],
    [2, 5 * MINUTE],
    [3, 10 * MINUTE],
    [4, 20 * MINUTE],
    [5, 30 * MINUTE],
    [500, 30 * MINUTE],
  ])('after %i failures the next back-off is %i ms', (failures, delay) => {
    expect(closingOf(rolledBack, failedBefore(failures), policy, NOW).backoff).toEqual({
      failures: failures + 1,
      until: NOW + delay,
    });
  });
});
