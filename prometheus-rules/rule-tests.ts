import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LineCounter, isMap, isSeq, parseDocument } from 'yaml';
import { promtool } from './promtool';
import type { Problem } from './rule-file';

/** Runs a promtool test file on these rules; the problems are the tests that fail, on their lines. */
export async function failingTests(program: string, testFile: string, rules: string): Promise<Problem[]> {
  const text = await readFile(testFile, 'utf8');
  const folder = await mkdtemp(join(tmpdir(), 'smartscale-rules-'));
  try {
    const ruleFile = join(folder, 'rules.yaml');
    const file = join(folder, 'tests.yaml');
    await writeFile(ruleFile, rules);
    const run = async (only?: number): Promise<{ ok: boolean; output: string }> => {
      await writeFile(file, testsOn(ruleFile, text, only));
      return promtool(program, ['test', 'rules', file]);
    };
    const all = await run();
    if (all.ok) return [];
    // promtool 2.42 does not say which test failed: run each by itself.
    const problems: Problem[] = [];
    for (const [index, { name, line }] of testsIn(text).entries()) {
      const { ok, output } = await run(index);
      if (!ok) problems.push({ line, message: `test "${name}" fails:\n${shown(output)}` });
    }
    return problems.length > 0 ? problems : [{ line: 1, message: shown(all.output) }];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A file is a test file when it has `tests:`. */
export function isTestFile(text: string): boolean {
  return /^tests:/m.test(text);
}

function testsIn(text: string): { name: string; line: number }[] {
  const lines = new LineCounter();
  const tests = parseDocument(text, { lineCounter: lines }).get('tests');
  if (!isSeq(tests)) return [];
  return tests.items.filter(isMap).map((test) => {
    const name = test.get('name');
    return { name: typeof name === 'string' ? name : 'without a name', line: lines.linePos(test.range?.[0] ?? 0).line };
  });
}

/** The file's text for other rules, with all its tests or one. As a document: `0x40` is a series, not the number 64. */
function testsOn(ruleFile: string, text: string, only?: number): string {
  const document = parseDocument(text);
  document.set('rule_files', [ruleFile]);
  const tests = document.get('tests');
  if (isSeq(tests) && only !== undefined) tests.items = tests.items.filter((_, index) => index === only);
  return document.toString({ lineWidth: 0 });
}

/** Without promtool's headings, temporary paths and blank lines. */
function shown(output: string): string {
  return output
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^\s*(Unit Testing:|FAILED:|SUCCESS)/.test(line))
    .map((line) => `    ${line.trim()}`)
    .join('\n');
}
