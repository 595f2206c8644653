/** One measurement of reconcile.ts in a process of its own: `look.js <clusters> <pools each>`. Prints JSON. */
import { setImmediate } from 'node:timers/promises';
import { MemoryStore } from '../../webhook/adapters/memory-store';
import { randomIds } from '../../webhook/adapters/random-ids';
import { readScalingAlert } from '../../webhook/alertmanager/scaling-alert';
import { Service } from '../../webhook/assembly/service';
import { parseConfig, type ClusterConfig, type ServiceConfig } from '../../webhook/config';
import type { ApiAlert } from '../../webhook/model/alert';
import { makeLogger } from '../../webhook/telemetry/logger';
import { makeTelemetry } from '../../webhook/telemetry/telemetry';
import { webhookConfig } from '../stage/webhook-config';
import { HandClock } from './hand-clock';
import { manyPools, NODES } from './many-pools';
import { median } from './median';

export interface Look {
  readonly clusters: number;
  readonly pools: number;
  /** Median CPU time of one look at all pools, of all threads: on a busy machine the clock tells how busy it is. */
  readonly ms: number;
  readonly alertmanagerReads: number;
  readonly storeCalls: number;
  readonly rssMib: number;
  readonly heapMib: number;
}

const LOOKS = 7;
const WARM_UP = 3;
const EVERY_MS = 15_000;
const MOST_TURNS = 1000;

async function main([clusters = 1, each = 10]: readonly number[]): Promise<Look> {
  const clock = new HandClock(Date.UTC(2026, 0, 5, 12));
  const pools = Array.from({ length: each }, (_, i) => `pool-${i}`);
  const names = Array.from({ length: clusters }, (_, i) => `cluster-${i}`);
  const worlds = names.map((name) => manyPools(name, pools, () => clock.now()));
  const store = counting(new MemoryStore());
  const service = new Service({
    config: configOf(names, pools),
    ports: {
      store: store.port,
      clusters: new Map(names.map((name, i) => [name, worlds[i]?.ports as (typeof worlds)[number]['ports']])),
      clock,
      ids: randomIds(clock),
    },
    telemetry: makeTelemetry(makeLogger({ level: 'silent' }), { version: 'bench', clock }),
    owner: 'bench',
    version: 'bench',
  });
  service.start();
  await looked(service, clock);
  for (const [i, name] of names.entries()) post(service, name, worlds[i]?.alerts() ?? []);
  const reads = () => worlds.reduce((sum, world) => sum + world.reads.alertmanager, 0);
  const times: number[] = [];
  let before = { reads: 0, calls: 0 };
  for (let look = 0; look < WARM_UP + LOOKS; look += 1) {
    before = { reads: reads(), calls: store.calls() };
    const begun = process.cpuUsage();
    clock.goOn(EVERY_MS);
    await looked(service, clock);
    if (look >= WARM_UP) times.push(cpuMsSince(begun));
  }
  assertAtRest(service, clusters * each);
  globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  const mib = (bytes: number) => Math.round(bytes / 2 ** 20);
  const calls = { alertmanagerReads: reads() - before.reads, storeCalls: store.calls() - before.calls };
  await service.stop();
  return { clusters, pools: clusters * each, ms: median(times), ...calls, rssMib: mib(rss), heapMib: mib(heapUsed) };
}

function cpuMsSince(begun: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / 1000;
}

/** Resolves when every pool was looked at at this time of the clock, and nothing is under way: nothing here waits for anybody. */
async function looked(service: Service, clock: HandClock): Promise<void> {
  for (let turn = 0; turn < MOST_TURNS; turn += 1) {
    await setImmediate();
    if (decisionsOf(service).every((it) => it?.at === clock.now())) return;
  }
  throw new Error('the pools were not looked at');
}

function decisionsOf({ clusters }: Service) {
  return [...clusters.values()].flatMap((cluster) => [...cluster.pools.values()].map((it) => it.lastDecision));
}

function post({ clusters }: Service, name: string, alerts: readonly ApiAlert[]): void {
  for (const alert of alerts) {
    const read = readScalingAlert(alert, null);
    if (read) clusters.get(name)?.heard.remember(read, alert.updatedAt);
  }
}

/** What is measured is a look that finds everything in order. */
function assertAtRest(service: Service, pools: number): void {
  const decisions = decisionsOf(service);
  const held = decisions.filter((it) => it?.outcome === 'hold' && it.reason === 'enough' && it.have === NODES);
  if (held.length !== pools)
    throw new Error(`${held.length} of ${pools} pools are at rest: ${JSON.stringify(decisions[0])}`);
}

function counting(store: MemoryStore) {
  let calls = 0;
  const port = new Proxy(store, {
    get: (target, name: keyof MemoryStore) => {
      calls += 1;
      return (target[name] as (...args: unknown[]) => unknown).bind(target);
    },
  });
  return { port, calls: () => calls };
}

/** Read from a file with one pool; the file for a thousand would be larger than a configuration may be. */
function configOf(names: readonly string[], pools: readonly string[]): ServiceConfig {
  const around = {
    cluster: 'one',
    port: 0,
    replica: 'bench',
    timeScale: 1,
    ec2Url: 'http://ec2.invalid',
    kubernetesUrl: 'http://kubernetes.invalid',
    alertmanagerUrls: ['http://alertmanager.invalid'],
    store: { endpoint: 'http://store.invalid', tableName: 'smartscale' },
  };
  const read = parseConfig(webhookConfig(around, { pool: { min: NODES } }), 'bench', {});
  const { one } = read.clusters;
  const policy = one?.pools['pool'];
  if (!one || !policy) throw new Error('the configuration has no pool');
  const cluster: ClusterConfig = { ...one, pools: Object.fromEntries(pools.map((name) => [name, { ...policy }])) };
  return { ...read, clusters: Object.fromEntries(names.map((name) => [name, cluster])) };
}

main(process.argv.slice(2).map(Number))
  .then((look) => process.stdout.write(`${JSON.stringify(look)}\n`))
  .catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 1;
  });
