import type { Curve } from './curve';
import { curveProblems, valueAt } from './curve';

/** A number that stays, or one that follows a curve over the seconds since the script began. */
export type Amount = number | Curve;

/** What one pod uses whatever happens, or what all running pods of the workload share evenly. */
export type Share = { readonly perPod: Amount } | { readonly total: Amount };

/** A fixed number, a curve, or what a HorizontalPodAutoscaler would ask for: demand / cpuPerPod, rounded up. */
export type Replicas = Amount | { readonly cpuPerPod: number; readonly min: number; readonly max: number };

export interface WorkloadModel {
  readonly name: string;
  readonly namespace: string;
  /** Value of the pods' label `smartscale/pool`, which is their nodeSelector too; absent = anywhere. */
  readonly pool?: string;
  /** Of each pod, as Kubernetes writes quantities. */
  readonly requests: { readonly cpu: string; readonly memory: string };
  readonly replicas: Replicas;
  /** Cores. */
  readonly cpu: Share;
  /** Bytes. */
  readonly memory: Share;
  /** Its PodDisruptionBudget, when it has one. */
  readonly budget?: { readonly minAvailable?: number | string; readonly maxUnavailable?: number | string };
}

export function amountAt(amount: Amount, seconds: number): number {
  return typeof amount === 'number' ? amount : valueAt(amount, seconds);
}

/** What `pods` running pods want together. */
export function wantedAt(share: Share, seconds: number, pods: number): number {
  return 'total' in share ? amountAt(share.total, seconds) : amountAt(share.perPod, seconds) * pods;
}

/** How many pods the workload is to have at that time; `current` is what it has been told so far. */
export function replicasAt(model: Pick<WorkloadModel, 'replicas' | 'cpu'>, seconds: number, current: number): number {
  const { replicas, cpu } = model;
  if (typeof replicas === 'number') return replicas;
  if (!('cpuPerPod' in replicas)) return Math.round(valueAt(replicas, seconds));
  const wanted = Math.ceil(wantedAt(cpu, seconds, current) / replicas.cpuPerPod - ROUNDING);
  return Math.min(Math.max(wanted, replicas.min), replicas.max);
}

/** Keeps 0.3 / 0.1 = 2.9999999999999996 and 3.0000000000000004 at three pods. */
const ROUNDING = 1e-9;

/** The same workload with another demand: a fixed total from now on. */
export function withDemand<Model extends WorkloadModel>(
  model: Model,
  resource: 'cpu' | 'memory',
  total: Amount,
): Model {
  return { ...model, [resource]: { total } };
}

/** Mistakes of a model, each with the field's name; empty when there are none. */
export function modelProblems(model: WorkloadModel): string[] {
  const amounts: [string, Amount][] = [
    ['cpu', 'total' in model.cpu ? model.cpu.total : model.cpu.perPod],
    ['memory', 'total' in model.memory ? model.memory.total : model.memory.perPod],
  ];
  if (typeof model.replicas !== 'number' && !('cpuPerPod' in model.replicas)) {
    amounts.push(['replicas', model.replicas]);
  }
  return amounts.flatMap(([field, amount]) => {
    const curve: Curve = typeof amount === 'number' ? [[0, amount]] : amount;
    return curveProblems(curve).map((problem) => `${model.namespace}/${model.name} ${field}: ${problem}`);
  });
}
