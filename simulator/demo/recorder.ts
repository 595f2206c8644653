import { DEFAULT_POOL, LABELS, TAGS } from '../../webhook/model/names';
import type { SimInstance } from '../ec2/ec2-types';
import { isNodeReady, isTerminating } from '../kubernetes/conditions';
import type { KubeNode, KubePod } from '../kubernetes/objects';
import { amountsOf, minus, podRequests, type Amounts } from '../kubernetes/requests';
import type { World } from '../world';
import type { Change } from './chart';
import { calmNodes, packedNodes } from './peak';

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
  /** Dollars an hour for what is alive, as EC2 charges it. */
  readonly dollars: Change[] = [];
  /** What the same instances would cost if all of them were spot, and if none were. */
  readonly dollarsAsSpot: Change[] = [];
  readonly dollarsOnDemand: Change[] = [];
  /** Longest time that a pod waited for a node, in milliseconds. */
  longestWait = 0;
  private readonly waitingSince = new Map<string, number>();
  peak: Peak = { nodesNeeded: 0, pods: 0, busyCores: 0 };
  readonly startedAt: number;

  constructor(
    private readonly world: World,
    private readonly pool: string,
  ) {
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
    const alive = this.aliveInstances();
    note(this.alive, now, alive.length);
    note(this.dollars, now, this.dollarsOf(alive));
    note(this.dollarsAsSpot, now, this.dollarsOf(alive, 'spot'));
    note(this.dollarsOnDemand, now, this.dollarsOf(alive, 'on-demand'));
    this.notePeak(now, nodes);
    const pods = this.poolPods();
    const waiting = pods.filter((pod) => pod.status.phase === 'Pending' && !pod.spec.nodeName);
    note(this.waiting, now, waiting.length);
    this.noteWaits(waiting, now);
    if (nodes.some((node) => node.spec.unschedulable)) this.checkBudgets();
  }

  private poolNodes(): readonly KubeNode[] {
    return this.world.cluster.nodes().filter(({ metadata }) => metadata.labels?.[LABELS.pool] === this.pool);
  }

  private poolPods(): readonly KubePod[] {
    return this.world.cluster
      .pods()
      .filter((pod) => !isTerminating(pod) && isMovable(pod) && poolOf(pod) === this.pool);
  }

  aliveInstances(): readonly SimInstance[] {
    const gone = new Set(['shutting-down', 'terminated']);
    return this.world.cloud.instances.filter((it) => it.tags[TAGS.pool] === this.pool && !gone.has(it.state));
  }

  /** `as`: if all of them were that. */
  private dollarsOf(instances: readonly SimInstance[], as?: SimInstance['lifecycle']): number {
    const price = ({ type, lifecycle }: SimInstance) =>
      this.world.cloud.catalogue.instanceType(type).price[as ?? lifecycle];
    return instances.reduce((sum, it) => sum + price(it), 0);
  }

  private noteWaits(waiting: readonly KubePod[], now: number): void {
    const uids = new Set(waiting.map(({ metadata }) => metadata.uid));
    for (const uid of uids) if (!this.waitingSince.has(uid)) this.waitingSince.set(uid, now);
    for (const [uid, since] of this.waitingSince) {
      this.longestWait = Math.max(this.longestWait, now - since);
      if (!uids.has(uid)) this.waitingSince.delete(uid);
    }
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
      .filter((pod) => isMovable(pod) && poolOf(pod) === this.pool && pod.status.phase === 'Running');
    if (left.length > 0) this.undrained.push(`${instance} (${left.length} pods)`);
  }

  private checkBudgets(): void {
    for (const { metadata, status } of this.world.cluster.budgets()) {
      const broken = status.currentHealthy < status.desiredHealthy;
      if (broken && !this.brokenBudgets.includes(metadata.name)) this.brokenBudgets.push(metadata.name);
    }
  }
}

function poolOf({ metadata }: KubePod): string {
  return metadata.labels?.[LABELS.pool] ?? DEFAULT_POOL;
}

function isMovable(pod: KubePod): boolean {
  return (
    pod.metadata.namespace === 'default' && !pod.metadata.ownerReferences?.some(({ kind }) => kind === 'DaemonSet')
  );
}

function note(series: Change[], at: number, value: number): void {
  if (series.at(-1)?.value !== value) series.push({ at, value });
}
