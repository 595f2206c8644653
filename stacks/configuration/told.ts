/** From what zod found to lines for people: where, what must be there, what is there. */
import type { z } from 'zod';
import { oneLine } from '../../webhook/model/one-line';
import { hinted } from './nearest';

const SHOWN = 100;

/** `place`: where `written` stands in the file. */
export function told(issue: z.core.$ZodIssue, written: unknown, place: readonly string[]): readonly string[] {
  const path = [...place, ...issue.path];
  if (issue.code !== 'unrecognized_keys')
    return [line(path, `${issue.message}${shown(issue, valueAt(written, issue.path))}`)];
  return issue.keys.map((key) => line([...path, key], `is no key; ${hinted(key, issue.message)}`));
}

export function line(path: readonly PropertyKey[], message: string): string {
  return [oneLine(path.join('.')), message].filter(Boolean).join(': ');
}

function shown({ code }: z.core.$ZodIssue, value: unknown): string {
  if (value === undefined) return '; it is missing';
  if (Array.isArray(value))
    return code === 'too_small' || code === 'too_big' ? `, not of ${value.length}` : ', not a list';
  if (typeof value !== 'object' || value === null) return `, not ${oneLine(JSON.stringify(value), SHOWN)}`;
  return code === 'invalid_type' || code === 'invalid_union' ? ', not a map' : '';
}

function valueAt(written: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, key) =>
      typeof at === 'object' && at !== null && Object.hasOwn(at, key) ? at[key as keyof typeof at] : undefined,
    written,
  );
}
