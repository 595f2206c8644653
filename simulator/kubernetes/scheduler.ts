import { isCompleted, isTerminating, withCondition } from './conditions';
import { barrier, fits, type Misfit, shortage, unschedulableMessage } from './fit';
import { NodeUsage } from './node-usage';
import type { Condition, KubeNode, KubePod, NodeSelector } from './objects';
import { type Amounts, amountsOf, podRequests } from './requests';
import { keyOf } from './table';
import { avoids } from './taints';
import { hasSpread, Neighbours } from './neighbours';
import { volumeDemands } from './volumes';
import type { KubeWorld } from './kube-world';

/** What pods that look alike to the scheduler have in common while one round lasts. */
interface Likeness {
  readonly requests: Amounts;
  /** Nodes that may take them as long as there is room. */
  readonly open: readonly Candidate[];
  readonly barriers: readonly Misfit[];
  readonly nodes: readonly KubeNode[];
  /** Set once one of them was refused: nothing is given back within the round, so the others are refused too. */
  refusal: string | null;
}

interface Candidate {
  readonly object: KubeNode;
  readonly allocatable: Amounts;
  used: Amounts;
}

/**
 * Binds pending pods, higher priority first, then in the order of creation, each to the node that is least allocated
 * afterwards (ties: by name). Looks again only when something changed that could make a pod fit.
 */
export class Scheduler {
  private readonly usage: NodeUsage;
  private readonly pending = new Map<string, KubePod>();
  private dirty = false;
  private readonly neighbours: Neighbours;
  /** Waiting pods that a binding elsewhere may help. */
  private readonly spreading = new Set<string>();

  constructor(private readonly world: KubeWorld) {
    const { pods, nodes } = world.store;
    this.usage = new NodeUsage(pods);
    this.neighbours = new Neighbours(world.store);
    pods.onChange((before, after) => {
      this.podChanged(before, after);
      this.watchSpread(before, after);
    });
    nodes.onChange((before, after) => {
      if (before === null || after === null || isOtherOffer(before, after)) this.dirty = true;
    });
  }

  reconcile(): void {
    if (!this.dirty) return;
    this.dirty = false;
    if (this.pending.size === 0) return;
    const candidates = this.candidates();
    const likenesses = new Map<string, Likeness>();
    for (const pod of [...this.pending.values()].sort(byPriority)) {
      const key = likenessOf(pod);
      const likeness = likenesses.get(key) ?? look(pod, candidates, volumeDemands(pod, this.world.store));
      likenesses.set(key, likeness);
      this.place(pod, likeness);
    }
  }

  private podChanged(before: KubePod | null, after: KubePod | null): void {
    if (after !== null && isWaiting(after)) {
      if (before === null || !isWaiting(before)) this.dirty = true;
      this.pending.set(keyOf(after.metadata), after);
      return;
    }
    if (before === null) return;
    this.pending.delete(keyOf(before.metadata));
    if (before.spec.nodeName !== undefined && (after === null || isCompleted(after))) this.dirty = true;
  }

  /** A pod that is placed or ends elsewhere can make room for one that is to be spread. */
  private watchSpread(before: KubePod | null, after: KubePod | null): void {
    if (this.spreading.size > 0 && standing(before) !== standing(after)) this.dirty = true;
    if (after !== null && isWaiting(after) && hasSpread(after)) this.spreading.add(keyOf(after.metadata));
    else if (before !== null) this.spreading.delete(keyOf(before.metadata));
  }

  private candidates(): Candidate[] {
    return this.world.store.nodes.list().map((object) => ({
      object,
      allocatable: amountsOf(object.status.allocatable),
      used: this.usage.of(object.metadata.name),
    }));
  }

  private place(pod: KubePod, likeness: Likeness): void {
    const barrierAt = this.neighbours.barriers(pod, likeness.nodes);
    const best = likeness.refusal === null ? leastAllocated(pod, likeness, barrierAt) : null;
    if (best) return this.bind(pod, best);
    likeness.refusal ??= whyNowhere(likeness, barrierAt);
    this.refuse(pod, likeness.refusal);
  }

  private bind(pod: KubePod, node: Candidate): void {
    this.setScheduled(pod, { type: 'PodScheduled', status: 'True', lastProbeTime: null }, node.object.metadata.name);
    node.used = this.usage.of(node.object.metadata.name);
  }

  private refuse(pod: KubePod, message: string): void {
    const { generation } = pod.metadata;
    const before = pod.status.conditions?.find(({ type }) => type === 'PodScheduled');
    if (before?.message === message && before.reason === 'Unschedulable') return;
    this.setScheduled(pod, {
      type: 'PodScheduled',
      ...(generation !== undefined && { observedGeneration: generation }),
      status: 'False',
      lastProbeTime: null,
      reason: 'Unschedulable',
      message,
    });
  }

  private setScheduled(pod: KubePod, condition: Condition, nodeName?: string): void {
    const conditions = withCondition(pod.status.conditions, condition, this.world.store.timestamp());
    this.world.store.pods.replace({
      ...pod,
      ...(nodeName !== undefined && { spec: { ...pod.spec, nodeName } }),
      status: { ...pod.status, conditions },
    });
  }
}

const LIKENESS = new WeakMap<KubePod['spec'], string>();

/** Equal for pods between which the scheduler sees no difference. */
function likenessOf({ spec, metadata }: KubePod): string {
  const known = LIKENESS.get(spec);
  if (known !== undefined) return known;
  const { containers, initContainers, nodeSelector, tolerations, affinity, volumes = [], ...others } = spec;
  const neighbourly = [metadata.namespace, metadata.labels, others.topologySpreadConstraints];
  const claims = volumes.flatMap(({ persistentVolumeClaim: claim }) => (claim ? [metadata.namespace, claim] : []));
  const resources = [containers, initContainers ?? []].map((each) => each.map((container) => container.resources));
  const likeness = JSON.stringify([resources, nodeSelector, tolerations, affinity, claims, neighbourly]);
  LIKENESS.set(spec, likeness);
  return likeness;
}

function isWaiting(pod: KubePod): boolean {
  return (
    pod.spec.nodeName === undefined &&
    !isTerminating(pod) &&
    !isCompleted(pod) &&
    (pod.spec.schedulingGates ?? []).length === 0
  );
}

/** Anything but heartbeats and annotations; a node that becomes Ready loses a taint. */
function isOtherOffer(before: KubeNode, after: KubeNode): boolean {
  return (
    before.spec !== after.spec ||
    before.metadata.labels !== after.metadata.labels ||
    before.status.allocatable !== after.status.allocatable
  );
}

function look(pod: KubePod, candidates: readonly Candidate[], volumes: readonly NodeSelector[]): Likeness {
  const open: Candidate[] = [];
  const barriers: Misfit[] = [];
  for (const candidate of candidates) {
    const why = barrier(pod, candidate.object, volumes);
    if (why) barriers.push(why);
    else open.push(candidate);
  }
  const nodes = candidates.map(({ object }) => object);
  return { requests: podRequests(pod), open, barriers, nodes, refusal: null };
}

function whyNowhere({ barriers, open, requests }: Likeness, barrierAt: (node: KubeNode) => Misfit | null): string {
  const shut = open.map(({ object, allocatable, used }) =>
    fits(requests, allocatable, used) ? barrierAt(object) : shortage(requests, allocatable, used),
  );
  return unschedulableMessage([...barriers, ...shut.filter((misfit) => misfit !== null)]);
}

/** Where the pod counts for those that are spread; empty for one that counts nowhere. */
function standing(pod: KubePod | null): string {
  return pod === null || isTerminating(pod) || isCompleted(pod) ? '' : (pod.spec.nodeName ?? '');
}

/** Equal shares: fewer pods, then the name. */
function leastAllocated(
  pod: KubePod,
  { open, requests }: Likeness,
  barrierAt: (node: KubeNode) => Misfit | null,
): Candidate | null {
  let best: Candidate | null = null;
  let bestScore = -Infinity;
  for (const node of open) {
    if (!fits(requests, node.allocatable, node.used) || barrierAt(node.object)) continue;
    const score = freeShare(node, requests) - (avoids(pod, node.object) ? 1 : 0);
    const isFewer = best !== null && score === bestScore && node.used.pods < best.used.pods;
    if (score > bestScore || isFewer) [best, bestScore] = [node, score];
  }
  return best;
}

function freeShare({ allocatable, used }: Candidate, requests: Amounts): number {
  const free = (name: 'cpuMillis' | 'memoryBytes') =>
    allocatable[name] === 0 ? 0 : 1 - (used[name] + requests[name]) / allocatable[name];
  return (free('cpuMillis') + free('memoryBytes')) / 2;
}

function byPriority(one: KubePod, other: KubePod): number {
  return (other.spec.priority ?? 0) - (one.spec.priority ?? 0);
}
