import { readFile, readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { contractProblems } from './contract-checks';
import { contractTable } from './contract-table';
import { selectorsOf } from './promql-names';
import { problemsOf, promtool } from './promtool';
import { readRules, type Problem, type Rule } from './rule-file';
import { failingTests, isTestFile } from './rule-tests';
import { editedNumbers, withShippedNumbers } from './shipped-numbers';

export interface CheckSettings {
  /** prometheus-rules/ of the checkout. */
  readonly folder: string;
  /** The program. */
  readonly promtool: string;
  /** Rule or test files; none: those of the folder. */
  readonly files: readonly string[];
}

export interface FileReport {
  readonly file: string;
  readonly problems: readonly Problem[];
  /** Worth knowing, not wrong. */
  readonly notes: readonly Problem[];
}

/**
 * Checks rule files as Prometheus reads them, against the contract with the webhook, and, where they are the policy or an
 * edited copy of it, by the tests of the folder. Rejects when a file cannot be read or promtool not be started.
 */
export async function checkRules(settings: CheckSettings): Promise<FileReport[]> {
  const testFolder = join(settings.folder, 'tests');
  const tests = (await readdir(testFolder))
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => join(testFolder, name));
  const shipped = join(settings.folder, 'smartscale.rules.yaml');
  const files = settings.files.length > 0 ? settings.files : [shipped];
  const reports: FileReport[] = [];
  for (const file of files) {
    const text = await readFile(file, 'utf8');
    if (isTestFile(text)) {
      reports.push(await testReport(settings.promtool, file, await readFile(shipped, 'utf8')));
      continue;
    }
    const report = await ruleReport(settings, file, text);
    reports.push(report);
    if (report.problems.length > 0 || !isPolicy(text)) continue;
    const asShipped = withShippedNumbers(text, editedNumbers(text));
    for (const test of tests) reports.push(await testReport(settings.promtool, test, asShipped));
  }
  return reports;
}

/** The files of the folder are tested together; a file of further rules has no tests of ours. */
function isPolicy(text: string): boolean {
  const names = new Set(readRules(text).rules.map(({ name }) => name));
  return ['UnschedulablePods', 'HighCpu', 'HighMemory', 'Idle'].some((alert) => names.has(alert));
}

async function testReport(program: string, file: string, rules: string): Promise<FileReport> {
  return { file, problems: await failingTests(program, file, rules), notes: [] };
}

async function ruleReport(settings: CheckSettings, file: string, text: string): Promise<FileReport> {
  const { rules, problems } = readRules(text);
  if (problems.length > 0) return { file, problems, notes: [] };
  if (rules.length === 0)
    return { file, problems: [{ line: 1, message: 'no rules. Begin with "groups:".' }], notes: [] };
  const check = await promtool(settings.promtool, ['check', 'rules', file]);
  const invalid = check.ok ? [] : problemsOf(check.output, rules);
  const contract = contractProblems(rules);
  // A bad duration hides all else from promtool, which then names no line.
  const placed = contract.length > 0 ? invalid.filter(({ line }) => line > 1) : invalid;
  const table = contractTable(await readFile(join(settings.folder, 'CONTRACT.md'), 'utf8'));
  return { file, problems: inOrder([...placed, ...contract]), notes: inOrder(notes(rules, table, text)) };
}

function notes(rules: readonly Rule[], table: ReadonlyMap<string, unknown>, text: string): Problem[] {
  const recorded = new Set(rules.filter(({ kind }) => kind === 'record').map(({ name }) => name));
  const known = (metric: string): boolean =>
    table.has(metric) || recorded.has(metric) || /^(smartscale:|ALERTS)/.test(metric);
  const strangers = rules.flatMap(({ name, expr }) =>
    selectorsOf(expr.value)
      .filter(({ metric }) => !known(metric))
      .map(({ metric }) => ({ line: expr.line, message: `${name} reads ${metric}, which CONTRACT.md does not list.` })),
  );
  const steps = rules
    .filter(({ kind, labels, annotations }) => kind === 'alert' && labels['scale'] && !annotations['nodes'])
    .filter(({ labels }) => labels['scale']?.value !== 'replace')
    .map(({ name, line }) => ({ line, message: `${name} has no annotation nodes: it asks for the pool's step.` }));
  const edited = editedNumbers(text).map(({ name, line, now, shipped }) => ({
    line,
    message: `${name} is ${now}, shipped ${shipped}: the tests run with ${shipped}.`,
  }));
  return [...strangers, ...steps, ...edited];
}

function inOrder(problems: readonly Problem[]): Problem[] {
  return [...problems].sort((one, other) => one.line - other.line);
}

/** `prometheus-rules/tests/idle.yaml` -> `tests/idle.yaml`: short, and enough to find it. */
export function shortName(file: string, folder: string): string {
  return file.startsWith(folder)
    ? join(basename(folder), file.slice(folder.length + 1))
    : join(dirname(file), basename(file));
}
