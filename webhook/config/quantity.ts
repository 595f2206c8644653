/** Amounts as a configuration writes them: fewer forms than Kubernetes knows, because people type them. */

const BYTES: Readonly<Record<string, number>> = {
  '': 1,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
};

/** "7500Mi", "8Gi", 8589934592 -> bytes, null for anything else. */
export function parseBytes(written: string | number): number | null {
  const [, number, suffix = ''] = /^(\d+(?:\.\d+)?)(Ki|Mi|Gi|Ti|k|M|G|T)?$/.exec(String(written)) ?? [];
  return number === undefined ? null : Math.floor(Number(number) * (BYTES[suffix] ?? NaN));
}

/** 2, 1.93, "1930m" -> cores, null for anything else. */
export function parseCores(written: string | number): number | null {
  const [, number, milli] = /^(\d+(?:\.\d+)?)(m)?$/.exec(String(written)) ?? [];
  if (number === undefined) return null;
  return milli ? Number(number) / 1000 : Number(number);
}
