import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBinaries } from '../../simulator/monitoring/binaries';
import { SHIPPED } from '../../simulator/monitoring/shipped-files';
import { clusterSeries, STEP_SECONDS, type ClusterSpec } from './cluster-series';

/** Value of an expression at a time, by the value of one label of each result; {} = no result. */
export interface Expectation {
  /** Seconds since the start. */
  readonly at: number;
  readonly expr: string;
  /** Complete series and value, as promtool compares them. */
  readonly samples: readonly { readonly labels: string; readonly value: number }[];
}

export interface RuleCase {
  readonly name: string;
  readonly cluster: ClusterSpec;
  readonly expect: readonly Expectation[];
}

/** The totals that firing alerts of this name carry, by pool. */
export function firing(at: number, alert: Alert, totals: Readonly<Record<string, number>>): Expectation {
  return carrying(at, alert, `ALERTS{alertname="${alert}",alertstate="firing"}`, totals);
}

/** The same of alerts whose condition holds, however long it has held. */
export function raised(at: number, alert: Alert, totals: Readonly<Record<string, number>>): Expectation {
  return carrying(at, alert, `ALERTS{alertname="${alert}"}`, totals);
}

type Alert = keyof typeof TOTALS;

function carrying(at: number, alert: Alert, alerts: string, totals: Readonly<Record<string, number>>): Expectation {
  const expr = `sum by (pool) (${TOTALS[alert]} and on (pool) ${alerts})`;
  return { at, expr, samples: Object.entries(totals).map(([pool, value]) => ({ labels: `{pool="${pool}"}`, value })) };
}

/** Nothing that scales fires or is about to. */
export function silent(at: number): Expectation {
  return { at, expr: 'ALERTS{scale!=""}', samples: [] };
}

const TOTALS = {
  HighCpu: 'smartscale:high_cpu:nodes',
  HighMemory: 'smartscale:high_memory:nodes',
  UnschedulablePods: 'smartscale:unschedulable:nodes',
  Idle: 'smartscale:idle:nodes',
} as const;

/** Runs promtool on the shipped rules. Answers what it printed about failures, '' when all expectations hold. */
export async function runRuleCases(cases: readonly RuleCase[], rules: string = SHIPPED.rules): Promise<string> {
  const { promtool } = await findBinaries();
  const folder = await mkdtemp(join(tmpdir(), 'smartscale-rules-'));
  try {
    const file = join(folder, 'cases.yaml');
    const tests = cases.map(promtoolTest);
    const order = ['smartscale-kubernetes', 'smartscale-load', 'smartscale-watchdog'];
    // JSON is YAML, and of series of an hour takes a tenth of the time.
    await writeFile(
      file,
      JSON.stringify({ rule_files: [rules], evaluation_interval: '5s', group_eval_order: order, tests }),
    );
    return await failures(promtool, file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function promtoolTest({ name, cluster, expect }: RuleCase): unknown {
  const end = Math.max(...expect.map(({ at }) => at));
  return {
    name,
    interval: `${STEP_SECONDS}s`,
    input_series: clusterSeries(cluster, end),
    promql_expr_test: expect.map(({ at, expr, samples }) => ({ expr, eval_time: `${at}s`, exp_samples: samples })),
  };
}

function failures(promtool: string, file: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(promtool, ['test', 'rules', file], { maxBuffer: 32 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error === null) return resolve('');
      if (error.code === 1) return resolve(`${stdout}\n${stderr}`);
      reject(new Error(`promtool: ${error.message}`));
    });
  });
}
