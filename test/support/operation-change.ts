import type { Operation } from '../../webhook/model/operation';

/** What every save writes, and what depends on the words of peers. */
const INCIDENTAL = ['revision', 'owner', 'ownerUntil', 'lastError', 'detail'];

/** What a save changes: `to joining`, `in joining: instances`; `in joining: the hold` when it only keeps the operation. */
export function changeOf(before: Operation | null, next: Operation): string {
  if (before?.id !== next.id || before.phase !== next.phase) return `to ${next.phase}`;
  const changed = Object.keys({ ...before, ...next })
    .filter((key) => !INCIDENTAL.includes(key))
    .filter((key) => JSON.stringify(field(before, key)) !== JSON.stringify(field(next, key)));
  return `in ${next.phase}: ${changed.sort().join(', ') || 'the hold'}`;
}

function field(operation: Operation, key: string): unknown {
  return (operation as unknown as Readonly<Record<string, unknown>>)[key];
}
