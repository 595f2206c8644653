import type { Parameters } from 'fast-check';

/** The same inputs at every run, so that a failure is one of the code and not of the day. */
const USUAL_SEED = 20_260_105;

/**
 * How much is tried, and where it begins: SMARTSCALE_FUZZ_SEED=7 other inputs, SMARTSCALE_FUZZ_RUNS=20 twenty times as
 * many. A failure prints the seed and the smallest input that shows it.
 */
export function tries(usual: number, environment = process.env): Parameters<unknown> {
  const seed = wholeNumber('SMARTSCALE_FUZZ_SEED', environment['SMARTSCALE_FUZZ_SEED'] ?? String(USUAL_SEED));
  const times = wholeNumber('SMARTSCALE_FUZZ_RUNS', environment['SMARTSCALE_FUZZ_RUNS'] ?? '1');
  return { seed, numRuns: usual * times };
}

function wholeNumber(name: string, text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1) throw new RangeError(`${name} must be a whole number, not ${text}`);
  return number;
}
