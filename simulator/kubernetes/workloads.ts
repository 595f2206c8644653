import { isCompleted, isTerminating } from './conditions';
import { deletePod } from './delete-pod';
import type { KubeNode, KubePod, KubeToleration } from './objects';
import { podFrom, type PodTemplate } from './pod-template';
import { statefulStep } from './stateful-set';
import { keyOf } from './table';
import { ownerOf, type Workload, type WorkloadKind, type WorkloadSpec } from './workload';
import type { KubeWorld } from './kube-world';

/** Without vowels and look-alikes, as Kubernetes draws the ends of names. */
const LETTERS = 'bcdfghjklmnpqrstvwxz2456789';
const SCALABLE: readonly WorkloadKind[] = ['Deployment', 'StatefulSet'];
const EVERYTHING: readonly KubeToleration[] = [{ operator: 'Exists' }];

/** Keeps as many pods as each workload wants; what is evicted or deleted is made anew at once, under a new name unless it is a StatefulSet's. */
export class Workloads {
  private readonly workloads = new Map<string, Workload>();
  private readonly byOwner = new Map<string, Workload>();
  private readonly dirty = new Set<Workload>();

  constructor(private readonly world: KubeWorld) {
    world.store.pods.onChange((before, after) => {
      const owner = (after ?? before)?.metadata.ownerReferences?.find(({ controller }) => controller === true);
      const workload = owner && this.byOwner.get(owner.uid);
      if (!workload) return;
      if (workload.spec.kind === 'StatefulSet' || counts(before) !== counts(after)) this.dirty.add(workload);
    });
    world.store.namespaces.onChange((_, after) => {
      if (after?.status.phase === 'Terminating') this.forget(after.metadata.name);
    });
    world.store.nodes.onChange((before, after) => {
      if (before === null || after === null || before.metadata.labels !== after.metadata.labels) this.nodesChanged();
    });
  }

  /** Bare pods exist when this returns, all others after the next round of the controllers. */
  create(spec: WorkloadSpec): void {
    const key = keyOf(spec);
    if (this.workloads.has(key)) throw new Error(`workload ${key} exists already`);
    const owner = ownerOf(spec, this.world.store.newUid(), this.letters(10));
    const pod = spec.kind === 'DaemonSet' ? { ...spec.pod, tolerations: EVERYTHING } : (spec.pod ?? {});
    const workload: Workload = { spec: { ...spec, pod }, replicas: wholeNumber(spec.replicas ?? 1), owner };
    this.workloads.set(key, workload);
    if (owner) this.byOwner.set(owner.uid, workload);
    this.world.store.touch();
    if (spec.kind === 'Bare') this.createBare(workload);
    else this.dirty.add(workload);
  }

  /** Throws for what has no replicas. */
  scale(key: string, replicas: number): void {
    const workload = this.known(key);
    if (!SCALABLE.includes(workload.spec.kind))
      throw new Error(`${key} is a ${workload.spec.kind}: it cannot be scaled`);
    if (workload.replicas === replicas) return;
    workload.replicas = wholeNumber(replicas);
    this.world.store.touch();
    this.dirty.add(workload);
  }

  /** The workload and all of its pods go; the pods in their grace period. */
  delete(key: string): void {
    const workload = this.known(key);
    this.drop(key, workload);
    for (const pod of this.podsOf(workload)) deletePod(this.world, pod);
  }

  /** Owners go before what they own, or they would make it anew. */
  private forget(namespace: string): void {
    for (const [key, workload] of this.workloads) if (workload.spec.namespace === namespace) this.drop(key, workload);
  }

  private drop(key: string, workload: Workload): void {
    this.workloads.delete(key);
    this.dirty.delete(workload);
    if (workload.owner) this.byOwner.delete(workload.owner.uid);
  }

  /** How many pods the owner wants; null when its kind has no scale, or nobody by this uid is known. */
  desiredBy(ownerUid: string): number | null {
    const workload = this.byOwner.get(ownerUid);
    return workload && SCALABLE.includes(workload.spec.kind) ? workload.replicas : null;
  }

  reconcile(): void {
    for (const workload of this.dirty) {
      this.dirty.delete(workload);
      if (workload.spec.kind === 'DaemonSet') this.reconcileDaemons(workload);
      else if (workload.spec.kind === 'StatefulSet') this.reconcileStateful(workload);
      else this.reconcileReplicas(workload);
    }
  }

  private known(key: string): Workload {
    const workload = this.workloads.get(key);
    if (workload === undefined) throw new Error(`no workload ${key}`);
    return workload;
  }

  private nodesChanged(): void {
    for (const workload of this.workloads.values()) if (workload.spec.kind === 'DaemonSet') this.dirty.add(workload);
  }

  private podsOf({ owner, spec }: Workload): readonly KubePod[] {
    if (owner) return this.world.store.podsOfOwner.of(owner.uid);
    const pods = this.world.store.podsOfNamespace.of(spec.namespace);
    return pods.filter(({ metadata }) => !metadata.ownerReferences && metadata.labels?.['app'] === spec.name);
  }

  private reconcileReplicas(workload: Workload): void {
    const pods = this.podsOf(workload);
    const active = pods.filter((pod) => counts(pod) === 'active');
    const completed =
      workload.spec.kind === 'Job' ? pods.filter(({ status }) => status.phase === 'Succeeded').length : 0;
    const missing = workload.replicas - completed - active.length;
    for (let made = 0; made < missing; made += 1) this.createPod(workload, this.replicaName(workload));
    if (missing < 0) for (const pod of leastWorth(active).slice(0, -missing)) deletePod(this.world, pod);
  }

  private reconcileStateful(workload: Workload): void {
    const { create, remove } = statefulStep(workload, this.podsOf(workload));
    for (const name of create) this.createPod(workload, name);
    for (const pod of remove) deletePod(this.world, pod);
  }

  private reconcileDaemons(workload: Workload): void {
    const served = new Set(
      this.podsOf(workload)
        .filter((pod) => counts(pod) === 'active')
        .map((pod) => pod.spec.nodeName),
    );
    for (const node of this.world.store.nodes.list()) {
      if (served.has(node.metadata.name) || !isWanted(workload, node)) continue;
      this.createPod(workload, `${workload.spec.name}-${this.letters(5)}`, node.metadata.name);
    }
  }

  private createBare(workload: Workload): void {
    const { name } = workload.spec;
    for (let index = 1; index <= workload.replicas; index += 1) this.createPod(workload, `${name}-${index}`);
  }

  private replicaName({ owner, spec }: Workload): string {
    return `${owner?.name ?? spec.name}-${this.letters(5)}`;
  }

  private createPod({ spec, owner }: Workload, name: string, nodeName?: string): void {
    const identity = {
      name,
      namespace: spec.namespace,
      workload: spec.name,
      owner,
      ...(nodeName !== undefined && { nodeName }),
      ...(spec.kind === 'Job' && { restartPolicy: 'Never' as const }),
    };
    const template = spec.kind === 'StatefulSet' ? withClaims(spec, name) : spec.pod;
    this.world.store.pods.insert(podFrom(template, identity, this.world.store.timestamp()));
  }

  private letters(count: number): string {
    const letter = () => LETTERS.charAt(Math.floor(this.world.random() * LETTERS.length));
    return Array.from({ length: count }, letter).join('');
  }
}

function withClaims({ pod, claimTemplates = [] }: Workload['spec'], name: string): PodTemplate {
  if (claimTemplates.length === 0) return pod;
  const mounts = claimTemplates.map((claim) => {
    return { name: claim, persistentVolumeClaim: { claimName: `${claim}-${name}` } };
  });
  return { ...pod, volumes: [...(pod.volumes ?? []), ...mounts] };
}

/** What a pod is to its controller. */
function counts(pod: KubePod | null): 'active' | 'completed' | 'gone' {
  if (pod === null || isTerminating(pod)) return 'gone';
  return isCompleted(pod) ? 'completed' : 'active';
}

function isWanted({ spec }: Workload, node: KubeNode): boolean {
  return Object.entries(spec.pod.nodeSelector ?? {}).every(([key, value]) => node.metadata.labels?.[key] === value);
}

/** Which pods a ReplicaSet gives up first: not bound, then not running, then the youngest. */
function leastWorth(pods: readonly KubePod[]): KubePod[] {
  const worth = (pod: KubePod) => (pod.spec.nodeName === undefined ? 0 : pod.status.phase === 'Running' ? 2 : 1);
  const youngestFirst = [...pods].reverse();
  return youngestFirst.sort((one, other) => worth(one) - worth(other));
}

function wholeNumber(replicas: number): number {
  if (!Number.isInteger(replicas) || replicas < 0) throw new RangeError(`replicas must be a whole number: ${replicas}`);
  return replicas;
}
