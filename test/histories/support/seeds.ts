/** Which histories are played: so many from the first seed on, or one of them again. */
interface Choice {
  /** Environment variable with a seed. */
  readonly one: string;
  /** Environment variable with a number of histories. */
  readonly many: string;
  readonly byDefault: number;
}

export const IN_MEMORY: Choice = { one: 'SMARTSCALE_SEED', many: 'SMARTSCALE_HISTORIES', byDefault: 600 };
export const OVER_HTTP: Choice = { one: 'SMARTSCALE_HTTP_SEED', many: 'SMARTSCALE_HTTP_HISTORIES', byDefault: 5 };

/** The seeds of one of `parts` files that share the work. */
export function seedsOf(choice: Choice, part = 0, parts = 1, environment = process.env): readonly number[] {
  const one = environment[choice.one];
  if (one !== undefined) return part === 0 ? [wholeNumber(choice.one, one)] : [];
  if (isReplay(environment)) return [];
  const count = wholeNumber(choice.many, environment[choice.many] ?? String(choice.byDefault));
  return Array.from({ length: count }, (_, i) => i + 1).filter((seed) => seed % parts === part);
}

/** One history is played again: nothing else is wanted. */
export function isReplay(environment = process.env): boolean {
  return [IN_MEMORY, OVER_HTTP].some(({ one }) => environment[one] !== undefined);
}

function wholeNumber(name: string, text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0) throw new RangeError(`${name} must be a whole number, not ${text}`);
  return number;
}
