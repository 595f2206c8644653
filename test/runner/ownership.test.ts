import { isAbandoned } from '../../webhook/runner/ownership';
import { NOW, SECOND, aScaleUp } from '../support/builders';

const LEASE = 30 * SECOND;

test.each([
  ['its lease has ended', 0, true],
  ['its lease lasts a little longer', 1, false],
  ['it was renewed just now', LEASE, false],
  ['it was renewed just now by a clock that is a minute ahead', LEASE + 60 * SECOND, false],
  ['nobody can have renewed it so far ahead', LEASE + 60 * SECOND + 1, true],
])('when %s, an operation is abandoned: %s', (_when, left, abandoned) => {
  expect(isAbandoned(aScaleUp('up', { ownerUntil: NOW + left }), NOW, LEASE)).toBe(abandoned);
});
