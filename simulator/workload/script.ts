import type { WorldAction } from '../world-action';
import type { WorkloadModel } from './workload-model';

/** What happens to the cluster over time. Seconds are those of real life: the world divides them by its time scale. */
export interface Script {
  readonly name: string;
  /** When nothing changes by itself any more. */
  readonly durationSeconds: number;
  readonly workloads: readonly WorkloadModel[];
  /** One-shot actions, each done at the first tick at or after its time. */
  readonly actions: readonly { readonly atSeconds: number; readonly action: WorldAction }[];
}

export const EMPTY_SCRIPT: Script = { name: 'empty', durationSeconds: 0, workloads: [], actions: [] };
