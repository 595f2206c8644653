import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const TEST = join(__dirname, '..');
const page = readFileSync(join(__dirname, '../../docs/reliability.md'), 'utf8');
/** `file` “part of a test's name” */
const citations = [...page.matchAll(/`([\w./-]+\.ts)`(?: “([^”]+)”)?/g)].map(([, file = '', name]) => ({ file, name }));

test('docs/reliability.md names tests, and they are there', () => {
  expect(citations.length).toBeGreaterThan(100);
  const missing = citations.filter(({ file, name }) => {
    const path = join(TEST, file);
    // Tables keep a pipe apart, and prettier escapes what Markdown would read.
    return !existsSync(path) || (name !== undefined && !readFileSync(path, 'utf8').includes(name.replace(/\\/g, '')));
  });
  expect(missing).toEqual([]);
  expect(citations.filter(({ name }) => name === undefined)).toEqual([]);
});

test('docs/reliability.md speaks of all sixty-three defects, each with a test or the reason why there is none', () => {
  const rows = [...page.matchAll(/^\| (\d+) +\|([^|]+)\|([^|]+)\|([^|]+)\|$/gm)];
  expect(rows.map(([, number]) => Number(number))).toEqual(Array.from({ length: 63 }, (_, i) => i + 1));
  const untested = rows.filter(([, , , , tests = '']) => !tests.includes('.ts`'));
  expect(untested.every(([, , , how = '']) => /yet/.test(how))).toBe(true);
});
