import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkRules, type FileReport } from '../../prometheus-rules/check-rules';
import { findBinaries } from '../../simulator/monitoring/binaries';
import { REPOSITORY, SHIPPED } from '../../simulator/monitoring/shipped-files';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'smartscale-check-'));
});

afterAll(() => rm(folder, { recursive: true }));

async function check(text: string, name = 'edited.rules.yaml'): Promise<FileReport[]> {
  const file = join(folder, name);
  await writeFile(file, text);
  const { promtool } = await findBinaries();
  return checkRules({ folder: join(REPOSITORY, 'prometheus-rules'), promtool, files: [file] });
}

/** The shipped rules with one edit; `line` is the number of the first line that the edit changed. */
async function edited(from: string, to: string): Promise<{ text: string; line: number }> {
  const shipped = await readFile(SHIPPED.rules, 'utf8');
  expect(shipped).toContain(from);
  return { text: shipped.replace(from, () => to), line: shipped.slice(0, shipped.indexOf(from)).split('\n').length };
}

const HIGH_CPU_LABELS =
  "labels:\n          scale: up\n          pool: '{{ $labels.pool }}'\n          severity: warning\n        annotations:\n          nodes: '{{ $value }}'\n          summary: 'CPU";

describe('npm run rules', () => {
  it.each([
    ['an unclosed bracket', 'vector(70)', 'vector(70', 0, /unclosed left parenthesis/],
    ['a word for a number', 'vector(70)', 'vector(seventy)', 0, /vector/],
    ['a threshold above 100', 'vector(70)', 'vector(700)', 0, /above 0 and at most 100/],
    ['a target at its threshold', 'vector(50)', 'vector(70)', 0, /not below smartscale:high_cpu:threshold_percent/],
    [
      'a misspelt function inside a block',
      'clamp_min(\n            smartscale:node:cores',
      'clamp_mn(\n            smartscale:node:cores',
      0,
      /unknown function/,
    ],
    ['a bad duration', 'for: 10m', 'for: ten minutes', 0, /for is "ten minutes"/],
    ['an unknown key', 'record: smartscale:pool:offer', 'recrod: smartscale:pool:offer', 0, /recrod/],
    [
      'broken YAML',
      '    interval: 15s\n    rules:\n      - record: smartscale:high',
      '   interval: 15s\n    rules:\n      - record: smartscale:high',
      0,
      /YAML/,
    ],
    ['a wrong scale', 'scale: down', 'scale: dwon', 0, /scale is "dwon"/],
    ['a count for a total', "nodes: '{{ $value }}'", "nodes: '3 more'", 0, /nodes is "3 more"/],
    ['an urgency of its own', "urgent: 'true'", "urgent: 'yes'", 0, /urgent is "yes"/],
    ['a value in a label', 'severity: info', "severity: '{{ $value }}'", 0, /label severity changes with the value/],
    [
      'a missing runbook',
      'runbook_url: docs/rules.md#highcpu',
      'runbook: docs/rules.md#highcpu',
      -16,
      /no annotation runbook_url/,
    ],
    [
      'an alert without pool',
      HIGH_CPU_LABELS,
      HIGH_CPU_LABELS.replace("\n          pool: '{{ $labels.pool }}'", ''),
      -5,
      /no label pool/,
    ],
  ])('names the line of %s', async (...[, from, to, offset, message]) => {
    const { text, line } = await edited(from, to);
    const problems = (await check(text)).flatMap((report) => report.problems);
    expect(problems).toContainEqual({ line: line + offset, message: expect.stringMatching(message) as string });
  });

  it('lists every mistake, in the order of the file', async () => {
    const shipped = await readFile(SHIPPED.rules, 'utf8');
    const text = shipped
      .replace('vector(75)', 'vector(175)')
      .replace('vector(70)', 'vector(')
      .replace('scale: down', 'scale: off');
    const [report] = await check(text);
    const lines = report?.problems.map(({ line }) => line) ?? [];
    expect(lines).toHaveLength(3);
    expect(lines).toEqual([...lines].sort((one, other) => one - other));
  });

  it('lets an operator change a number, says so, and tests the mechanism with the shipped one', async () => {
    const { text, line } = await edited('vector(70)', 'vector(60)');
    const reports = await check(text);
    expect(reports.length).toBeGreaterThan(5);
    expect(reports.flatMap(({ problems }) => problems)).toEqual([]);
    expect(reports[0]?.notes).toEqual([
      { line, message: 'smartscale:high_cpu:threshold_percent is 60, shipped 70: the tests run with 70.' },
    ]);
  });

  it('finds what is valid and wrong: the tests name the case and its line', async () => {
    const { text } = await edited(
      'rate(node_cpu_seconds_total{mode="idle"}[2m])',
      'rate(node_cpu_seconds_total{mode!="idle"}[2m])',
    );
    const failed = (await check(text)).filter(({ problems }) => problems.length > 0);
    expect(failed.map(({ file }) => file.split('/').at(-1))).toContain('high-cpu.yaml');
    const tests = await readFile(join(REPOSITORY, 'prometheus-rules/tests/high-cpu.yaml'), 'utf8');
    const problem = failed
      .flatMap(({ problems }) => problems)
      .find(({ message }) => message.includes('half busy is half'));
    expect(tests.split('\n')[(problem?.line ?? 0) - 1]).toContain('half busy is half');
  });

  it('refuses bare seconds and an expression that loses the pool', async () => {
    const [report] = await check(`groups:
  - name: own
    rules:
      - alert: Old
        expr: |
          sum(kube_node_created)
          < time() - 120
        labels: { scale: up, pool: '{{ $labels.pool }}' }
        annotations: { summary: a, description: b, runbook_url: c }
`);
    expect(report?.problems).toEqual([
      { line: 6, message: expect.stringContaining('loses the label pool') as string },
      { line: 7, message: expect.stringContaining('bare seconds') as string },
    ]);
    expect(report?.notes.map(({ message }) => message)).toEqual([
      "Old has no annotation nodes: it asks for the pool's step.",
      'Old reads kube_node_created, which CONTRACT.md does not list.',
    ]);
  });

  it.each([
    ['max_over_time(vector(time())[1h:1m]) - min_over_time(vector(time())[1h:1m])', 0],
    ['time() - min_over_time(vector(time())[1h:1m])', 1],
  ])('lets time be looked at over a duration, and no other way: %s', async (expr, problems) => {
    const [report] = await check(`groups: [{ name: own, rules: [{ record: own:hour, expr: '${expr}' }] }]\n`);
    expect(report?.problems).toHaveLength(problems);
  });

  it('accepts a further rule that keeps the contract, and runs no tests that are not its own', async () => {
    const reports = await check(`groups:
  - name: own
    rules:
      - alert: QueueIsLong
        expr: sum by (pool) (jobs_waiting) / 100 > 1
        for: 2m
        labels: { scale: up, pool: '{{ $labels.pool }}' }
        annotations: { nodes: '{{ $value }}', summary: a, description: b, runbook_url: c }
`);
    expect(reports).toHaveLength(1);
    expect(reports[0]?.problems).toEqual([]);
  });

  it('accepts the example of docs/rules.md', async () => {
    const docs = await readFile(join(REPOSITORY, 'docs/rules.md'), 'utf8');
    const example = /```yaml\n(groups:[^]*?)```/.exec(docs)?.[1] ?? '';
    const [report] = await check(example);
    expect(report?.problems).toEqual([]);
    expect(report?.notes.map(({ message }) => message)).toEqual([
      'QueueIsLong reads shop_jobs_waiting, which CONTRACT.md does not list.',
      'QueueIsLong reads shop_jobs_running, which CONTRACT.md does not list.',
    ]);
  });
});
