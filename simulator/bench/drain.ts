/**
 * `npm run bench:drain`: a node with 109 pods to move is emptied, once by bare calls of the Eviction API, ten at a time, and
 * once by the service with its real clients. Both over HTTP, each in a cluster of its own, with the clock of the machine.
 * What counts is the ratio of the two times. Nothing is asserted; the numbers are in docs/draining.md.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { drainService } from './drain-service';
import { evictAll } from './evict-all';
import { CLUSTER, POOL, startFullNode, type FullNode } from './full-node';

const WITHIN_MS = 60_000;
const NODES_LEFT = 2;

interface Emptied {
  /** From the first pod that is told to go to the last that is gone. */
  readonly ms: number;
  readonly pods: number;
  readonly calls: number;
  readonly refused: number;
}

async function main(): Promise<void> {
  const say = (line: string) => process.stdout.write(`${line}\n`);
  say('from the first pod that is told to go to the last that is gone');
  say(`${'case'.padEnd(14)} ${'way'.padEnd(14)}  pods  seconds  of bare  evictions  refused`);
  for (const withBudgets of [false, true]) {
    const what = withBudgets ? 'two budgets' : 'no budget';
    const bare = await measure(withBudgets, byBareCalls);
    say(lineOf(what, 'bare calls', bare, bare));
    say(lineOf(what, 'SmartScale', await measure(withBudgets, byService), bare));
  }
}

async function measure(withBudgets: boolean, empty: (full: FullNode) => Promise<number>): Promise<Emptied> {
  const full = await startFullNode(withBudgets);
  try {
    const ms = await empty(full);
    const evictions = full.simulator.kubernetesApi.gate.calls.filter(({ url }) => url.endsWith('/eviction'));
    const refused = evictions.filter(({ status }) => status === 429).length;
    return { ms, pods: full.pods, calls: evictions.length, refused };
  } finally {
    await full.simulator.stop();
  }
}

async function byBareCalls({ simulator, node, emptied }: FullNode): Promise<number> {
  const { cluster } = simulator.world;
  cluster.cordonByHand(node);
  const pods = cluster.podsOfNode(node).filter(({ metadata }) => metadata.ownerReferences?.[0]?.kind === 'ReplicaSet');
  const [ms] = await Promise.all([emptied(), evictAll(simulator.kubernetesUrl, pods)]);
  return ms;
}

async function byService({ simulator, emptied }: FullNode): Promise<number> {
  const { service, store } = drainService(simulator, NODES_LEFT);
  service.start();
  try {
    const ms = await emptied();
    await closed(store);
    return ms;
  } finally {
    await service.stop();
  }
}

async function closed(store: ReturnType<typeof drainService>['store']): Promise<void> {
  const giveUpAt = Date.now() + WITHIN_MS;
  for (;;) {
    const rows = await store.readHistory({ cluster: CLUSTER, pool: POOL }, { limit: 100 });
    const ended = rows.find(({ kind }) => kind === 'operation');
    if (ended?.data['phase'] === 'done') return;
    if (ended || Date.now() > giveUpAt) throw new Error(`the drain ended so: ${JSON.stringify(ended?.data ?? null)}`);
    await sleep(50);
  }
}

function lineOf(what: string, way: string, { ms, pods, calls, refused }: Emptied, bare: Emptied): string {
  const cells = [String(pods), (ms / 1000).toFixed(1), (ms / bare.ms).toFixed(2), String(calls), String(refused)];
  const widths = [4, 7, 7, 9, 7];
  return [what.padEnd(14), way.padEnd(14), ...cells.map((cell, i) => cell.padStart(widths[i] ?? 0))].join('  ');
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
