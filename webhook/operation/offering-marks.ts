/** What is remembered of refusals, and for how long. Recipe: growing times, forgotten when it was long quiet. Pure. */
import { nameOfScope, type OfferingMark, type Refusal, type RefusalKind } from '../model/offering';
import type { PoolPolicy } from '../model/pool';

/** In multiples of `unavailable.first`, which is 3 min: quotas are for people to mend, addresses come back with instances. */
const FIRST: Readonly<Record<RefusalKind, number>> = {
  'no-capacity': 1,
  'no-addresses': 1,
  'not-allowed': 1,
  quota: 5,
  'not-offered': 480,
};

/** Kinds that time may mend at any moment: each further refusal doubles the time, up to `unavailable.max`. */
const GROWS: ReadonlySet<RefusalKind> = new Set<RefusalKind>(['no-capacity', 'no-addresses', 'not-allowed']);

/** In multiples of `unavailable.max`, which is 30 min. */
const FORGET = 6;

/** Who was refused, and when. */
export interface Refused {
  readonly by: string;
  readonly now: number;
}

/** The marks that an answer of EC2 leaves. `known` is what was remembered before. */
export function marksAfter(
  refusals: readonly Refusal[],
  known: readonly OfferingMark[],
  { by, now }: Refused,
  { unavailable }: PoolPolicy,
): readonly OfferingMark[] {
  const before = new Map(known.map((mark) => [nameOfScope(mark.scope), mark]));
  const distinct = new Map(refusals.map((refusal) => [nameOfScope(refusal.scope), refusal]));
  return [...distinct].map(([name, { kind, scope }]) => {
    const last = before.get(name);
    const failures = failuresSince(last, { by, now }, unavailable);
    return { kind, scope, at: now, until: now + lasts(kind, failures, unavailable), failures, by };
  });
}

/** Until when a mark is worth keeping: the next refusal is held against it. */
export function keptUntil({ until }: OfferingMark, { unavailable }: PoolPolicy): number {
  return until + FORGET * unavailable.max;
}

function failuresSince(
  last: OfferingMark | undefined,
  { by, now }: Refused,
  { max }: PoolPolicy['unavailable'],
): number {
  if (last === undefined || now > last.until + FORGET * max) return 1;
  return last.by === by ? last.failures : last.failures + 1;
}

function lasts(kind: RefusalKind, failures: number, { first, max }: PoolPolicy['unavailable']): number {
  const once = FIRST[kind] * first;
  return GROWS.has(kind) ? Math.min(Math.max(max, once), once * 2 ** Math.min(failures - 1, 30)) : once;
}
