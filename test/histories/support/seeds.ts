/** Which histories are played: SMARTSCALE_SEED=123 one, SMARTSCALE_HISTORIES=10000 so many; else a handful of seconds. */
const DEFAULT_HISTORIES = 200;

/** The seeds of one of `parts` files that share the work. */
export function seedsOf(part: number, parts: number, environment = process.env): readonly number[] {
  const one = environment['SMARTSCALE_SEED'];
  if (one !== undefined) return part === 0 ? [wholeNumber('SMARTSCALE_SEED', one)] : [];
  const count = wholeNumber('SMARTSCALE_HISTORIES', environment['SMARTSCALE_HISTORIES'] ?? String(DEFAULT_HISTORIES));
  return Array.from({ length: count }, (_, i) => i + 1).filter((seed) => seed % parts === part);
}

/** One history is played again: nothing else is wanted. */
export function isReplay(environment = process.env): boolean {
  return environment['SMARTSCALE_SEED'] !== undefined;
}

function wholeNumber(name: string, text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0) throw new RangeError(`${name} must be a whole number, not ${text}`);
  return number;
}
