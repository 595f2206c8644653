import { isPodReady, isTerminating } from '../../kubernetes/conditions';
import type { KubePod } from '../../kubernetes/objects';
import { podFrom } from '../../kubernetes/pod-template';
import type { World } from '../../world';
import { ORDERS, ORDERS_PODS, PARTS, WORKLOADS, type Part } from './cast';

/** What people do to the cluster: they set it up, and get in the way of two drains after these have begun. */
export class People {
  readonly nodes = new Map<Part, string>();
  /** The bare pods: nobody would create them again. */
  readonly bare = new Map<Part, KubePod>();
  /** Fewest pods of the budget that served, once all of them had; null before. */
  fewestServing: number | null = null;
  private isFrozen = false;

  constructor(
    private readonly world: World,
    private readonly say: (text: string) => void,
  ) {}

  /** Each workload on the node of its part: the others take nothing while it is placed. */
  deal(names: readonly string[]): void {
    const { cluster } = this.world;
    for (const [index, part] of PARTS.entries()) {
      const node = names[index];
      if (node === undefined) throw new Error(`${PARTS.length} nodes are needed, there are ${names.length}`);
      this.nodes.set(part, node);
      const others = names.filter((name) => name !== node);
      for (const name of others) cluster.cordonByHand(name);
      cluster.createWorkload(WORKLOADS[part]);
      cluster.tick();
      for (const name of others) cluster.uncordonByHand(name);
    }
    cluster.createBudget({ name: ORDERS, namespace: 'default', minAvailable: ORDERS_PODS - 1 });
    cluster.tick();
    const [report] = this.podsOn('bare').filter(({ metadata }) => !metadata.ownerReferences);
    if (report) this.bare.set('bare', report);
  }

  nodeOf(part: Part): string {
    return this.nodes.get(part) ?? '';
  }

  podsOn(part: Part): readonly KubePod[] {
    return this.world.cluster.podsOfNode(this.nodeOf(part)).filter(({ metadata }) => metadata.namespace === 'default');
  }

  /** Call often. */
  look(): void {
    this.countServing();
    if (!this.isFrozen && this.podsOn('frozen').some(isTerminating)) this.freeze();
    const debugged = this.world.cluster.node(this.nodeOf('debugged'));
    if (!this.bare.has('debugged') && debugged?.spec.unschedulable === true) this.debug();
  }

  private countServing(): void {
    const pods = this.world.cluster.pods().filter(({ metadata }) => metadata.labels?.['app'] === ORDERS);
    const serving = pods.filter((pod) => isPodReady(pod) && !isTerminating(pod)).length;
    if (this.fewestServing !== null || serving === ORDERS_PODS) {
      this.fewestServing = Math.min(this.fewestServing ?? serving, serving);
    }
  }

  private freeze(): void {
    this.isFrozen = true;
    this.world.perform({ kind: 'budget', namespace: 'default', name: ORDERS, app: ORDERS, minAvailable: ORDERS_PODS });
    this.say(`freeze: budget "${ORDERS}" now wants all ${ORDERS_PODS} pods available`);
  }

  /** Bound to its node by who starts it: no cordon keeps it away. */
  private debug(): void {
    const node = this.nodeOf('debugged');
    const { store } = this.world.cluster.world;
    const name = `node-debugger-${node.slice(-5)}-x7k2p`;
    const identity = { name, namespace: 'default', workload: 'node-debugger', owner: null, nodeName: node };
    const template = { tolerations: [{ operator: 'Exists' as const }] };
    this.bare.set('debugged', store.pods.insert(podFrom(template, identity, store.timestamp())));
    this.say(`kubectl debug node/${node}: bare pod ${name} runs there now`);
  }
}
