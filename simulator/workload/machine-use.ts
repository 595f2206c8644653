import type { MachineShape, MachineUse } from '../exporters/node-meter';
import type { KubePod } from '../kubernetes/objects';
import type { WorkloadModel } from './workload-model';
import { wantedAt } from './workload-model';

/** What a machine uses before it runs any pod: kubelet, container runtime, system. */
export const BASE_USE: MachineUse = { cpu: 0.05, memory: 300 * 2 ** 20 };

/** How far a workload gets what it asks for. */
export interface WorkloadUse {
  readonly running: number;
  /** Cores wanted, and cores that its nodes had left for it. */
  readonly wantedCpu: number;
  readonly servedCpu: number;
}

export interface ClusterUse {
  /** By node name; every machine given is in it. */
  readonly machines: ReadonlyMap<string, MachineUse>;
  /** By `namespace/name`. */
  readonly workloads: ReadonlyMap<string, WorkloadUse>;
}

interface Load extends MachineUse {
  readonly cores: number;
}

/**
 * What everything uses at `seconds` of the script. Running pods that are not terminating share their workload's demand
 * evenly, wherever they are. A machine that is asked for more cores than it has runs at 100 % and serves all of its
 * pods by the same share; what it cannot serve is not moved elsewhere, as behind a load balancer that goes round.
 */
export function clusterUse(
  machines: ReadonlyMap<string, MachineShape>,
  pods: readonly KubePod[],
  models: readonly WorkloadModel[],
  seconds: number,
): ClusterUse {
  const placed = podsByWorkload(machines, pods, models);
  const loads = new Map<string, Load>([...machines].map(([node, { cores }]) => [node, { ...BASE_USE, cores }]));
  for (const model of models) addLoad(loads, model, placed.get(workloadKey(model)) ?? [], seconds);
  const workloads = models.map((model) => {
    const nodes = placed.get(workloadKey(model)) ?? [];
    return [workloadKey(model), workloadUse(loads, model, nodes, seconds)] as const;
  });
  return { machines: loads, workloads: new Map(workloads) };
}

export function workloadKey({ namespace, name }: Pick<WorkloadModel, 'namespace' | 'name'>): string {
  return `${namespace}/${name}`;
}

/** The nodes of each workload's serving pods, one entry a pod. */
function podsByWorkload(
  machines: ReadonlyMap<string, MachineShape>,
  pods: readonly KubePod[],
  models: readonly WorkloadModel[],
): Map<string, string[]> {
  const placed = new Map<string, string[]>(models.map((model) => [workloadKey(model), []]));
  for (const pod of pods) {
    const node = pod.spec.nodeName;
    if (node === undefined || !machines.has(node) || !serves(pod)) continue;
    placed.get(`${pod.metadata.namespace}/${workloadName(pod)}`)?.push(node);
  }
  return placed;
}

function serves(pod: KubePod): boolean {
  return pod.status.phase === 'Running' && pod.metadata.deletionTimestamp === undefined;
}

/** Pods of a workload carry its name in the label `app`. */
function workloadName(pod: KubePod): string {
  return pod.metadata.labels?.['app'] ?? '';
}

function addLoad(loads: Map<string, Load>, model: WorkloadModel, nodes: readonly string[], seconds: number): void {
  const cpu = wantedAt(model.cpu, seconds, nodes.length) / nodes.length;
  const memory = wantedAt(model.memory, seconds, nodes.length) / nodes.length;
  for (const node of nodes) {
    const load = loads.get(node);
    if (load) loads.set(node, { ...load, cpu: load.cpu + cpu, memory: load.memory + memory });
  }
}

function workloadUse(
  loads: ReadonlyMap<string, Load>,
  model: WorkloadModel,
  nodes: readonly string[],
  seconds: number,
): WorkloadUse {
  const wantedCpu = wantedAt(model.cpu, seconds, nodes.length);
  const shares = nodes.map((node) => servedShare(loads.get(node)));
  const served = shares.reduce((sum, share) => sum + share, 0) / Math.max(nodes.length, 1);
  return { running: nodes.length, wantedCpu, servedCpu: wantedCpu * served };
}

function servedShare(load: Load | undefined): number {
  return load === undefined || load.cpu <= load.cores ? 1 : load.cores / load.cpu;
}
