import { TAGS } from '../../webhook/model/names';
import { isNodeReady, isTerminating } from '../kubernetes/conditions';
import type { KubeNode, KubePod } from '../kubernetes/objects';
import { amountsOf, minus, podRequests, type Amounts } from '../kubernetes/requests';
import type { World } from '../world';
import type { Change } from './chart';
import { calmNodes, packedNodes } from './peak';
import { POOL } from './sale';

/** What the world looked like at its most demanding moment. */
export interface Peak {
  readonly nodesNeeded: number;
  readonly pods: number;
  readonly busyCores: number;
}

/**
 * Watches the world, not the service: what is judged at the end is what happened to machines and pods.
 */
export class Recorder {
  readonly ready: Change[] = [];
  readonly alive: Change[] = [];
  readonly needed: Change[] = [];
  /** Pods that waited for a node, at any look. */
  readonly waiting: Change[] = [];
  /** Nodes that were shut down with pods still on them. */
  readonly undrained: string[] = [];
  /** Budgets found with fewer healthy pods than they demand while a node was being emptied. */
  readonly brokenBudgets: string[] = [];
  peak: Peak = { nodesNeeded: 0, pods: 0, busyCores: 0 };
  readonly startedAt: number;

  constructor(private readonly world: World) {
    this.startedAt = world.now();
    world.log.onEvent((event) => {
      if (event.kind === 'instance' && event.state === 'shutting-down') this.shutDown(event.instance);
    });
  }

  /** Call often: about every 100 ms. */
  look(): void {
    const now = this.world.now();
    const nodes = this.poolNodes();
    note(this.ready, now, nodes.filter((node) => isNodeReady(node) && node.spec.unschedulable !== true).length);
    note(this.alive, now, this.aliveInstances());
    this.notePeak(now, nodes);
    const pods = this.poolPods();
    note(this.waiting, now, pods.filter((pod) => pod.status.phase === 'Pending' && !pod.spec.nodeName).length);
    if (nodes.some((node) => node.spec.unschedulable)) this.checkBudgets();
  }

  private poolNodes(): readonly KubeNode[] {
    return this.world.cluster.nodes().filter(({ metadata }) => metadata.labels?.['smartscale/pool'] === POOL);
  }

  private poolPods(): readonly KubePod[] {
    return this.world.cluster.pods().filter((pod) => !isTerminating(pod) && isMovable(pod));
  }

  private aliveInstances(): number {
    const gone = new Set(['shutting-down', 'terminated']);
    return this.world.cloud.instances.filter((it) => it.tags[TAGS.pool] === POOL && !gone.has(it.state)).length;
  }

  private notePeak(now: number, nodes: readonly KubeNode[]): void {
    const [node] = nodes;
    if (!node) return;
    const pods = this.poolPods();
    const offer = this.offerOf(node);
    const busyCores = [...this.world.use.workloads.values()].reduce((sum, use) => sum + use.wantedCpu, 0);
    const nodesNeeded = Math.max(
      packedNodes(pods.map(podRequests), offer),
      calmNodes(busyCores, offer.cpuMillis / 1000),
    );
    note(this.needed, now, nodesNeeded);
    if (nodesNeeded > this.peak.nodesNeeded) this.peak = { nodesNeeded, pods: pods.length, busyCores };
  }

  /** Allocatable less what DaemonSets take. */
  private offerOf(node: KubeNode): Amounts {
    const own = this.world.cluster.podsOfNode(node.metadata.name).filter((pod) => !isMovable(pod));
    return own.map(podRequests).reduce(minus, amountsOf(node.status.allocatable));
  }

  /** EC2 shuts down what nobody emptied: a kill from outside, or our mistake. */
  private shutDown(instance: string): void {
    const left = this.world.cluster
      .podsOfNode(instance)
      .filter((pod) => isMovable(pod) && pod.status.phase === 'Running');
    if (left.length > 0) this.undrained.push(`${instance} (${left.length} pods)`);
  }

  private checkBudgets(): void {
    for (const { metadata, status } of this.world.cluster.budgets()) {
      const broken = status.currentHealthy < status.desiredHealthy;
      if (broken && !this.brokenBudgets.includes(metadata.name)) this.brokenBudgets.push(metadata.name);
    }
  }
}

function isMovable(pod: KubePod): boolean {
  return (
    pod.metadata.namespace === 'default' && !pod.metadata.ownerReferences?.some(({ kind }) => kind === 'DaemonSet')
  );
}

function note(series: Change[], at: number, value: number): void {
  if (series.at(-1)?.value !== value) series.push({ at, value });
}
