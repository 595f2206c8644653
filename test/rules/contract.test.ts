import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { contractProblems } from '../../prometheus-rules/contract-checks';
import { contractTable } from '../../prometheus-rules/contract-table';
import { selectorsOf } from '../../prometheus-rules/promql-names';
import { promtool } from '../../prometheus-rules/promtool';
import { readRules, type Rule } from '../../prometheus-rules/rule-file';
import { SHIPPED_NUMBERS } from '../../prometheus-rules/shipped-numbers';
import { findBinaries } from '../../simulator/monitoring/binaries';
import { REPOSITORY, SHIPPED } from '../../simulator/monitoring/shipped-files';

const folder = join(REPOSITORY, 'prometheus-rules');

async function shippedRules(): Promise<Rule[]> {
  return readRules(await readFile(SHIPPED.rules, 'utf8')).rules;
}

async function table(): Promise<Map<string, readonly string[]>> {
  return contractTable(await readFile(join(folder, 'CONTRACT.md'), 'utf8'));
}

describe('the shipped rules', () => {
  it('pass promtool', async () => {
    const binaries = await findBinaries();
    const { ok, output } = await promtool(binaries.promtool, ['check', 'rules', SHIPPED.rules]);
    expect({ ok, output }).toMatchObject({ ok: true });
  });

  it('pass their tests with the numbers that they are shipped with', async () => {
    const binaries = await findBinaries();
    const files = (await readdir(join(folder, 'tests'))).map((name) => join(folder, 'tests', name));
    expect(files.length).toBeGreaterThanOrEqual(6);
    const { ok, output } = await promtool(binaries.promtool, ['test', 'rules', ...files]);
    expect({ ok, output }).toMatchObject({ ok: true });
  });

  it('keep the contract with the webhook', async () => {
    expect(contractProblems(await shippedRules())).toEqual([]);
  });

  it('read exactly the metrics and labels of the table in CONTRACT.md', async () => {
    const rules = await shippedRules();
    const recorded = new Set(rules.filter(({ kind }) => kind === 'record').map(({ name }) => name));
    const read = rules.flatMap(({ expr }) => selectorsOf(expr.value)).filter(({ metric }) => !recorded.has(metric));
    const listed = await table();
    expect([...new Set(read.map(({ metric }) => metric))].sort()).toEqual([...listed.keys()].sort());
    for (const { metric, labels } of read) expect(listed.get(metric)).toEqual(expect.arrayContaining([...labels]));
  });

  it('use nothing recorded that they do not record, and record nothing that they do not use', async () => {
    const rules = await shippedRules();
    const recorded = rules.filter(({ kind }) => kind === 'record').map(({ name }) => name);
    const queried = rules.flatMap(({ annotations }) => Object.values(annotations).map(({ value }) => value)).join(' ');
    const used = rules.flatMap(({ expr }) => selectorsOf(expr.value)).map(({ metric }) => metric);
    expect(recorded.filter((name) => !used.includes(name) && !queried.includes(name))).toEqual([]);
    expect(used.filter((name) => name.startsWith('smartscale:') && !recorded.includes(name))).toEqual([]);
  });

  it('begin each group with its numbers, as shipped', async () => {
    const rules = await shippedRules();
    const numbers = rules.filter(({ name }) => name in SHIPPED_NUMBERS);
    expect(Object.fromEntries(numbers.map(({ name, expr: { value } }) => [name, value]))).toEqual(
      Object.fromEntries(Object.entries(SHIPPED_NUMBERS).map(([name, number]) => [name, `vector(${number})`])),
    );
    for (const group of new Set(rules.map((rule) => rule.group))) {
      const isNumber = rules.filter((rule) => rule.group === group).map(({ name }) => name in SHIPPED_NUMBERS);
      expect(isNumber).toEqual([...isNumber].sort((one, other) => Number(other) - Number(one)));
    }
  });

  it('lead people to a section of the docs that is there', async () => {
    for (const { name, annotations } of (await shippedRules()).filter(({ kind }) => kind === 'alert')) {
      const [file = '', section] = (annotations['runbook_url']?.value ?? '').split('#');
      expect(section).toBe(name.toLowerCase());
      expect(await readFile(join(REPOSITORY, file), 'utf8')).toContain(`\n### ${name}\n`);
    }
  });

  it('wait and evaluate as the policy says', async () => {
    const waits = (await shippedRules()).filter(({ kind }) => kind === 'alert');
    expect(Object.fromEntries(waits.map((rule) => [rule.name, [rule.group, rule.for?.value]]))).toEqual({
      UnschedulablePods: ['smartscale-kubernetes', '5s'],
      HighCpu: ['smartscale-load', '3m'],
      HighMemory: ['smartscale-load', '3m'],
      Idle: ['smartscale-load', '10m'],
      SpotInterruption: ['smartscale-interruptions', undefined],
      ScheduledMaintenance: ['smartscale-interruptions', undefined],
      RebalanceRecommended: ['smartscale-interruptions', undefined],
      Watchdog: ['smartscale-watchdog', undefined],
    });
    expect(await readFile(SHIPPED.rules, 'utf8')).toMatch(
      /name: smartscale-kubernetes\n\s+interval: 5s[^]*name: smartscale-load\n\s+interval: 15s[^]*name: smartscale-interruptions\n\s+interval: 5s/,
    );
  });
});

describe('selectorsOf', () => {
  it.each([
    ['up', [['up']]],
    ['rate(http_requests_total{job="a", code=~"5.."}[5m] offset 1h)', [['http_requests_total', 'job', 'code']]],
    ['sum by (le, pool) (a:b:c) / on (pool) group_left (x) d > 1e-6', [['a:b:c'], ['d']]],
    ['sum(a) without (pod) unless on () b # and c', [['a'], ['b']]],
    ['label_replace(a, "pool", "$1", "b", "(.+)")', [['a']]],
    ['max_over_time(rate(a[5m])[1h:1m]) and b == bool 1', [['a'], ['b']]],
    ['vector(1) or time() - 5', []],
    ['{__name__=~"x"}', []],
  ])('%s', (expression, expected) => {
    expect(selectorsOf(expression).map(({ metric, labels }) => [metric, ...labels])).toEqual(expected);
  });
});
