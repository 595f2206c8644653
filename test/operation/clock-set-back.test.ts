import { withoutFuture } from '../../webhook/operation/clock-set-back';
import { MINUTE, NOW, SECOND, aDrain, aLaunchedScaleUp } from '../support/builders';

const HOUR = 60 * MINUTE;

describe('an operation whose stamps lie in the future', () => {
  it('is waited for from now on, and its deadline is as far away as it was', () => {
    const drain = aDrain('down', 'i-1', {
      phaseAt: NOW + HOUR,
      confirmedAt: NOW + HOUR - SECOND,
      deadline: NOW + HOUR + 15 * MINUTE,
    });
    expect(withoutFuture(drain, NOW)).toEqual({
      ...drain,
      phaseAt: NOW,
      confirmedAt: NOW,
      deadline: NOW + 15 * MINUTE,
    });
  });

  it('waits no longer for an empty node, and is blind no later', () => {
    const drain = aDrain('down', 'i-1', { phaseAt: NOW - MINUTE, emptiedAt: NOW + HOUR, failingSince: NOW + HOUR });
    expect(withoutFuture(drain, NOW)).toEqual({ ...drain, emptiedAt: NOW, failingSince: NOW });
  });

  it('keeps what was stamped before the clock went ahead, and a deadline that belongs to it', () => {
    const terminating = aDrain('down', 'i-1', {
      phase: 'terminating',
      phaseAt: NOW - MINUTE,
      terminateSentAt: NOW + HOUR,
      deadline: null,
    });
    expect(withoutFuture(terminating, NOW)).toEqual({ ...terminating, terminateSentAt: NOW });
  });

  it('has its instances looked for from now on', () => {
    const up = aLaunchedScaleUp('up', ['i-1', 'i-2'], {
      acceptedAt: NOW + HOUR,
      quietSince: NOW + HOUR,
      instances: [{ id: 'i-1', missingSince: NOW + HOUR }, { id: 'i-2' }],
    });
    expect(withoutFuture(up, NOW)).toEqual({
      ...up,
      quietSince: NOW,
      instances: [{ id: 'i-1', missingSince: NOW }, { id: 'i-2' }],
    });
  });
});

it('one that is as far ahead as the clocks of two replicas may be stays the same object', () => {
  const drain = aDrain('down', 'i-1', { phaseAt: NOW + MINUTE });
  expect(withoutFuture(drain, NOW)).toBe(drain);
  expect(withoutFuture({ ...drain, phaseAt: NOW + MINUTE + 1 }, NOW).phaseAt).toBe(NOW);
});
