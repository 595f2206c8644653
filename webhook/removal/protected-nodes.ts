/** Which nodes a scale-down must not take, whatever runs on them. Pure. */
import { isServing } from '../decision/counting';
import { isAlive, type Node } from '../model/observation';
import { ANNOTATIONS, LABELS, TAGS } from '../model/names';
import { restingUntil, restWords } from './drain-rest';
import type { Surroundings } from './surroundings';

/** Annotations by which people and other autoscalers keep a node: Cluster Autoscaler's, Karpenter's, Escalator's, ours. */
const OPT_OUT: readonly (readonly [string, string | null])[] = [
  ['cluster-autoscaler.kubernetes.io/scale-down-disabled', 'true'],
  ['karpenter.sh/do-not-disrupt', 'true'],
  ['atlassian.com/no-delete', null],
  [ANNOTATIONS.noScaleDown, null],
];

/** In use by something else, or out of use already: a node that we have marked is both, so this is asked only before. */
export function unavailable(node: Node, around: Surroundings): string | null {
  if (!isServing(node)) return node.ready ? 'is cordoned' : 'is not Ready';
  const rest = restingUntil(node, around.seen.at);
  if (rest) return restWords(rest);
  const owner = around.owners().get(node.uid) ?? around.owners().get(node.instanceId ?? '');
  return owner === undefined ? null : `belongs to operation ${owner}`;
}

type Rule = (node: Node, around: Surroundings) => string | null;

const RULES: readonly Rule[] = [permanent, notOurs, optedOut];

export function keptBy(node: Node, around: Surroundings): string | null {
  for (const rule of RULES) {
    const why = rule(node, around);
    if (why !== null) return why;
  }
  return null;
}

function permanent(node: Node): string | null {
  return node.labels[LABELS.permanent] === 'true' ? 'is permanent (label)' : null;
}

function notOurs(node: Node, around: Surroundings): string | null {
  const instance = around.instances().get(node.instanceId ?? '');
  if (!instance || !isAlive(instance)) return 'is not one of our instances';
  return TAGS.permanent in instance.tags ? 'is permanent (tag)' : null;
}

function optedOut({ annotations }: Node): string | null {
  const optOut = OPT_OUT.find(
    ([name, value]) => name in annotations && (value === null || value === annotations[name]),
  );
  return optOut ? `is kept by annotation ${optOut[0]}` : null;
}
