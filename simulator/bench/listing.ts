/**
 * `npm run bench:listing`: what it costs to list a large cluster, with our adapter and with the stock client, beside bare
 * `JSON.parse` of the same pages. Each measurement is a process of its own, the API server another one. Nothing is
 * asserted; the numbers are in docs/kubernetes.md.
 */
import { execFile, fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Listed } from './list-once';

/** Pods; there is a node for each thirty. */
const SIZES = [15_000, 30_000, 150_000];
const WAYS = ['parse', 'ours', 'stock'];
const WITHIN_MS = 300_000;
const MIB = 2 ** 20;

async function main(): Promise<void> {
  const say = (line: string) => process.stdout.write(`${line}\n`);
  const { server, url } = await startServer();
  try {
    say('one listing of all nodes and pods; hold: longest that the main thread computed in one go');
    say('  pods  nodes    MiB  way     wall ms   CPU ms  of JSON.parse  hold ms  peak RSS MiB');
    for (const pods of SIZES) await measureAll(`${url}/${pods}`, pods, say);
  } finally {
    server.kill();
  }
}

async function measureAll(url: string, pods: number, say: (line: string) => void): Promise<void> {
  let bare: Listed | undefined;
  for (const way of WAYS) {
    const listed = await measure(way, url);
    bare ??= listed;
    say(lineOf(pods, way, listed, bare));
  }
}

function lineOf(pods: number, way: string, listed: Listed, { parseMs = NaN, characters = NaN }: Listed): string {
  const cpuMs = listed.parseMs ?? listed.cpuMs;
  const cells = [
    pods,
    listed.items - pods,
    Math.round(characters / MIB),
    way,
    Math.round(listed.wallMs),
    Math.round(cpuMs),
    (cpuMs / parseMs).toFixed(2),
    Math.round(listed.holds.computedMs),
    Math.round(listed.peakMib),
  ];
  const widths = [6, 6, 6, 6, 9, 8, 14, 8, 13];
  return cells.map((cell, i) => String(cell).padStart(widths[i] ?? 0)).join(' ');
}

async function measure(way: string, url: string): Promise<Listed> {
  const args = [join(__dirname, 'list-once.js'), way, url];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: WITHIN_MS });
  return JSON.parse(stdout) as Listed;
}

async function startServer(): Promise<{ readonly server: ChildProcess; readonly url: string }> {
  const server = fork(join(__dirname, 'cluster-server.js'));
  const port = await new Promise<unknown>((resolve, reject) => {
    server.once('message', resolve);
    server.once('error', reject);
    server.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
  });
  return { server, url: `http://127.0.0.1:${String(port)}` };
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
