import type { MachineShape } from '../exporters/node-meter';
import type { KubePod } from '../kubernetes/objects';
import type { WorldAction } from '../world-action';
import type { ClusterUse, Placement } from './machine-use';
import { clusterUse, placementOf, workloadKey } from './machine-use';
import type { Script } from './script';
import { EMPTY_SCRIPT } from './script';
import type { Amount, WorkloadModel } from './workload-model';
import { modelProblems, replicasAt, withDemand } from './workload-model';

/** What a controller in the cluster does for workloads. */
export interface WorkloadController {
  create(model: WorkloadModel, replicas: number): void;
  scale(model: WorkloadModel, replicas: number): void;
}

/** The workloads of the cluster: follows the script's curves and what was changed by hand. Times in epoch milliseconds. */
export class Workloads {
  private readonly models = new Map<string, WorkloadModel>();
  private readonly replicas = new Map<string, number>();
  private script: Script = EMPTY_SCRIPT;
  private startedAt: number;
  private nextAction = 0;
  private placed: { readonly pods: readonly KubePod[]; readonly placement: Placement } | null = null;

  constructor(
    private readonly controller: WorkloadController,
    private readonly timeScale: number,
    now: number,
  ) {
    this.startedAt = now;
  }

  /** Begins the script anew at `now`. Workloads of a former one that it does not name keep their last size. Throws RangeError. */
  play(script: Script, now: number): void {
    const problems = script.workloads.flatMap(modelProblems);
    if (problems.length > 0) throw new RangeError(`script ${script.name}: ${problems.join('; ')}`);
    for (const [key, model] of this.models) this.models.set(key, { ...model, replicas: this.replicas.get(key) ?? 0 });
    this.script = { ...script, actions: [...script.actions].sort((a, b) => a.atSeconds - b.atSeconds) };
    this.startedAt = now;
    this.nextAction = 0;
    for (const model of script.workloads) this.models.set(workloadKey(model), model);
  }

  /** Seconds of the script's own time. */
  seconds(now: number): number {
    return ((now - this.startedAt) / 1000) * this.timeScale;
  }

  get playing(): Script {
    return this.script;
  }

  /** One-shot actions that are due by `now`, each once. */
  takeActions(now: number): readonly WorldAction[] {
    const due: WorldAction[] = [];
    for (;;) {
      const next = this.script.actions[this.nextAction];
      if (next === undefined || next.atSeconds > this.seconds(now)) return due;
      due.push(next.action);
      this.nextAction += 1;
    }
  }

  /** Tells the controller of every workload whose size is to change; gives those back. */
  resize(now: number): readonly { readonly workload: string; readonly replicas: number }[] {
    const changed: { workload: string; replicas: number }[] = [];
    for (const [workload, model] of this.models) {
      const before = this.replicas.get(workload);
      const replicas = replicasAt(model, this.seconds(now), before ?? 1);
      if (replicas === before) continue;
      if (before === undefined) this.controller.create(model, replicas);
      else this.controller.scale(model, replicas);
      this.replicas.set(workload, replicas);
      changed.push({ workload, replicas });
    }
    return changed;
  }

  /** False when there is no such workload. */
  setReplicas(workload: string, replicas: number): boolean {
    return this.change(workload, (model) => ({ ...model, replicas }));
  }

  /** False when there is no such workload. */
  setDemand(workload: string, resource: 'cpu' | 'memory', total: Amount): boolean {
    return this.change(workload, (model) => withDemand(model, resource, total));
  }

  /** `pods` must be a list that is never changed: the same list is looked through once. */
  use(machines: ReadonlyMap<string, MachineShape>, pods: readonly KubePod[], now: number): ClusterUse {
    if (this.placed?.pods !== pods) this.placed = { pods, placement: placementOf(pods) };
    return clusterUse(machines, this.placed.placement, [...this.models.values()], this.seconds(now));
  }

  /** By `namespace/name`: how many pods each is to have. */
  get sizes(): ReadonlyMap<string, number> {
    return this.replicas;
  }

  private change(workload: string, edit: (model: WorkloadModel) => WorkloadModel): boolean {
    const model = this.models.get(workload);
    if (model !== undefined) this.models.set(workload, edit(model));
    return model !== undefined;
  }
}
