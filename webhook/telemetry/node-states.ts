/** Nodes of a pool by what they are doing: for the gauge, not for decisions (those count in decision/counting.ts). Pure. */
import { isServing, launchedIds, poolNodes } from '../decision/counting';
import { isAlive, type CompleteObservation, type Node } from '../model/observation';
import { instancesById, nodesByInstance } from '../model/observed';
import type { Operation } from '../model/operation';
import type { PoolKey } from '../model/pool';

/** `joining`: launched or about to be, and no Ready node yet. `draining`: owned by an open scale-down. */
export const NODE_STATES = ['ready', 'cordoned', 'draining', 'not-ready', 'joining'] as const;
export type NodeState = (typeof NODE_STATES)[number];

export function nodeStates(
  key: PoolKey,
  open: readonly Operation[],
  seen: CompleteObservation,
): Readonly<Record<NodeState, number>> {
  const leaving = new Set(open.flatMap((it) => (it.kind === 'scale-down' && it.node ? [it.node.uid] : [])));
  const coming = instancesComing(open, seen);
  const states: Record<NodeState, number> = {
    ready: 0,
    cordoned: 0,
    draining: 0,
    'not-ready': 0,
    joining: joiningOf(open, seen),
  };
  for (const node of poolNodes(key, seen)) {
    // Not Ready yet and of an open scale-up: counted as joining already.
    if (!node.ready && node.instanceId !== null && coming.has(node.instanceId)) continue;
    states[stateOf(node, leaving)] += 1;
  }
  return states;
}

function stateOf(node: Node, leaving: ReadonlySet<string>): NodeState {
  if (leaving.has(node.uid)) return 'draining';
  if (!node.ready) return 'not-ready';
  return isServing(node) ? 'ready' : 'cordoned';
}

function instancesComing(open: readonly Operation[], seen: CompleteObservation): ReadonlySet<string> {
  return new Set(open.flatMap((it) => (it.kind === 'scale-up' ? launchedIds(it, seen) : [])));
}

/** Planned less those that are Ready and those that ended. */
function joiningOf(open: readonly Operation[], seen: CompleteObservation): number {
  const nodes = nodesByInstance(seen.nodes);
  const instances = instancesById(seen.instances);
  const isReady = (id: string) => nodes.get(id)?.some(({ ready }) => ready);
  const hasEnded = (id: string) => instances.get(id)?.some((it) => !isAlive(it));
  const ups = open.filter((it) => it.kind === 'scale-up' && it.phase !== 'rolling-back');
  return ups.reduce((sum, up) => {
    if (up.kind !== 'scale-up') return sum;
    const settled = launchedIds(up, seen).filter((id) => isReady(id) || hasEnded(id)).length;
    return sum + Math.max(0, up.planned - settled);
  }, 0);
}
