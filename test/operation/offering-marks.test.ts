import { keptUntil, marksAfter } from '../../webhook/operation/offering-marks';
import type { OfferingMark, Refusal, RefusalKind } from '../../webhook/model/offering';
import { MINUTE, NOW, aPolicy } from '../support/builders';

const policy = aPolicy();
const refusal = (kind: RefusalKind = 'no-capacity'): Refusal => ({
  kind,
  scope: { instanceType: 'm6i.large', zone: 'eu-central-1a', capacity: 'spot' },
});

function one(kind: RefusalKind, known: readonly OfferingMark[] = [], by = 'up.1', now = NOW): OfferingMark {
  const [mark] = marksAfter([refusal(kind)], known, { by, now }, policy);
  if (!mark) throw new Error('no mark');
  return mark;
}

const minutes = ({ at, until }: OfferingMark) => (until - at) / MINUTE;

/** Refused again as soon as it was asked for again, so many times. */
function refusedAgain(kind: RefusalKind, times: number): readonly number[] {
  const marks = [one(kind)];
  for (let i = 1; i < times; i += 1) {
    const [last] = marks.slice(-1);
    marks.push(one(kind, last ? [last] : [], `up.${i + 1}`, last?.until ?? NOW));
  }
  return marks.map(minutes);
}

it('no capacity is remembered for three minutes, doubled up to half an hour', () => {
  expect(refusedAgain('no-capacity', 6)).toEqual([3, 6, 12, 24, 30, 30]);
});

it.each<[RefusalKind, readonly number[]]>([
  ['quota', [15, 15]],
  ['no-addresses', [3, 6]],
  ['not-allowed', [3, 6]],
  ['not-offered', [24 * 60, 24 * 60]],
])('%s lasts %p minutes', (kind, expected) => {
  expect(refusedAgain(kind, 2)).toEqual(expected);
});

it('is as new after three quiet hours, and kept until then', () => {
  const first = one('no-capacity');
  expect(keptUntil(first, policy)).toBe(first.until + 180 * MINUTE);
  expect(minutes(one('no-capacity', [first], 'up.2', keptUntil(first, policy)))).toBe(6);
  expect(minutes(one('no-capacity', [first], 'up.2', keptUntil(first, policy) + 1))).toBe(3);
});

it('counts the same attempt once, however often it is answered', () => {
  const first = one('no-capacity');
  expect(one('no-capacity', [first], 'up.1', NOW + 1000)).toMatchObject({ failures: 1, at: NOW + 1000 });
  expect(one('no-capacity', [first], 'up.2', NOW + 1000)).toMatchObject({ failures: 2 });
});

it('makes one mark of refusals of the same thing, and one of each other', () => {
  const other: Refusal = { kind: 'no-addresses', scope: { zone: 'eu-central-1b' } };
  expect(marksAfter([refusal(), refusal(), other], [], { by: 'up.1', now: NOW }, policy)).toHaveLength(2);
});
