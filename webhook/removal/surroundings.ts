/** What the choice of a node is made from: each thing worked out once, and only when it is asked for. Pure. */
import { fallbackIds } from '../decision/fallback';
import { isServing, launchedIds, openOperations, poolInstances, poolNodes } from '../decision/counting';
import type { CompleteObservation, Instance, Node, Pod } from '../model/observation';
import type { ScaleDown } from '../model/operation';
import type { PoolKey, PoolPolicy, PoolState } from '../model/pool';
import type { PriceBook } from '../model/price';
import { zoneOf } from '../decision/zones';
import { drainList, type DrainList } from './pod-fates';
import { factsOf, type PodFacts } from './pod-facts';

/** The part of a view, or of the context of a decision, that a removal is about. */
export interface Removal {
  readonly key: PoolKey;
  readonly state: PoolState;
  readonly policy: PoolPolicy;
  readonly now: number;
  /** Null or absent: nobody knows what anything costs. */
  readonly prices?: PriceBook | null;
}

const PODS_BY_NODE = new WeakMap<CompleteObservation, ReadonlyMap<string, readonly Pod[]>>();

export function surroundingsOf(removal: Removal, seen: CompleteObservation): Surroundings {
  return new Surroundings(removal, seen);
}

export class Surroundings {
  readonly facts: PodFacts;
  private readonly drains = new Map<string, DrainList>();

  constructor(
    private readonly removal: Removal,
    readonly seen: CompleteObservation,
  ) {
    this.facts = factsOf(seen, removal.now);
  }

  get key(): PoolKey {
    return this.removal.key;
  }

  get policy(): PoolPolicy {
    return this.removal.policy;
  }

  get now(): number {
    return this.removal.now;
  }

  get prices(): PriceBook | null {
    return this.removal.prices ?? null;
  }

  get podsByNode(): ReadonlyMap<string, readonly Pod[]> {
    const known = PODS_BY_NODE.get(this.seen) ?? podsByNode(this.seen);
    PODS_BY_NODE.set(this.seen, known);
    return known;
  }

  podsOn(nodeName: string): readonly Pod[] {
    return this.podsByNode.get(nodeName) ?? [];
  }

  /** What a drain would do with the pods of a node. */
  drainOf(nodeName: string): DrainList {
    const known = this.drains.get(nodeName) ?? drainList(this.podsOn(nodeName), this.facts);
    this.drains.set(nodeName, known);
    return known;
  }

  /** Instances of the pool by id. */
  readonly instances = once(
    () => new Map(poolInstances(this.key, this.seen).map((it): [string, Instance] => [it.id, it])),
  );

  /** Ids of instances that are on demand only for want of spot: they cost most, and go first. */
  readonly fallback = once(() => fallbackIds(this.key, this.seen, this.policy.launch.onDemandBase));

  readonly nodesByName = once(() => new Map(this.seen.nodes.map((node): [string, Node] => [node.name, node])));

  /** Nodes that other open scale-downs are emptying or are about to. */
  readonly leaving = once(() => new Set(this.openDrains().flatMap(({ node }) => (node ? [node.name] : []))));

  readonly openDrains = once(() =>
    openOperations(this.removal.state).filter(
      (it): it is ScaleDown => it.kind === 'scale-down' && it.phase !== 'rolling-back',
    ),
  );

  /** The open operation that a node belongs to: drained by it (by uid), or launched by it (by instance). */
  readonly owners = once(() => {
    const owners = new Map<string, string>();
    for (const operation of openOperations(this.removal.state)) {
      const owned = operation.kind === 'scale-down' ? [operation.node?.uid] : launchedIds(operation, this.seen);
      for (const it of owned) if (it !== undefined) owners.set(it, operation.id);
    }
    return owners;
  });

  /** Nodes of the pool that take pods and that no other drain empties. */
  readonly serving = once(() =>
    poolNodes(this.key, this.seen).filter((node) => isServing(node) && !this.leaving().has(node.name)),
  );

  /** Of the pool, by zone; those that do not say theirs are in none. */
  readonly servingByZone = once(() => byZone(this.serving()));

  /** Zones in which an open scale-down empties a node of the pool. */
  readonly drainedZones = once(
    () => new Set([...this.leaving()].flatMap((name) => zoneOf(this.nodesByName().get(name) ?? NOWHERE) ?? [])),
  );

  /** Nodes of all pools that take pods, by zone: whoever can use a volume there. */
  private readonly allByZone = once(() =>
    byZone(this.seen.nodes.filter((node) => isServing(node) && !this.leaving().has(node.name))),
  );

  /** Some other node of the zone takes pods. */
  isServedBeside(zone: string, nodeName: string): boolean {
    return (this.allByZone().get(zone) ?? []).some(({ name }) => name !== nodeName);
  }

  readonly unplaced = once(() => this.seen.pods.filter(({ node, phase }) => node === null && phase === 'Pending'));
}

const NOWHERE = { labels: {} };

function byZone(nodes: readonly Node[]): ReadonlyMap<string, readonly Node[]> {
  const zones = new Map<string, Node[]>();
  for (const node of nodes) {
    const zone = zoneOf(node);
    if (zone === null) continue;
    const there = zones.get(zone);
    if (there) there.push(node);
    else zones.set(zone, [node]);
  }
  return zones;
}

function once<T>(work: () => T): () => T {
  let known: { readonly value: T } | null = null;
  return () => (known ??= { value: work() }).value;
}

function podsByNode({ pods }: CompleteObservation): ReadonlyMap<string, readonly Pod[]> {
  const byNode = new Map<string, Pod[]>();
  for (const pod of pods) {
    if (pod.node === null) continue;
    const list = byNode.get(pod.node);
    if (list) list.push(pod);
    else byNode.set(pod.node, [pod]);
  }
  return byNode;
}
