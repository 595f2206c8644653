import { setTimeout as sleep } from 'node:timers/promises';

/** Real milliseconds: far more than anything here takes, for machines that do other work too. */
const PATIENCE = 45_000;
const EVERY = 50;

export interface Patience {
  /** Real milliseconds. */
  readonly within?: number;
  readonly every?: number;
}

/**
 * Looks again and again until `look` answers with something other than undefined or false. A failed expectation in it
 * means "not yet"; when the time is up, the error says what was waited for and what the last look saw.
 */
export async function eventually<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  { within = PATIENCE, every = EVERY }: Patience = {},
): Promise<T> {
  const deadline = Date.now() + within;
  for (;;) {
    const seen = await tried(look);
    if ('value' in seen) return seen.value;
    if (Date.now() > deadline) throw new Error(`not within ${within / 1000} s: ${what}${seen.why}`);
    await sleep(every);
  }
}

/**
 * Looks as often as it can for `during` real milliseconds; the first failed expectation ends it. Answers how many looks
 * there were, so that a test can tell that it has watched at all.
 */
export async function always(
  during: number,
  look: () => void | Promise<void>,
  { every = EVERY }: Pick<Patience, 'every'> = {},
): Promise<number> {
  const end = Date.now() + during;
  let looks = 0;
  do {
    await look();
    looks += 1;
    await sleep(every);
  } while (Date.now() < end);
  return looks;
}

async function tried<T>(
  look: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<{ readonly value: T } | { readonly why: string }> {
  try {
    const value = await look();
    return value === undefined || value === false ? { why: '' } : { value };
  } catch (error) {
    return { why: `; last seen: ${error instanceof Error ? error.message : String(error)}` };
  }
}
