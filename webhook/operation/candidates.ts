/** Which node a scale-down takes: ours, allowed, unblocked, its pods fit elsewhere, those that are on demand for want of spot first, then the emptiest. Pure. */
import { isServing, launchedIds, poolInstances, poolNodes } from '../decision/counting';
import { fallbackIds } from '../decision/fallback';
import { add, fits, NOTHING, subtract, type NodeShape } from '../decision/fit';
import { isStoodInFor } from '../decision/stand-in';
import { isAlive, type CompleteObservation, type Node, type Pod, type Resources } from '../model/observation';
import { ANNOTATIONS, LABELS, TAGS } from '../model/names';
import { isClosed, type DrainTarget, type ScaleDown } from '../model/operation';
import type { PoolKey, PoolState } from '../model/pool';
import { drainList } from './pods';

export type Choice =
  | { readonly node: DrainTarget; readonly detail: string }
  | { readonly node: null; readonly reason: 'no-candidate' | 'pods-do-not-fit-elsewhere'; readonly detail: string };

/** Annotations by which people and other autoscalers keep a node: Cluster Autoscaler's, Karpenter's, Escalator's, ours. */
const OPT_OUT: readonly (readonly [string, string | null])[] = [
  ['cluster-autoscaler.kubernetes.io/scale-down-disabled', 'true'],
  ['karpenter.sh/do-not-disrupt', 'true'],
  ['atlassian.com/no-delete', null],
  [ANNOTATIONS.noScaleDown, null],
];

export interface Surroundings {
  readonly key: PoolKey;
  readonly state: PoolState;
  readonly seen: CompleteObservation;
  readonly podsByNode: ReadonlyMap<string, readonly Pod[]>;
  /** Ids of instances that are on demand only for want of spot: they cost most, and go first. */
  readonly fallback: ReadonlySet<string>;
}

export function surroundingsOf(
  key: PoolKey,
  state: PoolState,
  seen: CompleteObservation,
  onDemandBase: number,
): Surroundings {
  const podsByNode = new Map<string, Pod[]>();
  for (const pod of seen.pods) {
    if (pod.node === null) continue;
    const pods = podsByNode.get(pod.node);
    if (pods) pods.push(pod);
    else podsByNode.set(pod.node, [pod]);
  }
  return { key, state, seen, podsByNode, fallback: fallbackIds(key, seen, onDemandBase) };
}

/** The best node for a scale-down that has none yet. */
export function chooseNode(around: Surroundings): Choice {
  const refusals: string[] = [];
  let homeless = false;
  for (const node of inTheirOrder(around)) {
    const against = unavailable(node, around) ?? objection(node, around);
    if (against === null && node.instanceId) {
      const { name, uid, instanceId } = node;
      return { node: { name, uid, instanceId }, detail: `${name}: ${movableOn(name, around).length} pods to move` };
    }
    homeless ||= against?.reason === 'pods-do-not-fit-elsewhere';
    refusals.push(`${node.name}: ${against?.why}`);
  }
  const detail = refusals.slice(0, 5).join('; ') || 'the pool has no node';
  return { node: null, reason: homeless ? 'pods-do-not-fit-elsewhere' : 'no-candidate', detail };
}

/** Those that could be given back, were another one there, in the order in which they go. */
export function fallbackNodes(around: Surroundings): readonly DrainTarget[] {
  return inTheirOrder(around).flatMap((node) => {
    const { name, uid, instanceId } = node;
    if (instanceId === null || !around.fallback.has(instanceId) || unavailable(node, around)) return [];
    return [{ name, uid, instanceId }];
  });
}

/** Nothing speaks against draining the node once there is an empty one of this shape. */
export function movableTo(shape: NodeShape, { name }: DrainTarget, around: Surroundings): boolean {
  const node = around.seen.nodes.find((it) => it.name === name);
  return node !== undefined && objection(node, around, [shape]) === null;
}

export interface Objection {
  readonly reason: 'no-candidate' | 'blocked-by-pod' | 'pods-do-not-fit-elsewhere';
  readonly why: string;
}

/** What speaks against draining this node, null when nothing does; asked when it is chosen and again once it has settled. */
export function objection(node: Node, around: Surroundings, coming: readonly NodeShape[] = []): Objection | null {
  const kept = keptBy(node, around);
  if (kept) return { reason: 'no-candidate', why: kept };
  const [blocker] = drainList(around.podsByNode.get(node.name) ?? []).blockers;
  if (blocker) return { reason: 'blocked-by-pod', why: blocker };
  const lost = podWithoutHome(node.name, around, coming);
  if (!lost) return null;
  return { reason: 'pods-do-not-fit-elsewhere', why: `pod ${lost.namespace}/${lost.name} fits on no other node` };
}

/** In use by something else, or out of use already: a node that we have marked is both, so this is asked only before. */
function unavailable(node: Node, { state, seen }: Surroundings): Objection | null {
  if (!isServing(node)) return { reason: 'no-candidate', why: node.ready ? 'is cordoned' : 'is not Ready' };
  const owner = Object.values(state.operations).find((it) => ownsNode(it, node, seen));
  return owner ? { reason: 'no-candidate', why: `belongs to operation ${owner.id}` } : null;
}

function keptBy(node: Node, { key, seen }: Surroundings): string | null {
  if (node.labels[LABELS.permanent] === 'true') return 'is permanent (label)';
  const instance = poolInstances(key, seen).find((candidate) => candidate.id === node.instanceId);
  if (!instance || !isAlive(instance)) return 'is not one of our instances';
  if (TAGS.permanent in instance.tags) return 'is permanent (tag)';
  const optOut = OPT_OUT.find(
    ([name, value]) => name in node.annotations && (value ?? node.annotations[name]) === node.annotations[name],
  );
  return optOut ? `is kept by annotation ${optOut[0]}` : null;
}

function ownsNode(operation: PoolState['operations'][string], node: Node, seen: CompleteObservation): boolean {
  if (isClosed(operation) || node.instanceId === null) return false;
  if (operation.kind === 'scale-down') return operation.node?.uid === node.uid;
  return launchedIds(operation, seen).includes(node.instanceId);
}

/**
 * A pod of the node that would find no place among the other serving nodes, or null. Pods of nodes that other
 * scale-downs are emptying are placed first, since they need a place too; what is placed takes its room.
 */
function podWithoutHome(nodeName: string, around: Surroundings, coming: readonly NodeShape[]): Pod | null {
  const leaving = new Set([nodeName, ...drainingNodes(around.state)]);
  const serving = around.seen.nodes
    .filter((node) => isServing(node) && !leaving.has(node.name))
    .map((node): NodeShape => ({
      free: freeOf(node, around),
      labels: node.labels,
      taints: node.taints,
      name: node.name,
    }));
  const homes = [...serving, ...coming].map((shape) => ({ shape }));
  const others = [...leaving].filter((name) => name !== nodeName);
  const own = new Set(movableOn(nodeName, around).map((pod) => pod.uid));
  const pods = [...others.flatMap((name) => movableOn(name, around)), ...bySizeDown(movableOn(nodeName, around))];
  for (const pod of pods) {
    const home = homes.find(({ shape }) => fits(pod, shape));
    if (home) home.shape = { ...home.shape, free: subtract(home.shape.free, pod.requests) } satisfies NodeShape;
    else if (own.has(pod.uid)) return pod;
  }
  return null;
}

function drainingNodes(state: PoolState): readonly string[] {
  return Object.values(state.operations)
    .filter((it): it is ScaleDown => it.kind === 'scale-down' && !isClosed(it) && it.phase !== 'rolling-back')
    .flatMap((it) => (it.node ? [it.node.name] : []));
}

function movableOn(nodeName: string, { podsByNode }: Surroundings): readonly Pod[] {
  return drainList(podsByNode.get(nodeName) ?? []).evict;
}

function bySizeDown(pods: readonly Pod[]): readonly Pod[] {
  return pods.toSorted((a, b) => b.requests.cpu - a.requests.cpu || b.requests.memory - a.requests.memory);
}

function freeOf(node: Node, { podsByNode }: Surroundings): Resources {
  const running = (podsByNode.get(node.name) ?? []).filter(
    (pod) => pod.phase !== 'Succeeded' && pod.phase !== 'Failed',
  );
  return subtract(
    node.allocatable,
    running.reduce((total, pod) => add(total, pod.requests), NOTHING),
  );
}

function inTheirOrder(around: Surroundings): readonly Node[] {
  const rank = rankOf(around);
  const emptiness = byEmptiness(around);
  return poolNodes(around.key, around.seen).toSorted((a, b) => rank(a) - rank(b) || emptiness(a, b));
}

/** What is on demand only for want of spot goes first, and of that what another one stands in for. */
function rankOf({ fallback, seen }: Surroundings): (node: Node) => number {
  return ({ instanceId }) => {
    if (instanceId === null || !fallback.has(instanceId)) return 2;
    return isStoodInFor(instanceId, seen) ? 0 : 1;
  };
}

/** Nothing to move first, then the least requested share, fewest pods, the oldest; the name makes it total. */
function byEmptiness(around: Surroundings): (a: Node, b: Node) => number {
  const shares = new Map(around.seen.nodes.map((node) => [node.name, requestedShare(node, around)]));
  const pods = (node: Node) => movableOn(node.name, around).length;
  return (a, b) =>
    Number(pods(a) > 0) - Number(pods(b) > 0) ||
    (shares.get(a.name) ?? 0) - (shares.get(b.name) ?? 0) ||
    pods(a) - pods(b) ||
    a.createdAt - b.createdAt ||
    (a.name < b.name ? -1 : 1);
}

function requestedShare(node: Node, around: Surroundings): number {
  const wanted = movableOn(node.name, around).reduce((total, pod) => add(total, pod.requests), NOTHING);
  return Math.max(wanted.cpu / (node.allocatable.cpu || 1), wanted.memory / (node.allocatable.memory || 1));
}
