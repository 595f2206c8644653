/**
 * `npm run bench`: a storm of the same notification, 10,000 posts over 200 connections, at the webhook without Redis, with
 * Redis, and at a bare Express handler, in one run. What counts is the ratio: all of them share this machine, and so does
 * whoever posts. Nothing is asserted; the numbers of one run are in docs/reliability.md.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import autocannon from 'autocannon';
import { findBinaries } from '../monitoring/binaries';
import { openStage, type Stage } from '../stage/stage';

const POSTS = 10_000;
const CONNECTIONS = 200;
const ROUNDS = 3;
/** Looks by posts alone: the timer of a fast policy would look, too. */
const TIME_SCALE = 1;

interface Storm {
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly perSecond: number;
}

interface Target {
  readonly name: string;
  readonly url: string;
  readonly token: string;
  /** Requests that the store has had so far; null where there is none. */
  readonly stored: () => number | null;
}

async function main(): Promise<void> {
  const binaries = await findBinaries();
  const bare = await startBareExpress();
  const stages = [await stageOf(binaries, false), await stageOf(binaries, true)];
  const targets: readonly Target[] = [
    { name: 'bare Express', url: bare.url, token: '', stored: () => null },
    ...stages.map((stage, i) => targetOf(stage, i === 0 ? 'webhook' : 'webhook with Redis')),
  ];
  try {
    print(await measure(targets));
    for (const [i, stage] of stages.entries()) await printMemory(stage, targets[i + 1]?.name ?? '');
  } finally {
    for (const stage of stages) await stage.stop();
    bare.stop();
  }
}

function stageOf(binaries: Awaited<ReturnType<typeof findBinaries>>, withRedis: boolean): Promise<Stage> {
  return openStage({ binaries, timeScale: TIME_SCALE, withRedis, pools: { workers: { min: 0 } } });
}

function targetOf({ webhooks, token, dynamo }: Stage, name: string): Target {
  return { name, url: webhooks[0]?.url ?? '', token, stored: () => dynamo.requests() };
}

async function startBareExpress(): Promise<{ readonly url: string; stop(): void }> {
  const child = spawn(process.execPath, [join(__dirname, 'bare-express.js')], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { url: `http://127.0.0.1:${line.toString().trim()}`, stop: () => void child.kill() };
}

interface Measured {
  readonly name: string;
  readonly storm: Storm;
  /** Requests to the store for a thousand posts. */
  readonly stored: number | null;
}

/** By turns, so that what else the machine does hits all of them; of each the median round. */
async function measure(targets: readonly Target[]): Promise<readonly Measured[]> {
  const rounds: Measured[] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const target of targets) {
      const before = target.stored();
      const storm = await post(target);
      const after = target.stored();
      const stored = before === null || after === null ? null : ((after - before) * 1000) / POSTS;
      // The first round warms up.
      if (round > 0) rounds.push({ name: target.name, storm, stored });
    }
  }
  return targets.map(({ name }) => median(rounds.filter((it) => it.name === name)));
}

function median(rounds: readonly Measured[]): Measured {
  const middle = rounds.toSorted((a, b) => a.storm.p99 - b.storm.p99)[Math.floor(rounds.length / 2)];
  if (!middle) throw new Error('nothing was measured');
  return middle;
}

async function post({ name, url, token }: Target): Promise<Storm> {
  const result = await autocannon({
    url: `${url}/alerts`,
    method: 'POST',
    connections: CONNECTIONS,
    amount: POSTS,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: notification(),
  });
  const failed = result.errors + result.timeouts + result.non2xx;
  if (failed > 0 || result['2xx'] !== POSTS) throw new Error(`${name} failed ${failed} of ${POSTS} posts`);
  const seconds = (result.finish.getTime() - result.start.getTime()) / 1000;
  return { p50: result.latency.p50, p99: result.latency.p99, perSecond: Math.round(POSTS / seconds) };
}

/** As Alertmanager posts it. */
function notification(): string {
  const labels = { alertname: 'HighCpu', scale: 'up', pool: 'workers', cluster: 'demo', severity: 'info' };
  const annotations = { nodes: '0', summary: 'CPU of pool workers is at 80 %', description: 'x'.repeat(300) };
  const startsAt = '2026-01-05T12:00:00.000Z';
  const times = { startsAt, endsAt: '0001-01-01T00:00:00Z' };
  const alert = { status: 'firing', labels, annotations, ...times, generatorURL: '', fingerprint: '00c0ffee00c0ffee' };
  return JSON.stringify({
    version: '4',
    groupKey: '{}:{alertname="HighCpu"}',
    truncatedAlerts: 0,
    status: 'firing',
    receiver: 'smartscale',
    groupLabels: labels,
    commonLabels: labels,
    commonAnnotations: annotations,
    externalURL: 'http://alertmanager:9093',
    alerts: [alert],
  });
}

function print(measured: readonly Measured[]): void {
  const [bare] = measured;
  const say = (line: string) => process.stdout.write(`${line}\n`);
  say(`${POSTS} posts of the same notification over ${CONNECTIONS} connections, median of ${ROUNDS} rounds`);
  say(
    `${'target'.padEnd(20)} ${'p50 ms'.padStart(8)} ${'p99 ms'.padStart(8)} ${'posts/s'.padStart(8)} ${'p99 ratio'.padStart(10)} ${'store requests / 1000 posts'.padStart(28)}`,
  );
  for (const { name, storm, stored } of measured) {
    const ratio = (storm.p99 / (bare?.storm.p99 || 1)).toFixed(1);
    const numbers = [storm.p50, storm.p99, storm.perSecond].map((n) => String(n).padStart(8)).join(' ');
    say(`${name.padEnd(20)} ${numbers} ${ratio.padStart(10)} ${(stored?.toFixed(1) ?? '-').padStart(28)}`);
  }
}

async function printMemory({ webhooks }: Stage, name: string): Promise<void> {
  const text = await (await fetch(`${webhooks[0]?.url}/metrics`)).text();
  const bytes = Number(/^process_resident_memory_bytes (\S+)$/m.exec(text)?.[1] ?? NaN);
  process.stdout.write(`${name}: ${Math.round(bytes / 2 ** 20)} MiB resident after ${(ROUNDS + 1) * POSTS} posts\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
