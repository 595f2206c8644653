import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PREFLIGHT } from '../../webhook/preflight/judgement/codes';
import { tableRows } from './table-rows';

test('docs/preflight.md has every finding, row by row, as the code has it', () => {
  const codes = new Set<string>(Object.keys(PREFLIGHT));
  const catalogue = Object.entries(PREFLIGHT).map(([code, it]) => [code, it.severity, it.meaning, it.advice]);
  const rows = tableRows('preflight.md').filter((cells) => cells.length === 4);
  expect(rows).toEqual(catalogue);
  expect(codes.size).toBe(rows.length);
});

test('every finding is one that the judgement can come to', () => {
  const folder = join(__dirname, '../../webhook/preflight/judgement');
  const files = ['template', 'subnet', 'type', 'quota', 'permission', 'peer'].map((it) => `${it}-findings.ts`);
  const source = files.map((file) => readFileSync(join(folder, file), 'utf8')).join('\n');
  expect(Object.keys(PREFLIGHT).filter((code) => !source.includes(`'${code}'`))).toEqual([]);
});
