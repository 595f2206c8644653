/** Which nodes a scale-down must not take, whatever runs on them. Pure. */
import { isServing } from '../decision/counting';
import { isAlive, type Claim, type Node } from '../model/observation';
import { ANNOTATIONS, LABELS, TAGS } from '../model/names';
import { restingUntil, restWords } from './drain-rest';
import type { Surroundings } from './surroundings';
import { isZoneLabel, zoneOf } from '../decision/zones';

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
  if (owner !== undefined) return `belongs to operation ${owner}`;
  return isDrainedBeside(node, around) ? `is in zone ${zoneOf(node)}, where another node is being drained` : null;
}

/** Where a pool has several zones, one of them never loses two nodes at once. */
function isDrainedBeside(node: Node, around: Surroundings): boolean {
  const zone = zoneOf(node);
  return zone !== null && around.servingByZone().size > 1 && around.drainedZones().has(zone);
}

type Rule = (node: Node, around: Surroundings) => string | null;

const RULES: readonly Rule[] = [permanent, host, notOurs, optedOut, tooYoung, keepsItsZone, lastWithVolumes];

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

function host({ name }: Node, { policy }: Surroundings): string | null {
  return name === policy.removal.hostNode ? 'is the node that SmartScale runs on' : null;
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

/** One that a clock set back has put into the future is not young for ever. */
function tooYoung({ createdAt }: Node, { now, policy }: Surroundings): string | null {
  const age = now - createdAt;
  const { minNodeAge } = policy.removal;
  return age >= 0 && age < minNodeAge ? `is younger than ${Math.round(minNodeAge / 1000)} s` : null;
}

function keepsItsZone(node: Node, around: Surroundings): string | null {
  const { minPerZone } = around.policy.removal;
  const zone = zoneOf(node);
  if (minPerZone === 0 || zone === null) return null;
  const others = othersIn(zone, node, around);
  return others < minPerZone ? `would leave ${others} nodes in zone ${zone}, minPerZone is ${minPerZone}` : null;
}

function othersIn(zone: string, { name }: Node, around: Surroundings): number {
  const nodes = around.servingByZone().get(zone) ?? [];
  return nodes.length - (nodes.some((node) => node.name === name) ? 1 : 0);
}

/** Volumes of its zone could be used by nobody any more; of pods that wait, too. */
function lastWithVolumes(node: Node, around: Surroundings): string | null {
  const zone = zoneOf(node);
  if (zone === null || around.isServedBeside(zone, node.name)) return null;
  const { claimsOf } = around.facts;
  const pods = [...around.podsOn(node.name), ...around.unplaced()].filter((pod) => pod.claims !== undefined);
  for (const pod of pods) {
    const claim = claimsOf?.(pod).find((it) => isBoundTo(it, zone));
    if (claim)
      return `is the last Ready node in zone ${zone}, where pod ${pod.namespace}/${pod.name} has its volume ${claim.name}`;
  }
  return null;
}

function isBoundTo({ nodes }: Claim, zone: string): boolean {
  if (nodes === null) return false;
  return nodes.every(({ labels }) =>
    labels.some((it) => isZoneLabel(it.key) && it.values.length === 1 && it.values[0] === zone),
  );
}
