/** What an empty node is still waited for before its instance ends: hooks of people, and volumes that are let go of. Pure. */
import type { Node } from '../model/observation';
import { LONGEST_DETAIL, type ScaleDown } from '../model/operation';
import type { View } from './step';

/** Of the Cluster Autoscaler: whoever has something to finish on the node takes its annotation away. */
const DELAY = 'delay-deletion.cluster-autoscaler.kubernetes.io/';
/** Longest waits, seconds. */
const HOOKS = 120;
const VOLUMES = 300;

/** The operation as it waits; null when nothing holds it up any longer. */
export function heldUp(operation: ScaleDown, node: Node | undefined, view: View): ScaleDown | null {
  const emptiedAt = operation.emptiedAt ?? view.now;
  const held = [hooks(node), volumes(view)].find((hold) => hold && view.now < endOf(hold, emptiedAt, operation, view));
  if (!held) return null;
  return { ...operation, emptiedAt, reason: held.reason, detail: held.detail.slice(0, LONGEST_DETAIL['scale-down']) };
}

interface Hold {
  readonly reason: string;
  readonly detail: string;
  /** Longest wait, seconds. */
  readonly most: number;
}

function endOf({ most }: Hold, emptiedAt: number, { deadline }: ScaleDown, { now, policy }: View): number {
  return Math.min(deadline ?? now, emptiedAt + most * (policy.drain.graceSecond ?? 1000));
}

function hooks(node: Node | undefined): Hold | null {
  const hook = Object.keys(node?.annotations ?? {}).find((key) => key.startsWith(DELAY));
  return hook === undefined ? null : { reason: 'deletion-delayed', detail: hook, most: HOOKS };
}

function volumes({ attachments }: View): Hold | null {
  if (attachments === undefined || attachments?.length === 0) return null;
  const detail = attachments?.join(', ') ?? 'nobody knows which, the API server does not say';
  return { reason: 'volumes-attached', detail, most: VOLUMES };
}
