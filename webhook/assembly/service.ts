import { ERRORS, faultOf, type Fault } from '../errors';
import type { ServiceConfig } from '../config';
import type { HttpDeps, Report } from '../http/deps';
import type { Decision } from '../model/decision';
import type { PoolKey } from '../model/pool';
import type { Clock, Ids, RedisPort, StoreInspection, StorePort } from '../ports';
import type { OperationEvents } from '../runner/events';
import type { SweepReport } from '../sweep/sweep-report';
import type { Logger } from '../telemetry/logger';
import { AnswerMemory, type AnswerMemoryDeps } from './answer-memory';
import { ClusterUnit, type ClusterPorts } from './cluster-unit';
import { costReport, inDollars } from './cost-report';
import { degradedParts } from './degraded-parts';
import { poolStatus, type PoolStatus } from './pool-status';
import type { PoolUnit } from './pool-unit';
import { LiveEvents } from './live-events';
import { noRedis } from './no-redis';
import { Pausing } from './pausing';
import { preflightTroubles } from './preflight-watch';
import { receive, type TurnedAway } from './receive';
import { redisTroubles, RedisWatch } from './redis-watch';
import { StoreWatch } from './store-watch';

export interface ServicePorts {
  readonly store: StorePort;
  /** Absent for a store that cannot be wrong in itself. */
  readonly inspectStore?: () => Promise<StoreInspection>;
  readonly clusters: ReadonlyMap<string, ClusterPorts>;
  /** Absent where none is configured. */
  readonly redis?: RedisPort;
  readonly clock: Clock;
  readonly ids: Ids;
}

/** What is told to whoever measures. Implementations must not throw. */
export interface Telemetry {
  readonly log: Logger;
  readonly operations: OperationEvents;
  decided(key: PoolKey, decision: Decision): void;
  /** A posted alert concerned no pool of ours. */
  turnedAway(alert: TurnedAway): void;
  /** `result`: what became of a POST /alerts. */
  posted(result: string): void;
  /** A look at a pool took `ms` milliseconds. */
  evaluated(key: PoolKey, ms: number): void;
  /** A sweep of the cluster ended. */
  swept(cluster: string, report: SweepReport): void;
  /** Redis was asked for something, or would have been if it were configured. */
  readonly redisAsked: AnswerMemoryDeps['onRequest'];
  /** The text of /metrics; `pools` is read when it is called. */
  metrics(
    pools: readonly PoolStatus[],
    clusters: ReadonlyMap<string, ClusterUnit>,
  ): Promise<{ contentType: string; body: string }>;
}

export interface ServiceDeps {
  readonly config: ServiceConfig;
  readonly ports: ServicePorts;
  readonly telemetry: Telemetry;
  /** Which of all processes this is: unique, so that a restarted one never passes for the one before. */
  readonly owner: string;
  readonly version: string;
}

/** The running service: clusters and their pools, and what HTTP asks of them. Makes no client and reads no environment. */
export class Service {
  readonly clusters: ReadonlyMap<string, ClusterUnit>;
  private readonly startedAt: number;
  private readonly storeWatch: StoreWatch | null;
  private readonly redis: RedisPort;
  private readonly memory: AnswerMemory;
  private readonly liveEvents: LiveEvents;
  private readonly redisWatch: RedisWatch;

  constructor(private readonly deps: ServiceDeps) {
    const { config, ports, telemetry, owner } = deps;
    const { inspectStore, clock } = ports;
    const told = { clock, log: telemetry.log, onRequest: telemetry.redisAsked };
    this.startedAt = clock.now();
    this.storeWatch = inspectStore ? new StoreWatch(inspectStore, clock, telemetry.log) : null;
    this.redis = ports.redis ?? noRedis;
    this.memory = new AnswerMemory({ ...told, redis: this.redis, rememberFor: config.redis?.rememberFor ?? 0 });
    this.liveEvents = new LiveEvents({ ...told, redis: this.redis, poolOf: (key) => this.poolOf(key), owner });
    this.redisWatch = new RedisWatch(this.redis, told);
    this.clusters = new Map(Object.keys(deps.config.clusters).map((name) => [name, this.makeCluster(name)]));
  }

  start(): void {
    this.storeWatch?.start();
    for (const cluster of this.clusters.values()) cluster.start();
    if (this.deps.config.redis) this.redisWatch.start();
  }

  /** Lets the calls under way end; open operations go on where the service is started next. */
  async stop(): Promise<void> {
    this.liveEvents.stop();
    const watches = [this.storeWatch?.stop(), this.redisWatch.stop()];
    await Promise.all([...watches, ...[...this.clusters.values()].map((cluster) => cluster.stop())]);
  }

  get http(): HttpDeps {
    const { clusters, memory, liveEvents } = this;
    const { config, ports, telemetry } = this.deps;
    const { clock, store } = ports;
    const pausing = new Pausing({ clusters, store, liveEvents, clock, log: telemetry.log });
    return {
      access: new Map(
        Object.entries(config.clusters).map(([name, { tokens, operatorTokens }]) => [
          name,
          { tokens: () => tokens.map((read) => read()), operatorTokens: () => operatorTokens.map((read) => read()) },
        ]),
      ),
      local: config.mode === 'local',
      receive: (post, cluster) =>
        receive(post, cluster, { clusters, clock, memory, onTurnedAway: (alert) => telemetry.turnedAway(alert) }),
      health: () => this.health(),
      readiness: () => this.readiness(),
      cost: (cluster) => costReport(only(clusters, cluster), clock.now()),
      pause: (order) => pausing.pause(order),
      resume: (order) => pausing.resume(order),
      console: async (key, instance) => (this.poolOf(key) ? store.readConsole(key, instance) : null),
      metrics: () => telemetry.metrics(this.pools(), clusters),
      onPost: (result) => telemetry.posted(result),
      ids: ports.ids,
      clock,
      log: telemetry.log,
    };
  }

  private poolOf({ cluster, pool }: PoolKey): PoolUnit | undefined {
    return this.clusters.get(cluster)?.pools.get(pool);
  }

  private pools(): readonly PoolStatus[] {
    const now = this.deps.ports.clock.now();
    return [...this.clusters.values()].flatMap((cluster) =>
      [...cluster.pools.values()].map((pool) => poolStatus(cluster, pool, now)),
    );
  }

  private health(): Report {
    const { clock } = this.deps.ports;
    return {
      status: 'ok',
      version: this.deps.version,
      replica: this.deps.config.replica,
      mode: this.deps.config.mode,
      uptimeSeconds: Math.round((clock.now() - this.startedAt) / 1000),
      pools: this.pools().map(poolReport),
    };
  }

  private async readiness(): Promise<{ ready: boolean; report: Report }> {
    const troubles = [
      ...(this.storeWatch?.faults ?? []).map((fault) => ({ part: 'store', ...fault })),
      ...[...this.clusters].flatMap(([name, it]) => degradedParts(it).map((part) => ({ cluster: name, ...part }))),
      ...[...this.clusters].flatMap(([name, { latest }]) =>
        preflightTroubles(latest.preflight).map((trouble) => ({ cluster: name, ...trouble })),
      ),
      ...redisTroubles(this.redis),
    ];
    const degraded = troubles.map((it) => ({ ...it, advice: 'advice' in it ? it.advice : ERRORS[it.code].advice }));
    try {
      await this.deps.ports.store.ping();
      // The table has just answered, whatever was seen of it a minute ago.
      const standing = degraded.filter(({ code }) => code !== 'store-table-missing');
      return { ready: true, report: { status: standing.length > 0 ? 'degraded' : 'ready', degraded: standing } };
    } catch (error) {
      const fault = faultOf(error);
      const others = degraded.filter(({ code }) => code !== fault.code);
      return { ready: false, report: { status: 'unready', degraded: [storePart(fault), ...others] } };
    }
  }

  private operationEvents(): OperationEvents {
    const { operations } = this.deps.telemetry;
    return {
      ...operations,
      closed: (key, operation, at) => {
        operations.closed(key, operation, at);
        this.liveEvents.closed(key, operation);
      },
    };
  }

  private makeCluster(name: string): ClusterUnit {
    const { config, ports, telemetry, owner } = this.deps;
    const cluster = config.clusters[name];
    const world = ports.clusters.get(name);
    if (!cluster || !world) throw new Error(`cluster ${name} is not configured`);
    return new ClusterUnit({
      ...world,
      name,
      config: cluster,
      isOnly: Object.keys(config.clusters).length === 1,
      timings: config.timings,
      store: ports.store,
      clock: ports.clock,
      ids: ports.ids,
      owner,
      ownerLease: config.ownerLease,
      events: this.operationEvents(),
      onDecision: (key, decision, operations) => {
        telemetry.decided(key, decision);
        this.liveEvents.accepted({ ...key, dryRun: cluster.pools[key.pool]?.dryRun ?? false }, decision, operations);
      },
      onLook: (key, ms) => telemetry.evaluated(key, ms),
      onSweep: (of, report) => telemetry.swept(of, report),
      log: telemetry.log,
    });
  }
}

/** Null: nobody was asked whose he is. */
function only<T>(clusters: ReadonlyMap<string, T>, cluster: string | null): ReadonlyMap<string, T> {
  return new Map([...clusters].filter(([name]) => cluster === null || name === cluster));
}

function poolReport({ key, policy, nodes, operations, cooldown, circuit, holds, ...status }: PoolStatus): Report {
  const { lastDecision, cost } = status;
  const seconds = (ms: number) => Math.round(ms / 1000);
  return {
    ...key,
    min: policy.min,
    max: policy.max,
    dryRun: policy.dryRun,
    nodes,
    operations: operations.map(({ id, kind, phase, acceptedAt, reason, lastError }) => ({
      id,
      kind,
      phase,
      since: new Date(acceptedAt).toISOString(),
      ...(reason === undefined ? {} : { reason }),
      ...(lastError === undefined ? {} : { lastError }),
    })),
    cooldownSeconds: { up: seconds(cooldown.up), down: seconds(cooldown.down), backoff: seconds(cooldown.backoff) },
    circuit,
    paused: holds.map((hold) => ({ ...hold, until: hold.until === null ? null : new Date(hold.until).toISOString() })),
    dollarsPerHour: cost.now && inDollars(cost.now.dollarsPerHour),
    lastDecision: lastDecision && {
      at: new Date(lastDecision.at).toISOString(),
      outcome: lastDecision.outcome,
      reason: lastDecision.reason,
      detail: lastDecision.detail,
    },
  };
}

function storePart(fault: Fault) {
  return { part: 'store', ...fault, advice: ERRORS[fault.code].advice };
}
