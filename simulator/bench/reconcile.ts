/**
 * `npm run bench:reconcile`: one look at all pools, with ten, a hundred and a thousand of them in one process. The store is
 * in memory and nothing goes over HTTP: what is measured is the service itself. Nothing is asserted; the numbers are in
 * docs/launching.md.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Look } from './look';

/** Clusters, and pools of each. */
const SIZES = [
  [1, 10],
  [1, 100],
  [1, 1000],
  [10, 100],
] as const;
const WITHIN_MS = 300_000;

async function main(): Promise<void> {
  const say = (line: string) => process.stdout.write(`${line}\n`);
  say(
    'CPU time of one look at all pools, three nodes and thirty pods each; median of 7, each size in a process of its own',
  );
  say('clusters  pools   CPU ms  ms/pool  Alertmanager reads  store calls  RSS MiB  heap MiB');
  for (const [clusters, pools] of SIZES) say(lineOf(await measure(clusters, pools)));
}

async function measure(clusters: number, pools: number): Promise<Look> {
  const args = ['--expose-gc', join(__dirname, 'look.js'), String(clusters), String(pools)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: WITHIN_MS });
  return JSON.parse(stdout) as Look;
}

function lineOf({ clusters, pools, ms, alertmanagerReads, storeCalls, rssMib, heapMib }: Look): string {
  const cells = [
    clusters,
    pools,
    ms.toFixed(1),
    (ms / pools).toFixed(2),
    alertmanagerReads,
    storeCalls,
    rssMib,
    heapMib,
  ];
  const widths = [8, 6, 8, 8, 19, 12, 8, 9];
  return cells.map((cell, i) => String(cell).padStart(widths[i] ?? 0)).join(' ');
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
