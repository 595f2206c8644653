/** EC2 bills Linux by the second, from the launch to the end, a minute at least. Milliseconds. */
const LEAST = 60_000;

export interface Life {
  readonly launchedAt: number;
  /** Null: it runs. */
  readonly endedAt: number | null;
}

/**
 * What has been billed of a life between two moments. A difference of two running totals, so that neighbouring stretches
 * add up to the whole: nothing is counted twice, and the first minute once.
 */
export function billedBetween(life: Life, from: number, to: number): number {
  return Math.max(0, billedUntil(life, to) - billedUntil(life, from));
}

function billedUntil({ launchedAt, endedAt }: Life, at: number): number {
  if (at <= launchedAt) return 0;
  return Math.max(LEAST, Math.min(at, endedAt ?? Infinity) - launchedAt);
}
