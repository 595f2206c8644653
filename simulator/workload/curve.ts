/** A piecewise-linear curve: points [seconds, value] by rising time; before the first and after the last it is level. */
export type Curve = readonly (readonly [seconds: number, value: number])[];

/** Two points of the same time are a step: from that time on the later one holds. */
export function valueAt(curve: Curve, seconds: number): number {
  const next = curve.findIndex(([time]) => time > seconds);
  const before = curve[next === -1 ? curve.length - 1 : next - 1];
  const after = curve[next];
  if (before === undefined) return after?.[1] ?? 0;
  if (after === undefined) return before[1];
  const share = (seconds - before[0]) / (after[0] - before[0]);
  return before[1] + share * (after[1] - before[1]);
}

/** The last time at which something changes, seconds. */
export function endOf(curve: Curve): number {
  return curve.at(-1)?.[0] ?? 0;
}

/** Problems that would make a curve mean something else than its author thinks; empty when there are none. */
export function curveProblems(curve: Curve): string[] {
  const problems = curve.length === 0 ? ['a curve needs at least one point'] : [];
  for (const [index, [seconds, value]] of curve.entries()) {
    if (!Number.isFinite(seconds) || !Number.isFinite(value) || value < 0) {
      problems.push(`point ${index} [${seconds}, ${value}] must be finite and not negative`);
    }
    if (seconds < (curve[index - 1]?.[0] ?? -Infinity)) problems.push(`point ${index} is earlier than the one before`);
  }
  return problems;
}
