import { Attachments } from './attachments';
import { finalizePod } from './delete-pod';
import { DisruptionController } from './disruption';
import type { Kubelet, NodeRegistration } from './kubelet';
import { K3S_ADDONS } from './k3s-addons';
import { Kubelets } from './kubelets';
import { Namespaces, terminateNamespace } from './namespaces';
import { newBudget, type BudgetSpec } from './new-budget';
import { NodeLifecycle } from './node-lifecycle';
import type { KubeNode, KubePod, KubePodDisruptionBudget } from './objects';
import { Scheduler } from './scheduler';
import { keyOf } from './table';
import { type ServerTroubles, TOUCHED } from './server-troubles';
import type { WorkloadSpec } from './workload';
import { Workloads } from './workloads';
import { KubeWorld, type KubeClusterOptions } from './kube-world';

/** Rounds after which controllers that keep changing things are a defect of the simulator. */
const MOST_ROUNDS = 20;

/**
 * A simulated Kubernetes cluster, in memory, without timers: time passes when `tick` is called.
 *
 *   const cluster = new KubeCluster({ clock: Date, settings: { timeScale: 20 } });   // anything with now()
 *   const server = await startKubeServer(new KubeApi(cluster));                        // see http-server.ts
 *   cluster.registerNode({ name, instanceId, zone, instanceType, allocatable });       // Ready after nodeReadyMs
 *   setInterval(() => cluster.tick(), 50);
 *
 * What a client or a person writes takes effect at once; what controllers, scheduler and kubelets make of it, at the
 * next tick. A tick after a long while goes through everything that was due in between, each at its own time.
 * The same seed, clock and calls give the same objects. Objects are never changed, only replaced.
 * Not simulated: affinity between pods that attracts or only prefers, provisioning of volumes, preemption, finalizers of
 * anything but pods, anything that a container really does.
 */
export class KubeCluster {
  readonly world: KubeWorld;
  private readonly namespaces: Namespaces;
  private readonly lifecycle: NodeLifecycle;
  private readonly kubelets: Kubelets;
  private readonly workloads: Workloads;
  private readonly scheduler: Scheduler;
  private readonly disruption: DisruptionController;
  private readonly attachments: Attachments;

  constructor(options: KubeClusterOptions) {
    this.world = new KubeWorld(options);
    this.namespaces = new Namespaces(this.world);
    this.lifecycle = new NodeLifecycle(this.world, (node) => {
      const state = this.kubelets.get(node)?.state;
      return state === 'hung' || state === 'gone';
    });
    this.kubelets = new Kubelets(this.world, (node) => this.lifecycle.kubeletSilent(node));
    this.workloads = new Workloads(this.world);
    this.scheduler = new Scheduler(this.world);
    this.disruption = new DisruptionController(this.world, (uid) => this.workloads.desiredBy(uid));
    this.attachments = new Attachments(this.world, (node) => this.kubelets.get(node)?.state === 'ready');
    for (const name of ['default', 'kube-system']) this.namespaces.ensure(name);
  }

  // ------------------------------------------------------------------------------ looking

  /** In the order of their names. The array and the objects stay as they are; ask again for news. */
  nodes(): readonly KubeNode[] {
    return this.world.store.nodes.list();
  }

  /** In the order of namespace and name. */
  pods(): readonly KubePod[] {
    return this.world.store.pods.list();
  }

  budgets(): readonly KubePodDisruptionBudget[] {
    return this.world.store.poddisruptionbudgets.list();
  }

  node(name: string): KubeNode | undefined {
    return this.world.store.nodes.get(name);
  }

  pod(namespace: string, name: string): KubePod | undefined {
    return this.world.store.pods.get(keyOf({ namespace, name }));
  }

  podsOfNode(name: string): readonly KubePod[] {
    return this.world.store.podsOfNode.of(name);
  }

  kubelet(node: string): Readonly<Kubelet> | undefined {
    return this.kubelets.get(node);
  }

  // ----------------------------------------------------------------------------- machines

  /** A machine's kubelet starts: its Node appears, not Ready. Throws when one of that name runs already. */
  registerNode(registration: NodeRegistration): void {
    this.kubelets.register(registration);
  }

  /** The machine is gone: its Node stays, NotReady after a while, and its pods with it. Unknown ids are ignored. */
  instanceGone(instanceId: string): void {
    this.kubelets.instanceGone(instanceId);
  }

  /** The kubelet stops reporting, starting and ending anything. Throws when there is none of that name. */
  hangKubelet(node: string): void {
    this.kubelets.hang(node);
  }

  resumeKubelet(node: string): void {
    this.kubelets.resume(node);
  }

  /** From now on the node's kubelet ends pods so many milliseconds of a real cluster later than they end; 0 = as ever. */
  slowKubelet(node: string, slowMs: number): void {
    this.kubelets.slowDown(node, slowMs);
  }

  // ------------------------------------------------------------------- workloads and people

  /** Who writes between a client's look and its patch, which webhook does not answer, whom flow control turns away. */
  get troubles(): ServerTroubles {
    return this.world.troubles;
  }

  createNamespace(name: string): void {
    this.namespaces.ensure(name);
  }

  /** What `kubectl delete namespace` does. Throws when there is none of that name. */
  deleteNamespace(name: string): void {
    const namespace = this.world.store.namespaces.get(name);
    if (namespace === undefined) throw new Error(`no namespace ${name}`);
    terminateNamespace(this.world, namespace);
  }

  /** What takes the last finalizers off a pod, as the controller that they were for would. */
  finalizePod(name: string, namespace = 'default'): void {
    const pod = this.world.store.pods.get(keyOf({ namespace, name }));
    if (pod === undefined) throw new Error(`no pod ${namespace}/${name}`);
    const { finalizers: _, ...metadata } = pod.metadata;
    finalizePod(this.world, this.world.store.pods.replace({ ...pod, metadata }));
  }

  /** The namespace is made when it does not exist. */
  createWorkload(spec: WorkloadSpec): void {
    this.namespaces.ensure(spec.namespace);
    this.workloads.create(spec);
  }

  /** Deployments only. */
  scaleWorkload(name: string, replicas: number, namespace = 'default'): void {
    this.workloads.scale(keyOf({ namespace, name }), replicas);
  }

  deleteWorkload(name: string, namespace = 'default'): void {
    this.workloads.delete(keyOf({ namespace, name }));
  }

  /** The four single pods that every K3s has in kube-system. */
  createK3sAddons(): void {
    for (const addon of K3S_ADDONS) this.createWorkload(addon);
  }

  createBudget(spec: BudgetSpec): void {
    this.namespaces.ensure(spec.namespace);
    this.world.store.poddisruptionbudgets.insert(newBudget(spec));
  }

  deleteBudget(name: string, namespace = 'default'): void {
    this.world.store.poddisruptionbudgets.remove(keyOf({ namespace, name }));
  }

  /** A write by somebody else that means nothing to us. */
  touchNode(name: string): void {
    const { metadata, ...node } = this.knownNode(name);
    const annotations = { ...metadata.annotations, [TOUCHED]: metadata.resourceVersion };
    this.world.store.nodes.replace({ ...node, metadata: { ...metadata, annotations } });
  }

  /** What `kubectl cordon` does. */
  cordonByHand(name: string): void {
    const node = this.knownNode(name);
    this.world.store.nodes.replace({ ...node, spec: { ...node.spec, unschedulable: true } });
  }

  uncordonByHand(name: string): void {
    const node = this.knownNode(name);
    const { unschedulable: _, ...spec } = node.spec;
    this.world.store.nodes.replace({ ...node, spec });
  }

  /** The volumes attached to the node stay so, whatever its pods do. */
  holdVolumes(node: string): void {
    this.attachments.hold(node);
  }

  releaseVolumes(node: string): void {
    this.attachments.release(node);
  }

  // --------------------------------------------------------------------------------- time

  /** Lets everything happen that is due at the clock's time. */
  tick(): void {
    const { world } = this;
    const now = world.now();
    world.at(Math.min(now, world.store.lastChangeAt), () => this.reconcile());
    for (let due = world.timers.nextAt(); due !== null && due <= now; due = world.timers.nextAt()) {
      world.at(due, () => {
        world.timers.runNext();
        this.reconcile();
      });
    }
  }

  /** When something will happen by itself (epoch milliseconds), null for never. */
  nextChangeAt(): number | null {
    return this.world.timers.nextAt();
  }

  private reconcile(): void {
    const { store } = this.world;
    for (let round = 0, before = -1; before !== store.revision; round += 1) {
      if (round === MOST_ROUNDS) throw new Error('the controllers do not come to rest');
      before = store.revision;
      this.namespaces.reconcile();
      this.lifecycle.reconcile();
      this.workloads.reconcile();
      this.scheduler.reconcile();
      this.disruption.reconcile();
      this.attachments.reconcile();
    }
  }

  private knownNode(name: string): KubeNode {
    const node = this.node(name);
    if (node === undefined) throw new Error(`no node ${name}`);
    return node;
  }
}
