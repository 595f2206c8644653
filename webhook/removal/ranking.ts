/** In which order the nodes of a pool go: a list of comparable reasons, the first that tells two nodes apart decides. Pure. */
import { offeringPrice } from '../cost/offering-price';
import { poolNodes } from '../decision/counting';
import { isStoodInFor } from '../decision/stand-in';
import type { Node } from '../model/observation';
import type { RemovalPolicy } from '../model/pool';
import type { Surroundings } from './surroundings';
import { zoneOf } from '../decision/zones';

/** What goes first has the smaller number. */
interface Reason {
  /** Completes "it goes before another one, because it". */
  readonly words: string;
  readonly rank: (node: Node, around: Surroundings) => number;
}

const FALLBACK: Reason = { words: 'is on demand for want of spot', rank: fallback };
const EMPTY: Reason = {
  words: 'has nothing to move',
  rank: ({ name }, around) => Number(around.drainOf(name).evict.length > 0),
};
const ZONE: Reason = { words: 'is in the zone with most nodes', rank: zone };
const SHARE: Reason = { words: 'has the least to move', rank: requestedShare };
const UNBUDGETED: Reason = { words: 'has the fewest pods without a budget', rank: unbudgeted };
const DELETION_COST: Reason = { words: 'has the cheapest pods to delete', rank: deletionCost };
const PODS: Reason = {
  words: 'has the fewest pods to move',
  rank: ({ name }, around) => around.drainOf(name).evict.length,
};
const OLDEST: Reason = { words: 'is the oldest', rank: ({ createdAt }) => createdAt };
const NEWEST: Reason = { words: 'is the newest', rank: ({ createdAt }) => -createdAt };
const COSTLIEST: Reason = { words: 'costs most', rank: (node, around) => -price(node, around) };

const LEAST_HARM = [EMPTY, ZONE, SHARE, UNBUDGETED, DELETION_COST, PODS, OLDEST];

/** docs/draining.md has the same lists. */
const ORDERS: Readonly<Record<RemovalPolicy['policy'], readonly Reason[]>> = {
  emptiest: [FALLBACK, ...LEAST_HARM],
  oldest: [FALLBACK, ZONE, OLDEST, ...LEAST_HARM],
  newest: [FALLBACK, ZONE, NEWEST, ...LEAST_HARM],
  costliest: [FALLBACK, COSTLIEST, ...LEAST_HARM],
};

/** The name makes it total. */
export function inTheirOrder(around: Surroundings): readonly Node[] {
  const reasons = reasonsFor(around);
  return poolNodes(around.key, around.seen).toSorted((a, b) => {
    for (const { rank } of reasons) {
      const difference = rank(a) - rank(b);
      if (difference !== 0) return difference;
    }
    return a.name < b.name ? -1 : 1;
  });
}

/** Why the first goes before the second. */
export function sayWhy(first: Node, second: Node, around: Surroundings): string {
  const reason = reasonsFor(around).find(({ rank }) => rank(first) !== rank(second));
  return reason?.words ?? 'is the first by name';
}

/** Each node is ranked once by each reason, and only if no reason before has told it apart. */
function reasonsFor(around: Surroundings) {
  return ORDERS[around.policy.removal.policy].map(({ words, rank }) => {
    const known = new Map<string, number>();
    return {
      words,
      rank: (node: Node): number => {
        const value = known.get(node.name) ?? rank(node, around);
        known.set(node.name, value);
        return value;
      },
    };
  });
}

/** What is on demand only for want of spot goes first, and of that what another one stands in for. */
function fallback({ instanceId }: Node, around: Surroundings): number {
  if (instanceId === null || !around.fallback().has(instanceId)) return 2;
  return isStoodInFor(instanceId, around.seen) ? 0 : 1;
}

/** Only where the pool keeps its zones alike. */
function zone(node: Node, around: Surroundings): number {
  if (around.policy.launch.balance !== 'zones') return 0;
  return -(around.servingByZone().get(zoneOf(node) ?? '')?.length ?? 0);
}

function requestedShare({ name, allocatable }: Node, around: Surroundings): number {
  let [cpu, memory] = [0, 0];
  for (const { requests } of around.drainOf(name).resettle) {
    cpu += requests.cpu;
    memory += requests.memory;
  }
  return Math.max(cpu / (allocatable.cpu || 1), memory / (allocatable.memory || 1));
}

function unbudgeted({ name }: Node, around: Surroundings): number {
  const { budgetsOf } = around.facts;
  return around.drainOf(name).evict.filter((pod) => !budgetsOf?.(pod).length).length;
}

const DELETION_COST_ANNOTATION = 'controller.kubernetes.io/pod-deletion-cost';

function deletionCost({ name }: Node, around: Surroundings): number {
  let sum = 0;
  for (const { annotations } of around.drainOf(name).evict) {
    const cost = Number(annotations[DELETION_COST_ANNOTATION] ?? 0);
    if (Number.isFinite(cost)) sum += cost;
  }
  return sum;
}

/** What nobody knows the price of goes last. */
function price({ instanceId }: Node, { prices, instances }: Surroundings): number {
  const instance = instances().get(instanceId ?? '');
  if (!prices || !instance) return 0;
  const { zone: place, type, lifecycle } = instance;
  return offeringPrice(prices, { instanceType: type, zone: place, capacity: lifecycle }) ?? 0;
}
