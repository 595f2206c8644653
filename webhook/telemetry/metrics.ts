import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Fault } from '../errors';
import type { Decision } from '../model/decision';
import { isExchange, type Operation } from '../model/operation';
import type { PoolKey } from '../model/pool';
import type { Action, ActionResult } from '../operation/step';
import type { OperationEvents } from '../runner/events';
import type { SweepReport } from '../sweep/sweep-report';
import type { ClusterGauges, GaugeState, PoolGauges } from './gauge-spec';
import { registerStateGauges } from './state-gauges';

export interface MetricsSettings {
  readonly version: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Memory, CPU and event loop of the process; true if absent. */
  readonly ofProcess?: boolean;
}

const POOL = ['cluster', 'pool'] as const;
/** From a scaled-down demo (fractions of a second) to a pool that waits out its cooldown. */
const ALERT_TO_LAUNCH = [0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600];
/** From a simulator (fractions of a second) to the join deadline. */
const LAUNCH_TO_READY = [0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 30, 45, 60, 90, 120, 180, 300, 600];
const EVALUATION = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** What the service measures, in a registry of its own: two services in one process do not share numbers. */
export class Metrics {
  private readonly registry = new Registry();
  private state: Omit<GaugeState, 'now'> = { pools: [], clusters: new Map() };

  private readonly alertToLaunch = new Histogram({
    name: 'smartscale_alert_to_launch_seconds',
    help: 'From the first post of the alert to the answer of EC2 that gave the instances, cooldowns included, one observation a scale-up; top-ups are left out.',
    labelNames: POOL,
    buckets: ALERT_TO_LAUNCH,
    registers: [this.registry],
  });
  private readonly launchToReady = new Histogram({
    name: 'smartscale_launch_to_ready_seconds',
    help: 'From the answer of EC2 to the Ready node, one observation an instance.',
    labelNames: POOL,
    buckets: LAUNCH_TO_READY,
    registers: [this.registry],
  });
  private readonly evaluation = new Histogram({
    name: 'smartscale_evaluation_seconds',
    help: 'Length of one look at a pool: gather, decide, accept.',
    labelNames: POOL,
    buckets: EVALUATION,
    registers: [this.registry],
  });
  private readonly decisions = new Counter({
    name: 'smartscale_decisions_total',
    help: 'Decisions by outcome and reason; the reasons are those of docs/decisions.md.',
    labelNames: [...POOL, 'outcome', 'reason'],
    registers: [this.registry],
  });
  private readonly closed = new Counter({
    name: 'smartscale_operations_total',
    help: 'Operations that closed, by the phase in which they did (done, rolled-back).',
    labelNames: [...POOL, 'kind', 'phase'],
    registers: [this.registry],
  });
  private readonly sweptAway = new Counter({
    name: 'smartscale_swept_total',
    help: 'What sweeps removed, by what it was (orphan, dead-node, stale-mark).',
    labelNames: [...POOL, 'finding'],
    registers: [this.registry],
  });
  private readonly posts = new Counter({
    name: 'smartscale_posts_total',
    help: 'POST /alerts by what became of it: decided, repeated, queued, ignored, or an error code of docs/errors.md.',
    labelNames: ['result'],
    registers: [this.registry],
  });

  private readonly failures = new Counter({
    name: 'smartscale_action_failures_total',
    help: 'Calls of operations that failed or were refused, by the call and the error code of docs/errors.md.',
    labelNames: [...POOL, 'action', 'code'],
    registers: [this.registry],
  });
  private readonly lost = new Counter({
    name: 'smartscale_instances_lost_total',
    help: 'Instances of closed scale-ups that never became Ready nodes, by why: the reason of the scale-up, or the class of their end in docs/errors.md.',
    labelNames: [...POOL, 'reason'],
    registers: [this.registry],
  });
  private readonly redisRequests = new Counter({
    name: 'smartscale_redis_requests_total',
    help: 'What was asked of Redis (recall, remember, publish, check) by what came of it: ok, error; of recall: hit, miss, error. No series where none is configured.',
    labelNames: ['request', 'result'],
    registers: [this.registry],
  });

  /** What the runner tells of operations. */
  readonly operations: OperationEvents = {
    entered: (key, operation) => this.entered(key, operation),
    acted: (key, operation, action, result) => this.acted(key, operation, action, result),
    waits: () => undefined,
    closed: (key, operation) => this.hasClosed(key, operation),
  };

  constructor(settings: MetricsSettings) {
    if (settings.ofProcess ?? true) collectDefaultMetrics({ register: this.registry });
    registerStateGauges(this.registry, () => ({ ...this.state, now: settings.now() }));
    const build = new Gauge({
      name: 'smartscale_build_info',
      help: 'Always 1; the labels say which SmartScale on which Node.js.',
      labelNames: ['version', 'node'],
      registers: [this.registry],
    });
    build.set({ version: settings.version, node: process.versions.node }, 1);
  }

  decided(key: PoolKey, { outcome, reason }: Pick<Decision, 'outcome' | 'reason'>): void {
    this.decisions.inc({ ...key, outcome, reason });
  }

  /** Counted under no pool: what a stranger names must not become a series. */
  turnedAway(reason: string): void {
    this.decisions.inc({ cluster: '', pool: '', outcome: 'hold', reason });
  }

  posted(result: string): void {
    this.posts.inc({ result });
  }

  /** `off`: there is none to ask. */
  redisAsked(request: string, result: string): void {
    if (result !== 'off') this.redisRequests.inc({ request, result });
  }

  /** `ms`: how long the look took. */
  evaluated(key: PoolKey, ms: number): void {
    this.evaluation.observe({ ...key }, ms / 1000);
  }

  swept(cluster: string, { removed }: SweepReport): void {
    for (const { pool, kind } of removed) this.sweptAway.inc({ cluster, pool, finding: kind });
  }

  /** The text of /metrics; the gauges show `pools` and `clusters` as given. */
  async metrics(
    pools: readonly PoolGauges[],
    clusters: ReadonlyMap<string, ClusterGauges>,
  ): Promise<{ readonly contentType: string; readonly body: string }> {
    this.state = { pools, clusters };
    return { contentType: this.registry.contentType, body: await this.registry.metrics() };
  }

  private entered({ cluster, pool }: PoolKey, operation: Operation): void {
    if (operation.kind !== 'scale-up' || operation.phase !== 'joining') return;
    // Nobody waits for an exchange.
    if (operation.trigger.topUp || isExchange(operation)) return;
    const launchedAt = operation.launchedAt ?? operation.phaseAt;
    this.alertToLaunch.observe({ cluster, pool }, seconds(operation.trigger.heardAt, launchedAt));
  }

  private acted(key: PoolKey, operation: Operation, action: Action, result: ActionResult): void {
    for (const { code } of faultsOf(result)) this.failures.inc({ ...key, action: action.do, code });
    if (result.result === 'ok') this.joined(key, operation, action);
  }

  private hasClosed(key: PoolKey, operation: Operation): void {
    const { kind, phase } = operation;
    this.closed.inc({ ...key, kind, phase });
    if (kind !== 'scale-up') return;
    for (const { joinedAt, goneAt, ended } of operation.instances) {
      if (joinedAt !== undefined) continue;
      const otherwise = goneAt === undefined ? operation.reason : 'instance-ended';
      this.lost.inc({ ...key, reason: ended?.class ?? otherwise ?? 'instance-ended' });
    }
  }

  private joined({ cluster, pool }: PoolKey, operation: Operation, action: Action): void {
    if (operation.kind !== 'scale-up' || action.do !== 'remember-joined') return;
    for (const { id, joinedAt } of operation.instances) {
      if (!action.ids.includes(id) || joinedAt === undefined || operation.launchedAt === undefined) continue;
      this.launchToReady.observe({ cluster, pool }, seconds(operation.launchedAt, joinedAt));
    }
  }
}

function faultsOf(result: ActionResult): readonly Fault[] {
  if (result.result === 'launched') return result.faults;
  return 'fault' in result && result.fault ? [result.fault] : [];
}

/** Never below zero: the clocks of two replicas may differ. */
function seconds(from: number, to: number): number {
  return Math.max(0, to - from) / 1000;
}
