/** Which nodes a scale-down must not take, whatever runs on them. Pure. */
import { isServing, launchedIds, poolInstances } from '../decision/counting';
import { isAlive, type CompleteObservation, type Node } from '../model/observation';
import { ANNOTATIONS, LABELS, TAGS } from '../model/names';
import { isClosed } from '../model/operation';
import type { PoolState } from '../model/pool';
import type { Surroundings } from './surroundings';

/** Annotations by which people and other autoscalers keep a node: Cluster Autoscaler's, Karpenter's, Escalator's, ours. */
const OPT_OUT: readonly (readonly [string, string | null])[] = [
  ['cluster-autoscaler.kubernetes.io/scale-down-disabled', 'true'],
  ['karpenter.sh/do-not-disrupt', 'true'],
  ['atlassian.com/no-delete', null],
  [ANNOTATIONS.noScaleDown, null],
];

/** In use by something else, or out of use already: a node that we have marked is both, so this is asked only before. */
export function unavailable(node: Node, { state, seen }: Surroundings): string | null {
  if (!isServing(node)) return node.ready ? 'is cordoned' : 'is not Ready';
  const owner = Object.values(state.operations).find((it) => ownsNode(it, node, seen));
  return owner ? `belongs to operation ${owner.id}` : null;
}

export function keptBy(node: Node, { key, seen }: Surroundings): string | null {
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
