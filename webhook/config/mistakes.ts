/** From what zod found to lines for people: where, what must be there, what is there. */
import { isMap, isScalar, isSeq, type Document, type LineCounter, type Node } from 'yaml';
import type { z } from 'zod';
import { oneLine } from '../model/one-line';
import { scrub } from '../telemetry/scrub';

type Path = readonly PropertyKey[];

export interface Written {
  readonly document: Document.Parsed;
  readonly lines: LineCounter;
}

/** More than anybody mends at once; to look up ten thousand in the file takes half a minute. */
export const MOST_TOLD = 100;
/** Characters of a key or value that are repeated to its author. */
const SHOWN = 200;

/** One line a mistake, in the order of the file; not many more than are told. */
export function mistakesOf(issues: readonly z.core.$ZodIssue[], written: Written): readonly string[] {
  const mistakes = issues.slice(0, MOST_TOLD + 1).flatMap((issue) => sayIssue(issue, written));
  return [...new Set(mistakes.sort((a, b) => a.line - b.line).map(({ line, text }) => `line ${line}: ${text}`))];
}

function sayIssue(
  issue: z.core.$ZodIssue,
  written: Written,
): readonly { readonly line: number; readonly text: string }[] {
  const name = nameOf(issue.path);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.slice(0, MOST_TOLD + 1).map((key) => ({
      line: lineOf([...issue.path, key], written),
      text: `${isSecret(issue.path) ? `a key in ${name}` : nameOf([...issue.path, key])} is no key; ${issue.message}`,
    }));
  }
  const text = `${name || 'the configuration'} ${issue.message}${shown(issue, written)}`;
  return [{ line: lineOf(issue.path, written), text }];
}

/** Where a secret stands, or is written by mistake. */
const SECRET = ['tokens', 'operatorTokens', 'authorization', 'tokenFile', 'password'];

function isSecret(path: Path): boolean {
  return path.some((step) => SECRET.includes(String(step)));
}

function nameOf(path: Path): string {
  return oneLine(scrub(path.join('.')), SHOWN);
}

/** Only plain values, never what stands where a secret is expected, and nothing with a user in it, who may have a password. */
function shown({ path, code }: z.core.$ZodIssue, { document }: Written): string {
  if (isSecret(path) || code === 'invalid_key') return '';
  const value: unknown = document.getIn(path);
  if (value === null) return '; it is empty';
  if (value === undefined) return code === 'custom' ? '' : '; it is missing';
  const words = JSON.stringify(value);
  return typeof value === 'object' || words.includes('@') ? '' : `, not ${oneLine(scrub(words), SHOWN)}`;
}

/** The line of the deepest key on the path that is written down. */
function lineOf(path: Path, { document, lines }: Written): number {
  let at: unknown = document.contents;
  let offset = 0;
  for (const step of path) {
    const next = stepInto(at, step);
    if (!next) break;
    offset = next.offset;
    at = next.value;
  }
  return lines.linePos(offset).line;
}

function stepInto(at: unknown, step: PropertyKey): { readonly offset: number; readonly value: unknown } | null {
  if (isMap<Node, Node>(at)) {
    const pair = at.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
    return pair ? { offset: pair.key.range?.[0] ?? 0, value: pair.value } : null;
  }
  if (!isSeq<Node>(at)) return null;
  const item = at.items[Number(step)];
  return item ? { offset: item.range?.[0] ?? 0, value: item } : null;
}
