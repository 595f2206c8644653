import type { Payload, PostedAlert } from '../alertmanager/payload';
import { readScalingAlert, type ReadAlert } from '../alertmanager/scaling-alert';
import type { AlertAnswer, ReceiveAnswer } from '../http/deps';
import { oneLine } from '../model/one-line';
import type { Clock } from '../ports';
import type { AnswerMemory } from './answer-memory';
import type { ClusterUnit } from './cluster-unit';
import type { PoolUnit } from './pool-unit';
import { standingOf } from './standing';

/** Milliseconds after which a post is answered `queued`. Protocol, not scaled: Alertmanager counts on its own time. */
const ANSWER_WITHIN = 1000;

export interface ReceiveDeps {
  readonly clusters: ReadonlyMap<string, ClusterUnit>;
  readonly clock: Clock;
  readonly memory: AnswerMemory;
  /** An alert that concerns no pool of ours was turned away. `cluster` is the one that it names. */
  readonly onTurnedAway: (alert: TurnedAway) => void;
}

export interface TurnedAway {
  readonly alert: string;
  readonly cluster: string;
  readonly pool: string;
  readonly reason: 'foreign' | 'unknown-pool';
}

/**
 * Hears the alerts of a post and has the pools that they name looked at, unless any replica has just done so for the same
 * post. Rejects with SmartScaleError of the store.
 */
export async function receive(post: Payload, tokenOf: string | null, deps: ReceiveDeps): Promise<ReceiveAnswer> {
  const heard = post.alerts.map((alert) => hear(alert, tokenOf, deps));
  const pools = [...new Set(heard.flatMap(({ pool }) => (pool ? [pool] : [])))];
  const alerts = heard.map(({ answer }) => answer);
  if (pools.length === 0) return { state: 'ignored', alerts, decisions: [] };
  // Heard all the same: what this replica finds firing at its next look rests on it.
  const { memory } = deps;
  const key = memory.keyOf(post, tokenOf);
  const repeated = await memory.recall(key);
  if (repeated !== null) return { state: 'repeated', alerts, decisions: repeated };
  const looks = Promise.all(pools.map(async (pool) => ({ pool, decision: await pool.evaluate() })));
  const decided = await within(looks, deps.clock);
  if (decided === null) return { state: 'queued', alerts, decisions: [] };
  const decisions = decided.map(({ pool, decision: { outcome, reason, detail } }) => ({
    pool: pool.key.pool,
    outcome,
    reason,
    detail,
  }));
  // Nobody waits for it: what is not remembered is looked at once more.
  void memory.remember(key, decisions, standingOf(decided, deps.clock.now()));
  return { state: 'decided', alerts, decisions };
}

interface Hearing {
  readonly answer: AlertAnswer;
  /** The pool to look at, null when the alert concerns none of ours. */
  readonly pool: PoolUnit | null;
}

function hear(posted: PostedAlert, tokenOf: string | null, deps: ReceiveDeps): Hearing {
  const { clusters, clock } = deps;
  const alert = readScalingAlert(posted, onlyCluster(clusters));
  if (alert === null) return ignored(oneLine(posted.labels['alertname'] ?? 'unnamed'), '', 'not-a-scaling-alert');
  const cluster = clusters.get(alert.cluster);
  if (!cluster || (tokenOf !== null && tokenOf !== alert.cluster)) return turnedAway(alert, 'foreign', deps);
  const pool = cluster.pools.get(alert.pool);
  if (!pool) return turnedAway(alert, 'unknown-pool', deps);
  return remember(posted.status, alert, { cluster, pool, now: clock.now() });
}

function turnedAway(alert: ReadAlert, reason: TurnedAway['reason'], deps: ReceiveDeps): Hearing {
  const [cluster, pool] = [oneLine(alert.cluster), oneLine(alert.pool)];
  deps.onTurnedAway({ alert: alert.name, cluster, pool, reason });
  return ignored(alert.name, pool, reason);
}

function remember(
  status: PostedAlert['status'],
  alert: ReadAlert,
  { cluster, pool, now }: { cluster: ClusterUnit; pool: PoolUnit; now: number },
): Hearing {
  if (status === 'resolved') {
    cluster.heard.forget(alert);
    return { answer: { alert: alert.name, pool: alert.pool, state: 'forgotten' }, pool };
  }
  cluster.heard.remember(alert, now);
  const state = alert.wish.kind === 'invalid' ? 'invalid-intent' : 'heard';
  return { answer: { alert: alert.name, pool: alert.pool, state }, pool };
}

function ignored(alert: string, pool: string, state: string): Hearing {
  return { answer: { alert, pool, state }, pool: null };
}

/** An alert without the label `cluster` belongs to the only configured one; with several it is foreign. */
function onlyCluster(clusters: ReadonlyMap<string, ClusterUnit>): string | null {
  const [name] = clusters.keys();
  return clusters.size === 1 ? (name ?? null) : null;
}

/**
 * The value if it comes in time, else null: the work goes on all the same. Whoever was answered `queued` does not hear of
 * its failure any more; the next look or repeat mends it.
 */
async function within<T>(work: Promise<T>, clock: Clock): Promise<T | null> {
  const timer = new AbortController();
  try {
    return await Promise.race([work, clock.sleep(ANSWER_WITHIN, timer.signal).then(() => null)]);
  } finally {
    // With a reason: without one every post would cost an exception with its stack.
    timer.abort('answered');
  }
}
