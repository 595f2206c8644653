import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const TEST = join(__dirname, '..');
const docs = (name: string) => readFileSync(join(__dirname, '../../docs', name), 'utf8');
const page = docs('reliability.md');
const [, edgeCases = ''] = /^## Edge cases\n([^]*?)^## /m.exec(docs('draining.md')) ?? [];

interface Citation {
  readonly file: string;
  readonly name: string | undefined;
}

/** `file` “part of a test's name” */
function citationsOf(text: string): readonly Citation[] {
  return [...text.matchAll(/`([\w./-]+\.ts)`(?: “([^”]+)”)?/g)].map(([, file = '', name]) => ({ file, name }));
}

function isMissing({ file, name }: Citation): boolean {
  const path = join(TEST, file);
  // Tables keep a pipe apart, and prettier escapes what Markdown would read.
  return !existsSync(path) || (name !== undefined && !readFileSync(path, 'utf8').includes(name.replace(/\\/g, '')));
}

test.each([
  ['docs/reliability.md', page, 100],
  ['the edge cases of docs/draining.md', edgeCases, 18],
])('%s names tests, and they are there', (_where, text, least) => {
  const citations = citationsOf(text);
  expect(citations.length).toBeGreaterThan(least);
  expect(citations.filter(isMissing)).toEqual([]);
  expect(citations.filter(({ name }) => name === undefined)).toEqual([]);
});

test('every edge case of docs/draining.md has a scenario', () => {
  const rows = edgeCases
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2);
  expect(rows).toHaveLength(14);
  expect(rows.filter((row) => !row.includes('`scenarios/'))).toEqual([]);
});

test('docs/reliability.md speaks of all sixty-three defects, each with a test or the reason why there is none', () => {
  const rows = [...page.matchAll(/^\| (\d+) +\|([^|]+)\|([^|]+)\|([^|]+)\|$/gm)];
  expect(rows.map(([, number]) => Number(number))).toEqual(Array.from({ length: 63 }, (_, i) => i + 1));
  const untested = rows.filter(([, , , , tests = '']) => !tests.includes('.ts`'));
  expect(untested.every(([, , , how = '']) => /yet/.test(how))).toBe(true);
});
