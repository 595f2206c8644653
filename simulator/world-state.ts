import { LABELS, TAGS } from '../webhook/model/names';
import type { KubeNode, KubePod } from './kubernetes/objects';
import { isReady } from './node-watch';
import type { World } from './world';

const LAST_EVENTS = 200;

/** Everything about the world as plain JSON. Times are epoch milliseconds, cpu in cores, memory in bytes. */
export function describeWorld(world: World) {
  const now = world.now();
  const pods = world.cluster.pods();
  const { playing } = world.workloads;
  return {
    now,
    timeScale: world.settings.timeScale,
    script: { name: playing.name, seconds: world.workloads.seconds(now), durationSeconds: playing.durationSeconds },
    instances: world.cloud.instances.map(({ id, state, type, zone, lifecycle, launchedAt, tags }) => {
      return { id, state, type, zone, lifecycle, launchedAt, pool: tags[TAGS.pool] ?? null, tags };
    }),
    nodes: world.cluster.nodes().map((node) => describeNode(node, pods, world)),
    pods: countPods(pods),
    workloads: [...world.workloads.sizes].map(([workload, replicas]) => {
      return { workload, replicas, ...world.use.workloads.get(workload) };
    }),
    events: world.log.events.slice(-LAST_EVENTS),
  };
}

export type WorldState = ReturnType<typeof describeWorld>;

function describeNode(node: KubeNode, pods: readonly KubePod[], world: World) {
  const { name, labels } = node.metadata;
  const use = world.use.machines.get(name);
  return {
    name,
    pool: labels?.[LABELS.pool] ?? null,
    ready: isReady(node),
    cordoned: node.spec.unschedulable === true,
    pods: pods.filter(({ spec }) => spec.nodeName === name).length,
    usedCpu: use?.cpu ?? null,
    usedMemory: use?.memory ?? null,
  };
}

function countPods(pods: readonly KubePod[]): {
  running: number;
  pending: number;
  unschedulable: number;
  terminating: number;
} {
  const terminating = pods.filter(({ metadata }) => metadata.deletionTimestamp !== undefined);
  const alive = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const pending = alive.filter(({ status }) => status.phase === 'Pending');
  return {
    running: alive.filter(({ status }) => status.phase === 'Running').length,
    pending: pending.length,
    unschedulable: pending.filter(isUnschedulable).length,
    terminating: terminating.length,
  };
}

function isUnschedulable({ status }: KubePod): boolean {
  return (status.conditions ?? []).some(({ type, reason }) => type === 'PodScheduled' && reason === 'Unschedulable');
}
