/** Which waiting pods a new node of the pool would take, in which of its zones, and why not the others. Pure. */
import type { Claim, CompleteObservation, NodeTerm, Pod } from '../model/observation';
import { nodesByPool } from '../model/observed';
import type { PoolKey, PoolPolicy } from '../model/pool';
import { misfit, newNode, type NodeShape } from './fit';
import { matches } from './node-terms';
import { ZONE_LABELS } from './zones';

export interface Placing {
  /** Pods that nodes in `zones` would take. */
  readonly placed: readonly Pod[];
  readonly refused: readonly { readonly pod: Pod; readonly why: string }[];
  /** Where pods find a place that have none elsewhere; null = any zone of the pool will do. */
  readonly zones: readonly string[] | null;
}

/** Several pods may be bound to different zones: what suits all of them, else what suits most. A choice is enough. */
const MOST_ZONES = 3;

export function placing(pods: readonly Pod[], key: PoolKey, policy: PoolPolicy, seen: CompleteObservation): Placing {
  const nodes = newNodes(key, policy, seen);
  const judged = pods.map((pod) => ({ pod, ...placeOf(pod, nodes, seen.claims) }));
  const willing = judged.filter(({ zones }) => zones.length > 0);
  const zones = commonZones(
    willing.map((it) => it.zones),
    nodes,
  );
  const elsewhere = zones ?? [];
  return {
    placed: willing.filter((it) => elsewhere.every((zone) => it.zones.includes(zone))).map(({ pod }) => pod),
    refused: judged.filter((it) => it.zones.length === 0).map(({ pod, why }) => ({ pod, why })),
    zones: zones?.slice(0, MOST_ZONES) ?? null,
  };
}

interface NewNodes {
  readonly zones: readonly string[];
  /** What may be launched in a zone: one shape a type. */
  readonly shapesIn: (zone: string) => readonly NodeShape[];
}

const ARCHITECTURE = 'kubernetes.io/arch';

/** The labels that every K3s worker on EC2 has, below those of the configuration. */
function newNodes({ pool }: PoolKey, { node, launch }: PoolPolicy, seen: CompleteObservation): NewNodes {
  const empty = newNode(pool, node, seen);
  const alike = { 'kubernetes.io/os': 'linux', ...architecture(pool, seen) };
  const shape = (zone: string, type: string): NodeShape => ({
    ...empty,
    labels: { ...alike, ...placeLabels(zone), 'node.kubernetes.io/instance-type': type, ...empty.labels },
  });
  const zones = launch.subnets.map((subnet) => subnet.zone);
  return { zones, shapesIn: (zone) => launch.instanceTypes.map((type) => shape(zone, type)) };
}

function placeLabels(zone: string): Readonly<Record<string, string>> {
  const [region = zone] = /^[a-z]+(?:-[a-z]+)+?-\d+/.exec(zone) ?? [];
  return {
    ...Object.fromEntries(ZONE_LABELS.map((key) => [key, zone])),
    'topology.kubernetes.io/region': region,
  };
}

/** As the nodes of the pool that are there have it, when they agree: the configuration does not name it. */
function architecture(pool: string, seen: CompleteObservation): Readonly<Record<string, string>> {
  const known = (nodesByPool(seen.nodes).get(pool) ?? []).flatMap(({ labels }) => labels[ARCHITECTURE] ?? []);
  const [first, ...others] = new Set(known);
  return first !== undefined && others.length === 0 ? { [ARCHITECTURE]: first } : {};
}

/** A zone will do when every type of the pool would: nobody can say which one EC2 gives. */
function placeOf(
  pod: Pod,
  nodes: NewNodes,
  claims: readonly Claim[] | undefined,
): { zones: readonly string[]; why: string } {
  const demands = zoneDemands(pod, claims ?? []);
  const beyond = demands.find(({ zones }) => zones.length > 0 && !zones.some((zone) => nodes.zones.includes(zone)));
  const reasons = nodes.zones.map((zone) => {
    const why = nodes.shapesIn(zone).map((shape) => misfit(pod, shape) ?? volumeMisfit(pod, shape, claims));
    return { zone, why: why.find((it) => it !== null) ?? null };
  });
  const zones = reasons.filter(({ why }) => why === null).map(({ zone }) => zone);
  const why = reasons.find((it) => it.why !== null)?.why ?? '';
  return {
    zones,
    why: beyond ? `${beyond.what} ${listed(beyond.zones)}, the pool has subnets in ${listed(nodes.zones)}` : why,
  };
}

interface ZoneDemand {
  readonly what: string;
  /** None: nothing is said about zones. */
  readonly zones: readonly string[];
}

/** Everything that may name zones, so that the answer can say who does. */
function zoneDemands(
  { nodeSelector, affinity = [], claims: names = [], namespace }: Pod,
  claims: readonly Claim[],
): ZoneDemand[] {
  const volumes = claims.filter((claim) => claim.namespace === namespace && names.includes(claim.name));
  return [
    { what: 'selects', zones: ZONE_LABELS.flatMap((key) => nodeSelector[key] ?? []) },
    { what: 'requires a node in', zones: zonesIn(affinity) },
    ...volumes.map(({ name, nodes }) => ({ what: `has its volume ${name} in`, zones: zonesIn(nodes ?? []) })),
  ];
}

function zonesIn(terms: readonly NodeTerm[]): readonly string[] {
  const perTerm = terms.map(({ labels }) =>
    labels
      .filter(({ key, operator }) => operator === 'In' && ZONE_LABELS.includes(key))
      .flatMap(({ values }) => values),
  );
  // A term that names no zone leaves all of them open.
  return perTerm.some((zones) => zones.length === 0) ? [] : [...new Set(perTerm.flat())];
}

function volumeMisfit(pod: Pod, node: NodeShape, claims: readonly Claim[] | undefined): string | null {
  if (claims === undefined) return null;
  for (const name of pod.claims ?? []) {
    const claim = claims.find((it) => it.namespace === pod.namespace && it.name === name);
    if (!claim) return `uses the claim ${name}, which does not exist`;
    if (claim.nodes && !matches(claim.nodes, node)) return `has its volume ${name} where a new node is not`;
  }
  return null;
}

/** What all pods share; else the zones of most of the pods that need certain ones. Null = every zone of the pool. */
function commonZones(wishes: readonly (readonly string[])[], { zones: all }: NewNodes): readonly string[] | null {
  const bound = wishes.filter((zones) => zones.length < all.length);
  if (bound.length === 0) return null;
  const shared = all.filter((zone) => bound.every((zones) => zones.includes(zone)));
  return shared.length > 0 ? shared : mostWanted(bound);
}

function mostWanted(wishes: readonly (readonly string[])[]): readonly string[] {
  const groups = new Map<string, { zones: readonly string[]; count: number }>();
  for (const zones of wishes) {
    const name = zones.join(' ');
    groups.set(name, { zones, count: (groups.get(name)?.count ?? 0) + 1 });
  }
  const [first] = [...groups].sort(([a, one], [b, other]) => other.count - one.count || (a < b ? -1 : 1));
  return first?.[1].zones ?? [];
}

function listed(zones: readonly string[]): string {
  return zones.slice(0, 4).join(', ');
}
