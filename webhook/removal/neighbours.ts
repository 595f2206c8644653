/**
 * What pods demand of the pods beside them: host ports, hard topology spread, required affinity and anti-affinity. Counted
 * over the whole cluster once a rule, and corrected by what leaves and what has been given a place. Pure.
 */
import { selects } from '../decision/node-terms';
import type { HostPort, NeighbourRule, Node, Pod, SpreadRule } from '../model/observation';
import { isOpenTo, type Slot } from './slot';
import { SelectorIndex } from './selector-index';
import type { Surroundings } from './surroundings';
import type { Work } from './work';

/** What has changed in thought. */
export interface Moves {
  /** Names of the nodes whose pods go. */
  readonly leaving: ReadonlySet<string>;
  readonly placed: readonly { readonly pod: Pod; readonly slot: Slot }[];
}

type Belongs = (pod: Pod) => boolean;

/** How many pods a rule counts in each domain, all nodes included. */
interface Tally {
  readonly topologyKey: string;
  readonly belongs: Belongs;
  readonly byDomain: ReadonlyMap<string, number>;
  readonly all: number;
}

export class Neighbours {
  private readonly tallies = new Map<string, Tally>();
  private readonly domains = new Map<string, ReadonlySet<string>>();
  private readonly live: readonly Pod[];
  /** Anti-affinity of pods that are there already holds against newcomers too. */
  private readonly owned = new SelectorIndex<NeighbourRule>();
  private readonly hasRules: boolean;

  constructor(
    private readonly around: Surroundings,
    private readonly slots: readonly Slot[],
    private readonly work: Work,
  ) {
    this.live = around.seen.pods.filter(isThere);
    const rules = new Map<string, NeighbourRule>();
    for (const { apart = [] } of this.live) for (const rule of apart) rules.set(keyOf(rule), rule);
    for (const rule of rules.values()) this.owned.add(rule.namespaces, rule.selector, rule);
    this.hasRules = rules.size > 0;
  }

  allow(pod: Pod, slot: Slot, moves: Moves): boolean {
    return (
      (!pod.hostPorts || this.portsAreFree(pod.hostPorts, slot, moves)) &&
      (pod.apart ?? []).every((rule) => this.count(this.matching(rule), slot, moves) === 0) &&
      (!this.hasRules || this.isLiked(pod, slot, moves)) &&
      (pod.together ?? []).every((rule) => this.isBeside(rule, pod, { slot, moves })) &&
      (pod.spread ?? []).every((rule) => this.isSpread(rule, pod, { slot, moves }))
    );
  }

  private portsAreFree(ports: readonly HostPort[], slot: Slot, { placed }: Moves): boolean {
    const there = slot.name === undefined ? [] : this.around.podsOn(slot.name).filter(isThere);
    const coming = placed.filter((it) => it.slot === slot).map(({ pod }) => pod);
    const taken = [...there, ...coming].flatMap(({ hostPorts = [] }) => hostPorts);
    return !ports.some((port) => taken.some((other) => collide(port, other)));
  }

  private isLiked(pod: Pod, slot: Slot, moves: Moves): boolean {
    return this.owned.matching(pod).every((rule) => this.count(this.owning(rule), slot, moves) === 0);
  }

  /** The first of pods that want to be together may go anywhere. */
  private isBeside(rule: NeighbourRule, pod: Pod, { slot, moves }: Place): boolean {
    if (slot.labels[rule.topologyKey] === undefined) return false;
    const tally = this.matching(rule);
    if (this.count(tally, slot, moves) > 0) return true;
    return tally.belongs(pod) && this.total(tally, moves) === 0;
  }

  private isSpread(rule: SpreadRule, pod: Pod, { slot, moves }: Place): boolean {
    if (slot.labels[rule.topologyKey] === undefined) return false;
    const tally = this.matching({ ...rule, namespaces: [pod.namespace] });
    const there = this.count(tally, slot, moves) + (tally.belongs(pod) ? 1 : 0);
    return there <= rule.maxSkew || there - this.least(rule, pod, { tally, moves }) <= rule.maxSkew;
  }

  private least(rule: SpreadRule, pod: Pod, { tally, moves }: { tally: Tally; moves: Moves }): number {
    const domains = this.domainsFor(pod, rule.topologyKey);
    this.work.do(domains.size);
    if (domains.size < (rule.minDomains ?? 1)) return 0;
    const correction = this.corrections(tally, moves);
    let least = Infinity;
    for (const domain of domains) {
      least = Math.min(least, (tally.byDomain.get(domain) ?? 0) + (correction.get(domain) ?? 0));
    }
    return least;
  }

  /** Those of nodes that the pod could be on: only they are compared. */
  private domainsFor(pod: Pod, topologyKey: string): ReadonlySet<string> {
    const key = JSON.stringify([topologyKey, pod.nodeSelector, pod.affinity]);
    const known = this.domains.get(key);
    if (known) return known;
    this.work.do(this.slots.length);
    const bare: Pod = { ...pod, tolerations: [{ operator: 'Exists' }] };
    const open = this.slots.filter((slot) => isOpenTo(bare, slot, { ...this.around.facts, claimsOf: null }));
    const domains = new Set(open.flatMap(({ labels }) => labels[topologyKey] ?? []));
    this.domains.set(key, domains);
    return domains;
  }

  private matching({ topologyKey, namespaces, selector }: NeighbourRule): Tally {
    const belongs = ({ namespace, labels }: Pod) =>
      (namespaces?.includes(namespace) ?? true) && selects(selector, labels);
    return this.tally(`matching ${keyOf({ topologyKey, namespaces, selector })}`, topologyKey, belongs);
  }

  private owning(rule: NeighbourRule): Tally {
    const wanted = keyOf(rule);
    const belongs = ({ apart = [] }: Pod) => apart.some((own) => keyOf(own) === wanted);
    return this.tally(`owning ${wanted}`, rule.topologyKey, belongs);
  }

  private tally(key: string, topologyKey: string, belongs: Belongs): Tally {
    const known = this.tallies.get(key);
    if (known) return known;
    const byDomain = new Map<string, number>();
    const members = this.live.filter(belongs);
    this.work.do(this.live.length);
    for (const { node } of members) {
      const domain = this.nodeOf(node)?.labels[topologyKey];
      if (domain !== undefined) byDomain.set(domain, (byDomain.get(domain) ?? 0) + 1);
    }
    const tally = { topologyKey, belongs, byDomain, all: members.length };
    this.tallies.set(key, tally);
    return tally;
  }

  private count(tally: Tally, { labels }: Slot, moves: Moves): number {
    const domain = labels[tally.topologyKey];
    if (domain === undefined) return 0;
    return (tally.byDomain.get(domain) ?? 0) + (this.corrections(tally, moves).get(domain) ?? 0);
  }

  private total(tally: Tally, moves: Moves): number {
    return tally.all - this.goneOf(tally, moves).length + moves.placed.filter(({ pod }) => tally.belongs(pod)).length;
  }

  private corrections(tally: Tally, moves: Moves): ReadonlyMap<string, number> {
    const byDomain = new Map<string, number>();
    const change = (domain: string | undefined, by: number) => {
      if (domain !== undefined) byDomain.set(domain, (byDomain.get(domain) ?? 0) + by);
    };
    for (const { node } of this.goneOf(tally, moves)) change(this.nodeOf(node)?.labels[tally.topologyKey], -1);
    for (const { pod, slot } of moves.placed) if (tally.belongs(pod)) change(slot.labels[tally.topologyKey], 1);
    return byDomain;
  }

  private goneOf({ belongs }: Tally, { leaving, placed }: Moves): readonly Pod[] {
    const pods = [...leaving].flatMap((name) => this.around.podsOn(name));
    this.work.do(pods.length + placed.length);
    return pods.filter((pod) => isThere(pod) && belongs(pod));
  }

  private nodeOf(name: string | null): Node | undefined {
    return this.around.nodesByName().get(name ?? '');
  }
}

interface Place {
  readonly slot: Slot;
  readonly moves: Moves;
}

function isThere({ node, phase }: Pod): boolean {
  return node !== null && phase !== 'Succeeded' && phase !== 'Failed';
}

function collide(a: HostPort, b: HostPort): boolean {
  return a.port === b.port && a.protocol === b.protocol && (a.ip === b.ip || a.ip === '' || b.ip === '');
}

function keyOf({ topologyKey, namespaces, selector }: NeighbourRule): string {
  return JSON.stringify([topologyKey, namespaces, selector]);
}
