import { CLOCK_SKEW } from '../model/clock-skew';
import type { Operation } from '../model/operation';

/** Times that something is waited for after. Not `acceptedAt`, which is part of the name of the history row. */
const STAMPS: ReadonlySet<string> = new Set([
  'phaseAt',
  'launchedAt',
  'quietSince',
  'missingSince',
  'confirmedAt',
  'terminateSentAt',
  'emptiedAt',
  'failingSince',
]);

/**
 * The operation with stamps that its reader can wait for: those from the future become now, and a deadline keeps its
 * distance to the beginning of its phase. The same object when there is none. Pure.
 */
export function withoutFuture(operation: Operation, now: number): Operation {
  if (!isFromTheFuture(operation, now)) return operation;
  const past = withPast(operation, now);
  if (past.kind === 'scale-up') {
    return { ...past, instances: past.instances.map((instance) => withPast(instance, now)) };
  }
  const { deadline } = past;
  return { ...past, deadline: deadline === null ? null : deadline - (operation.phaseAt - past.phaseAt) };
}

function isFromTheFuture(operation: Operation, now: number): boolean {
  const parts: readonly object[] = operation.kind === 'scale-up' ? [operation, ...operation.instances] : [operation];
  return parts.some((part) => Object.entries(part).some(([name, value]) => isAhead(name, value, now + CLOCK_SKEW)));
}

function withPast<T extends object>(part: T, now: number): T {
  const fields = Object.entries(part).map(([name, value]) => [
    name,
    isAhead(name, value, now) ? now : (value as unknown),
  ]);
  return Object.fromEntries(fields) as T;
}

function isAhead(name: string, value: unknown, now: number): boolean {
  return STAMPS.has(name) && typeof value === 'number' && value > now;
}
