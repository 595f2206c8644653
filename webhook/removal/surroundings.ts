/** What the choice of a node is made from. Pure. */
import { fallbackIds } from '../decision/fallback';
import type { CompleteObservation, Pod } from '../model/observation';
import type { PoolKey, PoolState } from '../model/pool';
import { drainList } from './pod-fates';

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

/** The pods that a drain would evict. */
export function movableOn(nodeName: string, { podsByNode }: Surroundings): readonly Pod[] {
  return drainList(podsByNode.get(nodeName) ?? []).evict;
}
