import fc from 'fast-check';
import { podSetOf } from '../../webhook/decision/pod-set';

const uids = fc.uniqueArray(fc.uuid(), { maxLength: 12 });

describe('the name of a set of pods', () => {
  it('does not depend on the order', () => {
    fc.assert(fc.property(uids, (set) => podSetOf([...set].reverse()) === podSetOf(set)));
  });

  it('changes with every pod that comes or goes', () => {
    fc.assert(
      fc.property(uids, fc.uuid(), (set, one) => set.includes(one) || podSetOf([...set, one]) !== podSetOf(set)),
    );
  });

  it('differs for sets of the same size', () => {
    fc.assert(
      fc.property(uids, uids, (a, b) => {
        const same = [...a].sort().join() === [...b].sort().join();
        return (podSetOf(a) === podSetOf(b)) === same;
      }),
    );
  });

  it('is short, whatever the size', () => {
    expect(podSetOf(Array.from({ length: 5000 }, (_, i) => `uid-${i}`)).length).toBeLessThan(32);
  });

  it('does not take the uids of two pods for those of one', () => {
    expect(podSetOf(['a', 'b'])).not.toBe(podSetOf(['a\nb']));
  });
});
