import { conditionOf, isTerminating, withCondition } from './conditions';
import { deletePod } from './delete-pod';
import type { KubeNode, KubePod, KubeTaint } from './objects';
import { readyCondition } from './new-node';
import { isTolerated } from './taints';
import type { KubeWorld } from './kube-world';

const TTL_ANNOTATION = 'node.alpha.kubernetes.io/ttl';
const OWN_TAINTS = ['unschedulable', 'not-ready', 'unreachable'].map((name) => `node.kubernetes.io/${name}`);

/** The controllers around Nodes: taints that follow the state, silence noticed, pods of deleted Nodes removed. */
export class NodeLifecycle {
  private readonly dirty = new Set<string>();

  constructor(
    private readonly world: KubeWorld,
    private readonly isSilent: (node: string) => boolean,
  ) {
    world.store.nodes.onChange((before, after) => {
      if (after) this.dirty.add(after.metadata.name);
      else if (before) this.nodeDeleted(before.metadata.name);
    });
  }

  reconcile(): void {
    for (const name of this.dirty) {
      this.dirty.delete(name);
      const node = this.world.store.nodes.get(name);
      if (node) this.sync(node);
    }
  }

  /** Noticed only after the grace period, and only if the kubelet is silent still. */
  kubeletSilent(name: string): void {
    this.world.after(this.world.settings.notReadyAfterMs, () => {
      const node = this.world.store.nodes.get(name);
      if (!node || !this.isSilent(name)) return;
      this.setUnknown(node);
      for (const pod of this.world.store.podsOfNode.of(name)) this.setPodNotReady(pod);
      this.world.after(this.world.settings.unreachableEvictionMs, () => this.evictUnreachable(name));
    });
  }

  private sync(node: KubeNode): void {
    const taints = this.wantedTaints(node);
    const annotated = node.metadata.annotations?.[TTL_ANNOTATION] !== undefined;
    if (annotated && sameTaints(taints, node.spec.taints ?? [])) return;
    const { taints: _, ...spec } = node.spec;
    this.world.store.nodes.replace({
      ...node,
      metadata: { ...node.metadata, annotations: { [TTL_ANNOTATION]: '0', ...node.metadata.annotations } },
      spec: taints.length > 0 ? { ...spec, taints } : spec,
    });
  }

  /** Everybody else's taints, then the ones that follow from the node's state. */
  private wantedTaints(node: KubeNode): KubeTaint[] {
    const present = node.spec.taints ?? [];
    const ready = conditionOf(node.status.conditions, 'Ready')?.status ?? 'False';
    const wanted: [string, KubeTaint['effect']][] = [];
    if (node.spec.unschedulable === true) wanted.push(['unschedulable', 'NoSchedule']);
    if (ready === 'False') wanted.push(['not-ready', 'NoSchedule']);
    if (ready === 'Unknown') wanted.push(['unreachable', 'NoSchedule'], ['unreachable', 'NoExecute']);
    return [
      ...present.filter(({ key }) => !OWN_TAINTS.includes(key)),
      ...wanted.map(([name, effect]) => this.ownTaint(present, `node.kubernetes.io/${name}`, effect)),
    ];
  }

  private ownTaint(present: readonly KubeTaint[], key: string, effect: KubeTaint['effect']): KubeTaint {
    const before = present.find((taint) => taint.key === key && taint.effect === effect);
    return before ?? { key, effect, timeAdded: this.world.store.timestamp() };
  }

  private setUnknown(node: KubeNode): void {
    const timestamp = this.world.store.timestamp();
    const heard = conditionOf(node.status.conditions, 'Ready')?.lastHeartbeatTime;
    const unknown = { ...readyCondition('Unknown', timestamp), lastHeartbeatTime: heard ?? timestamp };
    const conditions = withCondition(node.status.conditions, unknown, timestamp);
    this.world.store.nodes.replace({ ...node, status: { ...node.status, conditions } });
  }

  private setPodNotReady(pod: KubePod): void {
    if (conditionOf(pod.status.conditions, 'Ready')?.status !== 'True') return;
    const condition = { type: 'Ready', status: 'False' as const, lastProbeTime: null };
    const conditions = withCondition(pod.status.conditions, condition, this.world.store.timestamp());
    this.world.store.pods.replace({ ...pod, status: { ...pod.status, conditions } });
  }

  /** Marked for deletion, and there they hang: nobody is there who could end them. */
  private evictUnreachable(name: string): void {
    const node = this.world.store.nodes.get(name);
    if (conditionOf(node?.status.conditions, 'Ready')?.status !== 'Unknown') return;
    const taint: KubeTaint = { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' };
    for (const pod of this.world.store.podsOfNode.of(name)) {
      const forGood = (pod.spec.tolerations ?? []).filter(({ tolerationSeconds }) => tolerationSeconds === undefined);
      if (!isTerminating(pod) && !isTolerated(taint, forGood)) deletePod(this.world, pod);
    }
  }

  private nodeDeleted(name: string): void {
    this.dirty.delete(name);
    this.world.after(this.world.settings.podGcMs, () => {
      if (this.world.store.nodes.get(name)) return;
      for (const pod of this.world.store.podsOfNode.of(name)) deletePod(this.world, pod, 0);
    });
  }
}

function sameTaints(one: readonly KubeTaint[], other: readonly KubeTaint[]): boolean {
  const texts = (taints: readonly KubeTaint[]) => taints.map(({ key, effect }) => `${key}:${effect}`).sort();
  return JSON.stringify(texts(one)) === JSON.stringify(texts(other));
}
