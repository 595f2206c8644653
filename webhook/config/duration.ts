const UNITS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const;
const DURATION = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;

/** "90s", "5m", "1h30m", "250ms" -> milliseconds, null for anything else: a bare number has no unit. */
export function parseDuration(text: string): number | null {
  const [, ...numbers] = DURATION.exec(text) ?? [];
  if (text === '' || numbers.length === 0) return null;
  return Object.values(UNITS).reduce((sum, unit, i) => sum + Number(numbers[i] ?? 0) * unit, 0);
}
