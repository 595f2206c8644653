import fc from 'fast-check';
import { Timers } from '../../../simulator/kubernetes/timers';

describe('timers', () => {
  it('fire by time, then in the order of asking', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 })), (times) => {
        const timers = new Timers();
        const fired: [number, number][] = [];
        times.forEach((at, order) => timers.schedule(at, () => fired.push([at, order])));
        for (let at = timers.nextAt(); at !== null; at = timers.nextAt()) timers.runNext();
        expect(fired).toEqual(
          times.map((at, order) => [at, order]).sort((one, two) => one[0]! - two[0]! || one[1]! - two[1]!),
        );
      }),
    );
  });

  it('run what is asked for while they run, at the same time too', () => {
    const timers = new Timers();
    const fired: string[] = [];
    timers.schedule(1, () => {
      fired.push('first');
      timers.schedule(1, () => fired.push('same time'));
      timers.schedule(2, () => fired.push('later'));
    });
    timers.runNext();
    expect(fired).toEqual(['first', 'same time']);
    expect(timers.nextAt()).toBe(2);
  });
});
