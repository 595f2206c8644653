/** A cluster over HTTP with one node full of pods that end as differently as pods do, and room for all of them beside it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { LABELS, TAGS } from '../../webhook/model/names';
import { isPodReady } from '../kubernetes/conditions';
import type { WorkloadSpec } from '../kubernetes/workload';
import { isReady } from '../node-watch';
import { startSimulator, type Simulator } from '../server';

export const CLUSTER = 'bench';
export const POOL = 'workers';
const SPARES = 2;
const TICK_MS = 20;
const LOOK_MS = 10;
const WITHIN_MS = 60_000;

interface Group {
  readonly replicas: number;
  /** What its process needs after SIGTERM, seconds. */
  readonly stops: number;
  readonly grace: number;
  /** How many may be away at a time, where there are budgets. */
  readonly mayBeAway?: number;
}

/** The last ones do not end by themselves: their grace ends them. With the DaemonSet's pod 110: as many as a node takes. */
export const GROUPS: Readonly<Record<string, Group>> = {
  quick: { replicas: 39, stops: 1, grace: 30, mayBeAway: 20 },
  steady: { replicas: 40, stops: 4, grace: 30, mayBeAway: 20 },
  slow: { replicas: 20, stops: 12, grace: 60 },
  stubborn: { replicas: 10, stops: 60, grace: 10 },
};

export interface FullNode {
  readonly simulator: Simulator;
  readonly node: string;
  /** Pods that have to go. */
  readonly pods: number;
  /** Milliseconds from the first pod that is told to go to the last that is gone. */
  readonly emptied: () => Promise<number>;
}

/** `withBudgets`: some of the pods only go in rounds. */
export async function startFullNode(withBudgets: boolean): Promise<FullNode> {
  const simulator = await startSimulator({
    tickMs: TICK_MS,
    ec2: { pendingMs: 200, shuttingDownMs: 200 },
    joining: { joinDelayMs: { min: 200, max: 200 } },
    kubernetes: { nodeReadyMs: 200 },
  });
  const { cluster } = simulator.world;
  const tags = { [TAGS.cluster]: CLUSTER, [TAGS.pool]: POOL };
  const ready = (names: readonly string[]) => () => names.every((name) => isUp(simulator, name));
  const [node = ''] = simulator.world.launchWorkers(1, { tags }).map(({ id }) => id);
  await until(ready([node]));
  for (const [name, group] of Object.entries(GROUPS)) {
    cluster.createWorkload(workload(name, group));
    if (withBudgets && group.mayBeAway !== undefined) {
      cluster.createBudget({ name, namespace: 'default', maxUnavailable: group.mayBeAway });
    }
  }
  const pods = Object.values(GROUPS).reduce((sum, { replicas }) => sum + replicas, 0);
  const movable = () => cluster.podsOfNode(node).filter(({ metadata }) => (metadata.labels?.['app'] ?? '') in GROUPS);
  await until(() => movable().filter((pod) => isPodReady(pod)).length === pods);
  await until(ready(simulator.world.launchWorkers(SPARES, { tags }).map(({ id }) => id)));
  return { simulator, node, pods, emptied: () => emptied(() => movable()) };
}

type Pods = ReturnType<Simulator['world']['cluster']['podsOfNode']>;

async function emptied(pods: () => Pods): Promise<number> {
  await until(() => pods().some(({ metadata }) => metadata.deletionTimestamp !== undefined));
  const begun = performance.now();
  await until(() => pods().length === 0);
  return performance.now() - begun;
}

function isUp({ world }: Simulator, name: string): boolean {
  const node = world.cluster.node(name);
  return node !== undefined && isReady(node);
}

async function until(condition: () => boolean): Promise<void> {
  const giveUpAt = performance.now() + WITHIN_MS;
  while (!condition()) {
    if (performance.now() > giveUpAt) throw new Error(`not within ${WITHIN_MS / 1000} s: ${condition.toString()}`);
    await sleep(LOOK_MS);
  }
}

function workload(name: string, { replicas, stops, grace }: Group): WorkloadSpec {
  const labels = { [LABELS.pool]: POOL };
  const requests = { cpu: '10m', memory: '8Mi' };
  const pod = { requests, labels, nodeSelector: labels, stopSeconds: stops, graceSeconds: grace };
  return { name, namespace: 'default', kind: 'Deployment', replicas, pod };
}
