import pino from 'pino';
import { MemoryStore } from '../../webhook/adapters/memory-store';
import { Observer } from '../../webhook/evaluation/observer';
import type { Signals } from '../../webhook/model/alert';
import { TAGS } from '../../webhook/model/names';
import type { Instance, Node } from '../../webhook/model/observation';
import type { Operation } from '../../webhook/model/operation';
import type { PoolPolicy, PoolState } from '../../webhook/model/pool';
import type { Ec2Port, KubernetesPort, StorePort } from '../../webhook/ports';
import { Runner, type RunnerDeps } from '../../webhook/runner/runner';
import { DEFAULT_TEMPLATE_ID, DEFAULT_SETTINGS } from '../../simulator/ec2/settings';
import { FakeEc2 } from '../fakes/fake-ec2';
import { FakeKubernetes } from '../fakes/fake-kubernetes';
import { FakeClock, settled } from './fake-clock';
import { KEY, SECOND, TIMINGS, aDownAlert, aPolicy, anAlert, signals, total } from './builders';

export const LEASE = 30 * SECOND;
const BOOT = 40 * SECOND;

export const silentLog = pino({ level: 'silent' });

/** A policy that the simulated EC2 can serve. */
export function worldPolicy(overrides: Partial<PoolPolicy> = {}): PoolPolicy {
  const subnets = DEFAULT_SETTINGS.subnets.map(({ id, zone }) => ({ id, zone }));
  return aPolicy({
    launch: {
      template: { id: DEFAULT_TEMPLATE_ID, version: '1' },
      subnets,
      instanceTypes: ['m6i.large', 'm6a.large'],
      capacity: 'on-demand',
      spotFallback: 'on-demand',
      onDemandBase: 0,
      returnToSpot: { every: 600_000 },
      balance: 'none',
    },
    ...overrides,
  });
}

/** What may stand between a replica and the world: a crash, a count, a fault. */
export interface Wires {
  readonly store: StorePort;
  readonly ec2: Ec2Port;
  readonly kubernetes: KubernetesPort;
}

export interface Replica {
  readonly name: string;
  readonly closed: Operation[];
  /** How often its runner has asked for a new look. */
  readonly looks: () => number;
  readonly stop: () => Promise<void>;
}

/** EC2, K3s, its kubelets and a store, in which time passes by the fake clock: instances boot, join, and their pods end. */
export class World {
  readonly clock = new FakeClock();
  readonly ec2 = new FakeEc2({ clock: this.clock, pendingMs: 8 * SECOND, shuttingDownMs: 20 * SECOND });
  readonly kubernetes = new FakeKubernetes();
  readonly store = new MemoryStore();
  /** Instances that boot and never join. */
  readonly neverJoin = new Set<string>();
  /** The next ones never join. */
  nobodyJoins = false;
  /** The level that everybody is told; by default the down alert still fires. See `isAskedFor`. */
  level: () => Signals = () => signals([aDownAlert('Idle')], { at: this.clock.now() });

  constructor(readonly policy: PoolPolicy = worldPolicy()) {
    this.clock.onMove(() => {
      this.follow();
    });
  }

  /** From now on an up alert asks for so many nodes in all. */
  isAskedFor(nodes: number): this {
    this.level = () => signals([anAlert('HighCpu', { wish: total(nodes) })], { at: this.clock.now() });
    return this;
  }

  /** Workers that have been there for a day. */
  async haveWorkers(count: number): Promise<readonly string[]> {
    if (count === 0) return [];
    const { template, subnets, instanceTypes } = this.policy.launch;
    const answer = await this.ec2.createFleet(
      {
        template,
        overrides: subnets.map((it) => ({ instanceType: instanceTypes[0] ?? '', subnetId: it.id, zone: it.zone })),
        count,
        capacity: 'on-demand',
        tags: { [TAGS.cluster]: KEY.cluster, [TAGS.pool]: KEY.pool, [TAGS.operation]: 'long-ago' },
      },
      `token-${this.ec2.instances.length}`,
    );
    if (answer.kind !== 'launched') throw new Error('the fake EC2 gave no workers');
    this.ec2.runAll();
    for (const { id } of answer.instances) this.join(id);
    return answer.instances.map(({ id }) => id);
  }

  /** Puts operations into the store as an evaluator would have accepted them. */
  async open(...operations: readonly Operation[]): Promise<PoolState> {
    const { version } = await this.store.readPool(KEY);
    await this.store.accept(KEY, { version, operations, cancel: [] });
    return this.store.readPool(KEY);
  }

  async operation<O extends Operation>(id: string): Promise<O | undefined> {
    return (await this.store.readPool(KEY)).operations[id] as O | undefined;
  }

  /** The history row that an operation left when it closed. */
  async ending(id: string): Promise<Record<string, unknown> | undefined> {
    const rows = await this.store.readHistory(KEY, { limit: 1000 });
    return rows.find((row) => row.id === id && row.kind === 'operation')?.data;
  }

  observerOf(wires: Pick<Wires, 'ec2' | 'kubernetes'> = this): Observer {
    return new Observer({ cluster: KEY.cluster, ...wires, clock: this.clock, timings: TIMINGS });
  }

  /** Starts a replica that runs what it owns, and what has fallen to nobody. */
  async startReplica(name: string, wires: Wires = this): Promise<Replica> {
    const closed: Operation[] = [];
    let looks = 0;
    const deps: RunnerDeps = {
      key: KEY,
      policy: this.policy,
      timings: TIMINGS,
      store: wires.store,
      ec2: wires.ec2,
      kubernetes: wires.kubernetes,
      observer: this.observerOf(wires),
      signals: () => Promise.resolve(this.level()),
      clock: this.clock,
      owner: name,
      ownerLease: LEASE,
      events: {
        entered: () => undefined,
        acted: () => undefined,
        waits: () => undefined,
        closed: (_key, operation) => void closed.push(operation),
      },
      log: silentLog,
      onClosed: () => {
        looks += 1;
      },
    };
    const runner = new Runner(deps);
    const stopping = new AbortController();
    const ticking = this.keepSeeing(runner, stopping.signal);
    await settled();
    const stop = async () => {
      stopping.abort();
      await Promise.all([ticking, runner.stop()]);
    };
    return { name, closed, looks: () => looks, stop };
  }

  /** Moves time on until the operation has closed. Returns how it ended, as history tells. */
  async untilClosed(id: string, limit?: number): Promise<Record<string, unknown>> {
    let open = true;
    const watch = async () => {
      open = id in (await this.store.readPool(KEY)).operations;
    };
    await this.clock.runUntil(() => {
      void watch();
      return !open;
    }, limit);
    return (await this.ending(id)) ?? {};
  }

  /** Moves time on until the stored operation is as wanted. */
  async until<O extends Operation>(id: string, wanted: (operation: O) => boolean, limit?: number): Promise<O> {
    let found: O | undefined;
    const watch = async () => {
      const operation = await this.operation<O>(id);
      if (operation && wanted(operation)) found ??= operation;
    };
    await this.clock.runUntil(() => {
      void watch();
      return found !== undefined;
    }, limit);
    if (!found) throw new Error(`operation ${id} never got there`);
    return found;
  }

  /** The regular look of a replica: what it owns and what has fallen to nobody is run. */
  private async keepSeeing(runner: Runner, stopping: AbortSignal): Promise<void> {
    while (!stopping.aborted) {
      await this.store.readPool(KEY).then(
        (state) => {
          runner.see(state);
        },
        () => undefined,
      );
      await this.clock.sleep(TIMINGS.evaluationInterval, stopping);
    }
  }

  alive(): readonly Instance[] {
    return this.ec2.instances.filter((it) => it.state === 'pending' || it.state === 'running');
  }

  nodes(): Promise<readonly Node[]> {
    return this.kubernetes.listNodes();
  }

  private follow(): void {
    for (const it of this.ec2.instances) {
      const known = this.kubernetes.node(it.id);
      const booted = it.state === 'running' && this.clock.now() - it.launchedAt >= BOOT;
      if (booted && !known && !this.nobodyJoins && !this.neverJoin.has(it.id)) this.join(it.id);
      if (known?.ready && it.state === 'terminated') this.kubernetes.setReady(it.id, false);
    }
    this.kubernetes.finishTerminating();
  }

  private join(id: string): void {
    this.kubernetes.addNode({ name: id, instanceId: id });
  }
}
