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
  /** By node name; every machine given is in it, never busier than it has cores. */
  readonly machines: ReadonlyMap<string, MachineUse>;
  /** By `namespace/name`. */
  readonly workloads: ReadonlyMap<string, WorkloadUse>;
}

/** How many serving pods of each workload (by `namespace/name`) are on each node. */
export type Placement = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** Pods of a workload carry its name in the label `app`. Those that run and are not terminating serve. */
export function placementOf(pods: readonly KubePod[]): Placement {
  const placement = new Map<string, Map<string, number>>();
  for (const { metadata, spec, status } of pods) {
    if (spec.nodeName === undefined || status.phase !== 'Running' || metadata.deletionTimestamp !== undefined) continue;
    const key = workloadKey({ namespace: metadata.namespace ?? '', name: metadata.labels?.['app'] ?? '' });
    const nodes = placement.get(key) ?? new Map<string, number>();
    nodes.set(spec.nodeName, (nodes.get(spec.nodeName) ?? 0) + 1);
    placement.set(key, nodes);
  }
  return placement;
}

/** A workload's pods on machines that run. */
interface Running {
  readonly model: WorkloadModel;
  readonly nodes: readonly (readonly [node: string, pods: number])[];
  readonly pods: number;
}

/**
 * What everything uses at `seconds` of the script. Serving pods share their workload's demand evenly, wherever they are.
 * A machine that is asked for more cores than it has runs at 100 % and serves all of its pods by the same share; what it
 * cannot serve is not moved elsewhere, as behind a load balancer that goes round.
 */
export function clusterUse(
  machines: ReadonlyMap<string, MachineShape>,
  placement: Placement,
  models: readonly WorkloadModel[],
  seconds: number,
): ClusterUse {
  const running = models.map((model) => runningOf(model, placement, machines));
  const loads = new Map([...machines.keys()].map((node) => [node, { ...BASE_USE }]));
  for (const { model, nodes, pods } of running) {
    const cpu = wantedAt(model.cpu, seconds, pods) / pods;
    const memory = wantedAt(model.memory, seconds, pods) / pods;
    for (const [node, count] of nodes) {
      const load = loads.get(node) ?? { ...BASE_USE };
      loads.set(node, { cpu: load.cpu + cpu * count, memory: load.memory + memory * count });
    }
  }
  const shares = new Map(
    [...machines].map(([node, { cores }]) => [node, servedShare(cores, loads.get(node)?.cpu ?? 0)]),
  );
  const workloads = running.map((one) => [workloadKey(one.model), workloadUse(one, shares, seconds)] as const);
  const used = [...loads].map(([node, load]) => [node, { ...load, cpu: load.cpu * (shares.get(node) ?? 1) }] as const);
  return { machines: new Map(used), workloads: new Map(workloads) };
}

export function workloadKey({ namespace, name }: Pick<WorkloadModel, 'namespace' | 'name'>): string {
  return `${namespace}/${name}`;
}

function runningOf(model: WorkloadModel, placement: Placement, machines: ReadonlyMap<string, MachineShape>): Running {
  const nodes = [...(placement.get(workloadKey(model)) ?? [])].filter(([node]) => machines.has(node));
  return { model, nodes, pods: nodes.reduce((sum, [, pods]) => sum + pods, 0) };
}

function servedShare(cores: number, wanted: number): number {
  return wanted <= cores ? 1 : cores / wanted;
}

function workloadUse(
  { model, nodes, pods }: Running,
  shares: ReadonlyMap<string, number>,
  seconds: number,
): WorkloadUse {
  const wantedCpu = wantedAt(model.cpu, seconds, pods);
  const served = nodes.reduce((sum, [node, count]) => sum + count * (shares.get(node) ?? 0), 0);
  return { running: pods, wantedCpu, servedCpu: pods === 0 ? 0 : (wantedCpu * served) / pods };
}
