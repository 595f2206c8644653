/**
 * `npm run bench:removal`: which node of a cluster is given back, with 500, 1,000 and 5,000 nodes of thirty pods each, as
 * the reduced records that an observation holds. `easy`: the first will do. `blocked`: every node has a bare pod. `full`:
 * no pod fits anywhere. `apart`: so, and every pod is of a shape of its own. Nothing is asserted; the numbers are in
 * docs/draining.md.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CASES, type Planned } from './plan-removal';

const SIZES = [500, 1000, 5000] as const;
const WITHIN_MS = 120_000;

async function main(): Promise<void> {
  const say = (line: string) => process.stdout.write(`${line}\n`);
  say('planning one removal, thirty pods a node; median of 5, each size in a process of its own');
  say('case     nodes    pods  CPU ms  per 500  RSS MiB  answer');
  for (const name of CASES) {
    let first: Planned | null = null;
    for (const nodes of SIZES) {
      const planned = await measure(name, nodes);
      first ??= planned;
      say(lineOf(name, planned, first));
    }
  }
}

async function measure(name: string, nodes: number): Promise<Planned> {
  const args = ['--expose-gc', join(__dirname, 'plan-removal.js'), name, String(nodes)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: WITHIN_MS });
  return JSON.parse(stdout) as Planned;
}

function lineOf(name: string, { nodes, pods, cpuMs, rssMib, answer }: Planned, first: Planned): string {
  const ratio = cpuMs / first.cpuMs;
  const cells = [nodes, pods, cpuMs.toFixed(0), ratio.toFixed(1), rssMib];
  const widths = [6, 8, 8, 9, 9];
  return `${name.padEnd(8)}${cells.map((cell, i) => String(cell).padStart(widths[i] ?? 0)).join('')}  ${answer}`;
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
