/** The counts that decisions compare: architecture, "Counting". Pure. */
import { isAlive, type CompleteObservation, type Instance, type Node } from '../model/observation';
import { isClosed, isWithoutSpot, type Operation, type ScaleDown, type ScaleUp } from '../model/operation';
import { TAGS } from '../model/names';
import { instancesById, instancesByOperation, instancesByPool, nodesByPool, nodesByUid } from '../model/observed';
import type { PoolKey, PoolState } from '../model/pool';

export interface Counts {
  /** Ready, schedulable nodes that no open scale-down owns, plus those coming back, plus planned ones not Ready yet. */
  readonly have: number;
  /** Instances that are alive or may be alive: what max limits. */
  readonly alive: number;
  /** Ready, schedulable nodes that no open operation owns and whose instance has not ended: what min protects. */
  readonly free: number;
  /** Planned by open scale-ups and not Ready yet. */
  readonly joining: number;
}

export function count(key: PoolKey, state: PoolState, seen: CompleteObservation): Counts {
  if (state.virtualHave !== undefined) {
    return { have: state.virtualHave, alive: state.virtualHave, free: state.virtualHave, joining: 0 };
  }
  const open = openOperations(state);
  const downs = open.filter((operation) => operation.kind === 'scale-down');
  const ups = open.filter((operation) => operation.kind === 'scale-up');
  const owned = new Set(downs.flatMap((down) => (down.node ? [down.node.name] : [])));
  const serving = poolNodes(key, seen).filter((node) => isServing(node) && !owned.has(node.name));
  const unnamed = downs.filter((down) => down.node === null && !isComingBack(down)).length;
  const returning = downs.filter((down) => isComingBack(down) && nodeIsReady(down, seen)).length;
  const forgotten = poolNodes(key, seen).filter((node) => isForgotten(node, open) && !owned.has(node.name)).length;
  const joining = sum(ups.map((up) => pendingOf(up, key, seen)));
  const fresh = new Set(ups.flatMap((up) => launchedIds(up, seen)));
  const unseen = unlistedInstances(ups, seen);
  return {
    have: serving.length - unnamed + returning + forgotten + joining,
    alive: aliveInstances(key, seen).length + unseen + strangers(key, seen, fresh),
    free: serving.filter((node) => staysInService(node, fresh, seen)).length - unnamed,
    joining,
  };
}

/** Instances that open scale-ups bought and that EC2 does not list yet. */
export function unlistedInstances(ups: readonly ScaleUp[], seen: CompleteObservation): number {
  return sum(ups.map((up) => unseenOf(up, seen)));
}

export function openOperations(state: PoolState): readonly Operation[] {
  return Object.values(state.operations).filter((operation) => !isClosed(operation));
}

/** Nodes of the pool as their label says; the control plane never counts. */
export function poolNodes(key: PoolKey, seen: CompleteObservation): readonly Node[] {
  return (nodesByPool(seen.nodes).get(key.pool) ?? []).filter((node) => !node.controlPlane);
}

export function isServing(node: Node): boolean {
  return node.ready && !node.cordoned;
}

export function poolInstances(key: PoolKey, seen: CompleteObservation): readonly Instance[] {
  const inPool = instancesByPool(seen.instances).get(key.pool) ?? [];
  return inPool.filter((instance) => instance.tags[TAGS.cluster] === key.cluster);
}

/**
 * A scale-up that rolls back, or that EC2 has just refused, though its phase does not say so yet. Not one that was
 * for spot only, of which there was none: no back-off follows.
 */
export function isFailing(up: ScaleUp): boolean {
  const { phase, attempt, answered, settled, instances } = up;
  if (isWithoutSpot(up)) return false;
  const refused = phase === 'launching' && instances.length === 0 && (answered || settled === attempt);
  return phase === 'rolling-back' || refused;
}

/** A scale-down whose node returns to service: taken back, or rolling back. */
export function isComingBack(down: ScaleDown): boolean {
  return down.phase === 'rolling-back' || (down.cancelledBy !== undefined && down.phase !== 'terminating');
}

/** Ids of what the operation launched: as EC2 answered, and as tags say when the answer was lost. */
export function launchedIds(up: ScaleUp, seen: CompleteObservation): readonly string[] {
  const tagged = instancesByOperation(seen.instances).get(up.id) ?? [];
  return [...new Set([...up.instances, ...tagged].map((instance) => instance.id))];
}

/** Marked for an operation that is over: the next sweep puts it back into service, and nothing is to be bought for it. */
function isForgotten({ ready, cordoned, markedBy }: Node, open: readonly Operation[]): boolean {
  return ready && cordoned && markedBy !== null && !open.some(({ id }) => id === markedBy);
}

function aliveInstances(key: PoolKey, seen: CompleteObservation): readonly Instance[] {
  return poolInstances(key, seen).filter(isAlive);
}

/** Nodes that the operation will still bring; what rolls back brings none. */
export function pendingOf(up: ScaleUp, key: PoolKey, seen: CompleteObservation): number {
  if (up.phase === 'rolling-back') return 0;
  const gone = up.instances.filter((instance) => instance.goneAt !== undefined || isSeenGone(instance.id, seen)).length;
  const ids = new Set(launchedIds(up, seen));
  const here = poolNodes(key, seen).filter((node) => node.ready && ids.has(node.instanceId ?? '')).length;
  return Math.max(0, up.planned - gone - here);
}

/** Instances of the operation that EC2 does not list (yet) and that may be alive all the same. */
function unseenOf(up: ScaleUp, seen: CompleteObservation): number {
  const listed = instancesById(seen.instances);
  if (up.answered) {
    return up.instances.filter((instance) => instance.goneAt === undefined && !listed.has(instance.id)).length;
  }
  const found = launchedIds(up, seen).filter((id) => listed.has(id)).length;
  return up.phase === 'rolling-back' ? 0 : Math.max(0, up.planned - found);
}

/**
 * Ready nodes of the pool whose instance is not among ours: workers that people own use up max too. What an open scale-up
 * launched is counted there, even while EC2 does not list it yet.
 */
function strangers(key: PoolKey, seen: CompleteObservation, fresh: ReadonlySet<string>): number {
  const listed = instancesById(seen.instances);
  const isOurs = ({ instanceId }: Node) => !!instanceId && (listed.has(instanceId) || fresh.has(instanceId));
  return poolNodes(key, seen).filter((node) => node.ready && !isOurs(node)).length;
}

/** A node stays Ready for some 40 s after its instance has ended: min must not rest on it. */
function staysInService({ instanceId }: Node, fresh: ReadonlySet<string>, seen: CompleteObservation): boolean {
  return instanceId === null || !(fresh.has(instanceId) || isSeenGone(instanceId, seen));
}

function isSeenGone(id: string, seen: CompleteObservation): boolean {
  const [instance] = instancesById(seen.instances).get(id) ?? [];
  return instance !== undefined && !isAlive(instance);
}

function nodeIsReady(down: ScaleDown, seen: CompleteObservation): boolean {
  return (nodesByUid(seen.nodes).get(down.node?.uid ?? '') ?? []).some((node) => node.ready);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
