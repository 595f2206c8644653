/** A node that may take pods, with the room that is left on it. */
import { tolerates } from '../decision/fit';
import { matches } from '../decision/node-terms';
import type { Node, Pod, Taint } from '../model/observation';
import { volumesReach, type PodFacts } from './pod-facts';

export interface Slot {
  /** Absent for a node that is still to be made. */
  readonly name?: string;
  readonly labels: Node['labels'];
  readonly taints: readonly Taint[];
  cpu: number;
  memory: number;
  pods: number;
}

/** Sums of fractions of a core are not exact. */
const ALMOST = 1e-9;

export function hasRoom({ requests }: Pod, { cpu, memory, pods }: Pick<Slot, 'cpu' | 'memory' | 'pods'>): boolean {
  return requests.cpu <= cpu + ALMOST && requests.memory <= memory && requests.pods <= pods;
}

/** Apart from its room, and from the pods that are there. */
export function isOpenTo(pod: Pod, slot: Slot, facts: PodFacts): boolean {
  for (const key in pod.nodeSelector) if (slot.labels[key] !== pod.nodeSelector[key]) return false;
  for (const taint of slot.taints) {
    if (taint.effect !== 'PreferNoSchedule' && !tolerates(pod.tolerations, taint)) return false;
  }
  if (pod.affinity && !matches(pod.affinity, slot)) return false;
  return volumesReach(pod, slot, facts);
}

export function take(slot: Pick<Slot, 'cpu' | 'memory' | 'pods'>, { requests }: Pod): void {
  slot.cpu -= requests.cpu;
  slot.memory -= requests.memory;
  slot.pods -= requests.pods;
}
