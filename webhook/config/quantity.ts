import { z } from 'zod';

const SUFFIXES: Readonly<Record<string, number>> = {
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

/** Bytes, as Kubernetes writes them: "7500Mi", "8Gi", 8589934592. */
export function bytes() {
  return z.union([z.string(), z.number()]).transform((value, context) => {
    const [, number, suffix = ''] = /^(\d+(?:\.\d+)?)(Ki|Mi|Gi|Ti|k|M|G|T)?$/.exec(String(value)) ?? [];
    const factor = SUFFIXES[suffix];
    if (number !== undefined && factor !== undefined) return Number(number) * factor;
    context.addIssue({ code: 'custom', message: `"${value}" is not an amount of memory such as 7500Mi or 8Gi` });
    return z.NEVER;
  });
}
