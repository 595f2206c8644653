import type { Kubelet, NodeRegistration } from './kubelet';
import { withCondition } from './conditions';
import { readyCondition, registeredNode } from './new-node';
import type { KubeNode } from './objects';
import { PodRunner } from './pod-runner';
import type { KubeWorld } from './kube-world';

/** The kubelets of all machines: they register Nodes, report for them, and run their pods. */
export class Kubelets {
  private readonly kubelets = new Map<string, Kubelet>();
  private readonly runner: PodRunner;

  constructor(
    private readonly world: KubeWorld,
    /** Told when a kubelet falls silent: somebody else has to notice. */
    private readonly onSilence: (node: string) => void,
  ) {
    this.runner = new PodRunner(
      world,
      (node) => this.kubelets.get(node)?.state === 'ready',
      (node) => world.scaledSeconds((this.kubelets.get(node)?.slowMs ?? 0) / 1000),
    );
    world.store.nodes.onChange((before, after) => {
      if (before !== null && after === null) this.nodeDeleted(before.metadata.name);
    });
  }

  get(node: string): Readonly<Kubelet> | undefined {
    return this.kubelets.get(node);
  }

  /** A Node that already has this name is taken over, as a kubelet does after a restart. */
  register(registration: NodeRegistration): void {
    const { name } = registration;
    const state = this.kubelets.get(name)?.state;
    if (state === 'ready' || state === 'joining') throw new Error(`a kubelet named ${name} is running already`);
    const kubelet: Kubelet = { registration, state: 'joining', slowMs: 0 };
    this.kubelets.set(name, kubelet);
    this.createNode(kubelet);
    this.world.after(this.world.settings.nodeReadyMs, () => {
      if (kubelet.state === 'joining') this.start(kubelet);
    });
  }

  /** The machine is gone: nothing on it will ever report again. Unknown ids are nothing to do. */
  instanceGone(instanceId: string): void {
    for (const kubelet of this.kubelets.values()) {
      if (kubelet.registration.instanceId === instanceId) this.silence(kubelet, 'gone');
    }
  }

  /** The kubelet stops doing and reporting anything; its machine stays. */
  hang(node: string): void {
    this.silence(this.known(node), 'hung');
  }

  /** A hung kubelet goes on, Ready at once. */
  resume(node: string): void {
    const kubelet = this.known(node);
    if (kubelet.state !== 'hung') return;
    if (!this.world.store.nodes.get(node)) this.createNode(kubelet);
    this.start(kubelet);
  }

  /** From now on it ends pods so much later than they end. */
  slowDown(node: string, slowMs: number): void {
    this.known(node).slowMs = slowMs;
  }

  private known(node: string): Kubelet {
    const kubelet = this.kubelets.get(node);
    if (kubelet === undefined) throw new Error(`no kubelet named ${node}`);
    return kubelet;
  }

  private createNode({ registration }: Kubelet): void {
    const { nodes } = this.world.store;
    if (!nodes.get(registration.name)) nodes.insert(registeredNode(registration, this.world.store.timestamp()));
  }

  private start(kubelet: Kubelet): void {
    kubelet.state = 'ready';
    this.report(kubelet);
    this.keepReporting(kubelet);
    this.runner.syncNode(kubelet.registration.name);
  }

  private keepReporting(kubelet: Kubelet): void {
    this.world.after(this.world.settings.statusUpdateMs, () => {
      if (kubelet.state !== 'ready') return;
      this.report(kubelet);
      this.keepReporting(kubelet);
    });
  }

  private report({ registration: { name } }: Kubelet): void {
    const node = this.world.store.nodes.get(name);
    if (node) this.world.store.nodes.replace(reported(node, this.world.store.timestamp()));
  }

  private silence(kubelet: Kubelet, state: 'hung' | 'gone'): void {
    const spoke = kubelet.state === 'ready' || kubelet.state === 'joining';
    if (kubelet.state !== 'gone') kubelet.state = state;
    if (spoke) this.onSilence(kubelet.registration.name);
  }

  /** A kubelet that lives brings its Node back, under a new uid: the ghost of a machine that was never terminated. */
  private nodeDeleted(name: string): void {
    const kubelet = this.kubelets.get(name);
    const { reregisterMs } = this.world.settings;
    if (kubelet === undefined || reregisterMs === null) return;
    this.world.after(reregisterMs, () => {
      if (this.kubelets.get(name) !== kubelet || this.world.store.nodes.get(name)) return;
      if (kubelet.state !== 'ready') return;
      this.createNode(kubelet);
      this.report(kubelet);
    });
  }
}

function reported(node: KubeNode, timestamp: string): KubeNode {
  const conditions = withCondition(node.status.conditions, readyCondition('True', timestamp), timestamp);
  return { ...node, status: { ...node.status, conditions } };
}
