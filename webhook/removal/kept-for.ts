/** For how long an annotation keeps a pod where it is: `true`, or a length of time as Go writes it. Pure. */
const GO_DURATION = /^(?:\d+(?:\.\d*)?(?:h|ms|m|s))+$/;
const PART = /(\d+(?:\.\d*)?)(h|ms|m|s)/g;
const UNITS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/** Milliseconds; Infinity for `true`, 0 for what is neither. */
export function keptFor(written: string | undefined): number {
  if (written === 'true') return Infinity;
  if (written === undefined || !GO_DURATION.test(written)) return 0;
  return [...written.matchAll(PART)].reduce(
    (sum, [, amount, unit = '']) => sum + Number(amount) * (UNITS[unit] ?? 0),
    0,
  );
}
