/** From what zod found to lines for people: where, what must be there, what is there. */
import { isMap, isScalar, isSeq, type Document, type LineCounter, type Node } from 'yaml';
import type { z } from 'zod';

type Path = readonly PropertyKey[];

export interface Written {
  readonly document: Document.Parsed;
  readonly lines: LineCounter;
}

/** One line a mistake, in the order of the file. */
export function mistakesOf(issues: readonly z.core.$ZodIssue[], written: Written): readonly string[] {
  const mistakes = issues.flatMap((issue) => sayIssue(issue, written));
  return [...new Set(mistakes.sort((a, b) => a.line - b.line).map(({ line, text }) => `line ${line}: ${text}`))];
}

function sayIssue(
  issue: z.core.$ZodIssue,
  written: Written,
): readonly { readonly line: number; readonly text: string }[] {
  const name = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      line: lineOf([...issue.path, key], written),
      text: `${[...issue.path, key].join('.')} is no key; ${issue.message}`,
    }));
  }
  const text = `${name || 'the configuration'} ${issue.message}${shown(issue, written)}`;
  return [{ line: lineOf(issue.path, written), text }];
}

/** Only plain values, and never what stands where a secret is expected. */
function shown({ path, code }: z.core.$ZodIssue, { document }: Written): string {
  if (path.includes('tokens') || path.includes('operatorTokens') || code === 'invalid_key') return '';
  const value: unknown = document.getIn(path);
  if (value === null) return '; it is empty';
  if (value === undefined) return code === 'custom' ? '' : '; it is missing';
  return typeof value === 'object' ? '' : `, not ${JSON.stringify(value)}`;
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
