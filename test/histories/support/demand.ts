import type { FiredAlert } from '../../fakes/fake-alertmanager';
import { highCpu, idle, interruption, unschedulablePods } from '../../scenarios/support/alerts';
import type { Alertmanager } from '../../scenarios/support/alertmanager';
import type { Truth } from './truth';

/** What a pod of the workload asks for, and what a node has left for them, in cores. */
const POD_CPU = 0.3;
const NODE_CPU = 1.95;

/**
 * Prometheus with honest rules: every alert asks for a total that the load needs, and fires while the pool has another
 * size. Rules look at Ready, schedulable nodes, as the shipped ones do.
 */
export class Demand {
  /** Nodes that the load needs. */
  nodes: number;
  /** The rules are looked at; false while Prometheus is down. */
  evaluated = true;
  private readonly firing = new Map<string, FiredAlert>();
  private readonly taken = new Set<string>();

  constructor(
    private readonly truth: Truth,
    private readonly alertmanager: Alertmanager,
  ) {
    this.nodes = truth.policy.min;
  }

  /** One evaluation of the rules. */
  async evaluate(): Promise<void> {
    if (!this.evaluated) return;
    const ready = this.truth.serving().length;
    const waiting = this.waiting();
    await this.set(highCpu({ nodes: this.nodes }), ready < this.nodes);
    await this.set(idle({ nodes: this.nodes }), ready > this.nodes && waiting === 0);
    await this.set(unschedulablePods({ nodes: this.podNodes() }), waiting > 0);
    await this.tellOfTaken();
  }

  /** What runs on a node hears from EC2 that it will be taken, and says so as long as it runs. */
  private async tellOfTaken(): Promise<void> {
    const names = new Set(this.truth.nodes().map(({ metadata }) => metadata.name));
    const told = this.truth.world.cloud.instances.filter(
      ({ id, state, notice }) => state === 'running' && notice !== undefined && names.has(id),
    );
    const now = new Set(told.map(({ id }) => id));
    for (const id of [...this.taken]) {
      if (now.has(id) || !this.taken.delete(id)) continue;
      await this.alertmanager.resolves(interruption(id));
    }
    for (const id of now) {
      if (this.taken.has(id)) continue;
      this.taken.add(id);
      await this.alertmanager.fires(interruption(id));
    }
  }

  get alerts(): readonly FiredAlert[] {
    return [...this.firing.values()];
  }

  private waiting(): number {
    return this.truth.world.cluster.pods().filter(({ spec }) => spec.nodeName === undefined).length;
  }

  private podNodes(): number {
    const pods = this.truth.world.cluster.pods().filter(({ metadata }) => metadata.labels?.['app'] === 'shop');
    return Math.ceil((pods.length * POD_CPU) / NODE_CPU);
  }

  private async set(alert: FiredAlert, fires: boolean): Promise<void> {
    const name = alert.labels['alertname'] ?? '';
    const known = this.firing.get(name);
    if (fires) this.firing.set(name, alert);
    else this.firing.delete(name);
    if (fires && known === undefined) await this.alertmanager.fires(alert);
    if (fires && known !== undefined && nodesOf(known) !== nodesOf(alert)) this.alertmanager.changes(alert);
    if (!fires && known !== undefined) await this.alertmanager.resolves(alert);
  }
}

function nodesOf({ annotations = {} }: FiredAlert): string | undefined {
  return annotations['nodes'];
}
