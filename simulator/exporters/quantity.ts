const FACTORS: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** Divided by, not multiplied with 1e-3: 1900m is 1.9 and not 1.9000000000000001. */
const DIVISORS: Readonly<Record<string, number>> = { m: 1e3, u: 1e6, n: 1e9 };

/** A Kubernetes quantity ("1500m", "4Gi", "110") as a number in its base unit. Throws a RangeError on anything else. */
export function parseQuantity(text: string): number {
  const match = /^([+-]?[0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?)([A-Za-z]*)$/.exec(text);
  const [, digits, suffix = '?'] = match ?? [];
  const [factor, divisor] = [FACTORS[suffix], DIVISORS[suffix]];
  if (factor !== undefined) return Number(digits) * factor;
  if (divisor !== undefined) return Number(digits) / divisor;
  throw new RangeError(`not a Kubernetes quantity: ${text}`);
}
