import { MemoryStore } from '../../../webhook/adapters/memory-store';
import { parseDuration } from '../../../webhook/config/duration';
import type { Fault } from '../../../webhook/errors';
import type { PoolState } from '../../../webhook/model/pool';
import type { HistoryRow } from '../../../webhook/ports';
import type { WorldOverrides } from '../../../simulator/world-settings';
import { countingIds, FakeClock, settled } from '../../support/fake-clock';
import type { PostAnswer } from './alertmanager';
import { FakeRedis } from '../../fakes/fake-redis';
import { Cluster } from './cluster';
import { configurationOf, tokenOf, type Pools } from './configuration';
import { Replica } from './replica';
import { Wire } from './wire';

export interface SceneOptions {
  /** Ready workers of the pool `workers` at the beginning, in each cluster; 2 if absent. */
  readonly nodes?: number;
  /** Keys of the pool `workers` as the configuration file has them. */
  readonly pool?: Pools[string];
  /** More pools of the first cluster. */
  readonly pools?: Pools;
  readonly clusters?: readonly string[];
  readonly replicas?: number;
  /** True: one Redis for all replicas. */
  readonly withRedis?: boolean;
  /** Of each cluster; 1 if absent. */
  readonly alertmanagers?: number;
  /** True: the service checks at its start what its pools name in EC2. */
  readonly withPreflight?: boolean;
  /** Keys at the top of the configuration file. */
  readonly top?: Readonly<Record<string, unknown>>;
  readonly world?: WorldOverrides;
  /** False: nothing runs until `restart()`. */
  readonly started?: boolean;
}

/** Between two looks at what is due, milliseconds of the scenario's clock. */
const STEP = 1000;

/**
 * The whole service over HTTP on a simulated world, with the real durations on a clock that stands still until the
 * scenario lets time pass: an hour of policy takes a moment and is the same each time.
 */
export class Scene {
  readonly clock = new FakeClock();
  readonly store = new MemoryStore();
  /** From all processes to the store. */
  readonly storeWire = new Wire(this.clock);
  readonly redis = new FakeRedis(this.clock);
  readonly clusters: ReadonlyMap<string, Cluster>;
  readonly replicas: Replica[] = [];
  /** What is wrong with the table. */
  storeFaults: readonly Fault[] = [];
  private readonly ids = countingIds();
  private readonly begun = this.clock.now();

  constructor(private readonly options: SceneOptions) {
    const names = options.clusters ?? ['shop'];
    this.clusters = new Map(
      names.map((name, i) => [
        name,
        new Cluster(name, {
          seed: i + 1,
          ...options.world,
          withPreflight: options.withPreflight ?? false,
          clock: this.clock,
          post: (payload) => this.post(payload, name),
          ...(options.alertmanagers === undefined ? {} : { alertmanagers: options.alertmanagers }),
        }),
      ]),
    );
    this.clock.onMove(() => {
      for (const { world } of this.clusters.values()) world.tick();
    });
  }

  /** The first cluster: the only one in most scenarios. */
  get cluster(): Cluster {
    return this.clusterOf([...this.clusters.keys()][0] ?? '');
  }

  clusterOf(name: string): Cluster {
    const cluster = this.clusters.get(name);
    if (!cluster) throw new Error(`the scenario has no cluster ${name}`);
    return cluster;
  }

  /** One of the processes, the first that was started being 1. */
  replicaNumber(number: number): Replica {
    const replica = this.replicas[number - 1];
    if (!replica) throw new Error(`no replica ${number} was ever started`);
    return replica;
  }

  get alertmanager(): Cluster['alertmanager'] {
    return this.cluster.alertmanager;
  }

  /** The first process that runs, and is not paused. */
  get replica(): Replica {
    const replica = this.replicas.find(({ answers }) => answers);
    if (!replica) throw new Error('no replica runs');
    return replica;
  }

  // ------------------------------------------------------------------------------- people

  post(payload: object, cluster = this.cluster.name, replica = this.replica): Promise<PostAnswer> {
    return replica.post<PostAnswer['body']>('/alerts', payload, tokenOf(cluster));
  }

  /** The operator Ann. */
  orders(what: 'pause' | 'resume', order: Row = {}): Promise<{ readonly status: number; readonly body: Row }> {
    return this.replica.post<Row>(`/${what}`, { direction: 'both', by: 'ann', ...order }, tokenOf('shop'));
  }

  /** Starts one more process with this configuration, and others than those of the beginning if `pool` says so. */
  async restart(pool: Pools[string] = {}): Promise<Replica> {
    const replica = this.makeReplica(pool);
    await replica.start();
    await settled();
    return replica;
  }

  // --------------------------------------------------------------------------------- time

  /** Time goes on by so much ("90s", "5m"), and Alertmanager posts what is due meanwhile. */
  async passes(time: string): Promise<void> {
    const end = this.clock.now() + milliseconds(time);
    while (this.clock.now() < end) {
      // A world that skips time lets what depends on something else come late.
      await this.clock.advance(Math.min(STEP, end - this.clock.now()));
      for (const { alertmanager } of this.clusters.values()) await alertmanager.flushDue();
    }
  }

  /** Time goes on until it is so; throws with what the pool looks like if it is not within that time. */
  async eventually(what: string, condition: () => boolean | Promise<boolean>, within = '30m'): Promise<void> {
    const end = this.clock.now() + milliseconds(within);
    while (!(await condition())) {
      if (this.clock.now() >= end) {
        const shown = JSON.stringify({ state: await this.state(), decisions: (await this.decisions()).slice(-5) });
        throw new Error(`not within ${within}: ${what}\n${shown}`);
      }
      await this.passes('1s');
    }
  }

  /** Seconds since the beginning. */
  get seconds(): number {
    return (this.clock.now() - this.begun) / 1000;
  }

  // ------------------------------------------------------------------------- what is seen

  state(pool = 'workers', cluster = this.cluster.name): Promise<PoolState> {
    return this.store.readPool({ cluster, pool });
  }

  async isQuiet(pool = 'workers', cluster = this.cluster.name): Promise<boolean> {
    return Object.keys((await this.state(pool, cluster)).operations).length === 0;
  }

  /** Oldest first. */
  async history(kind: HistoryRow['kind'], pool = 'workers', cluster = this.cluster.name): Promise<readonly Row[]> {
    const rows = await this.store.readHistory({ cluster, pool }, { limit: 1000 });
    return rows
      .filter((row) => row.kind === kind)
      .map(({ data, at, id }) => ({ ...data, at, id }))
      .reverse();
  }

  /** What was answered, oldest first: `scale-up accepted HighCpu`, `hold cooling-down Idle`. */
  async decisions(pool = 'workers', cluster = this.cluster.name): Promise<readonly string[]> {
    const rows = await this.history('decision', pool, cluster);
    return rows.map(({ outcome, reason, alert }) => [outcome, reason, alert ?? 'nobody'].join(' '));
  }

  async health(pool = 'workers', cluster = this.cluster.name, replica = this.replica): Promise<Row> {
    const { body } = await replica.get('/healthz');
    const pools = body['pools'] as readonly Row[];
    const found = pools.find((it) => it['pool'] === pool && it['cluster'] === cluster);
    if (!found) throw new Error(`/healthz says nothing of ${cluster}/${pool}`);
    return found;
  }

  /** The value of one series as it stands in /metrics, labels in any order; 0 when there is none. */
  async metric(
    name: string,
    labels: Readonly<Record<string, string>> = {},
    replica: Replica = this.replica,
  ): Promise<number> {
    const { text } = await replica.get('/metrics');
    const line = text.split('\n').find((each) => {
      const [, series, words = ''] = /^([a-z_]+)(?:\{(.*)\})? /.exec(each) ?? [];
      return series === name && Object.entries(labels).every(([key, value]) => words.includes(`${key}="${value}"`));
    });
    return line === undefined ? 0 : Number(line.slice(line.lastIndexOf(' ') + 1));
  }

  // ------------------------------------------------------------------- beginning and end

  async begin(): Promise<this> {
    const { nodes = 2, replicas = 1, started = true } = this.options;
    for (const cluster of this.clusters.values()) {
      for (const id of cluster.startWorkers(nodes)) cluster.world.joining.joinAtOnce(id);
    }
    await this.passes('60s');
    for (let i = 0; started && i < replicas; i += 1) await this.restart();
    return this;
  }

  async end(): Promise<void> {
    for (const replica of this.replicas) if (replica.isRunning) await replica.kill();
  }

  private makeReplica(changes: Pools[string]): Replica {
    const { pool = {}, pools = {}, top = {}, withRedis = false } = this.options;
    const redis = withRedis ? { redis: { url: 'redis://redis.invalid' } } : {};
    const [first = 'shop', ...others] = [...this.clusters.keys()];
    const workers = { workers: { ...pool, ...changes } };
    const clusters = {
      [first]: { ...workers, ...pools },
      ...Object.fromEntries(others.map((name) => [name, workers])),
    };
    const name = `replica-${this.replicas.length + 1}`;
    const replica = new Replica({
      name,
      config: configurationOf(name, clusters, { ...redis, ...top }),
      store: this.storeWire.to(this.store),
      inspectStore: () => Promise.resolve({ faults: this.storeFaults, unknown: [] }),
      clusters: this.clusters,
      ...(withRedis ? { redis: this.redis.connect() } : {}),
      clock: this.clock,
      ids: this.ids,
    });
    this.replicas.push(replica);
    return replica;
  }
}

export type Row = Readonly<Record<string, unknown>>;

function milliseconds(time: string): number {
  const ms = parseDuration(time);
  if (ms === null) throw new Error(`${time} is no length of time`);
  return ms;
}

const scenes: Scene[] = [];

/** A scenario's cluster; it ends with the test. */
export async function givenACluster(options: SceneOptions = {}): Promise<Scene> {
  const scene = new Scene(options);
  scenes.push(scene);
  return scene.begin();
}

afterEach(async () => {
  for (const scene of scenes.splice(0)) await scene.end();
});
