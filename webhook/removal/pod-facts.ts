/** What the fate of a pod depends on besides the pod. Pure; indexes are made once an observation. */
import { matches } from '../decision/node-terms';
import type { Claim, CompleteObservation, DisruptionBudget, Pod } from '../model/observation';
import { SelectorIndex } from './selector-index';

export interface PodFacts {
  /** Epoch milliseconds. */
  readonly now: number;
  /** The budgets that cover a pod; null when they were not read. */
  readonly budgetsOf: ((pod: Pod) => readonly DisruptionBudget[]) | null;
  /** The claims that a pod uses and that exist; null when they were not read. */
  readonly claimsOf: ((pod: Pod) => readonly Claim[]) | null;
}

type Indexes = Omit<PodFacts, 'now'>;

const KNOWN = new WeakMap<CompleteObservation, Indexes>();

export function factsOf(seen: CompleteObservation, now: number): PodFacts {
  const known = KNOWN.get(seen) ?? { budgetsOf: budgetsOf(seen), claimsOf: claimsOf(seen) };
  KNOWN.set(seen, known);
  return { ...known, now };
}

function budgetsOf({ budgets }: CompleteObservation): PodFacts['budgetsOf'] {
  if (!budgets) return null;
  const index = new SelectorIndex<DisruptionBudget>();
  for (const budget of budgets) if (budget.selector) index.add([budget.namespace], budget.selector, budget);
  return (pod) => index.matching(pod);
}

function claimsOf({ claims }: CompleteObservation): PodFacts['claimsOf'] {
  if (!claims) return null;
  const byName = new Map(claims.map((claim) => [`${claim.namespace}/${claim.name}`, claim]));
  return ({ namespace, claims: names = [] }) => names.flatMap((name) => byName.get(`${namespace}/${name}`) ?? []);
}

/** Labels and fields by which a volume is bound to one machine: those of local volumes, and of K3s's local-path. */
const HOSTNAMES = ['kubernetes.io/hostname', 'metadata.name'];

/** The claim of a volume that exists on one machine only. */
export function hostBoundClaim(pod: Pod, { claimsOf: find }: PodFacts): Claim | undefined {
  if (!pod.claims || !find) return undefined;
  return find(pod).find(({ nodes }) => nodes !== null && nodes.length > 0 && nodes.every(namesAHost));
}

function namesAHost({ labels, fields }: NonNullable<Claim['nodes']>[number]): boolean {
  return [...labels, ...fields].some(({ key, operator }) => operator === 'In' && HOSTNAMES.includes(key));
}

/** The volumes of the pod can be used there; one that is not bound yet can be made anywhere. */
export function volumesReach(
  pod: Pod,
  node: { readonly labels: Readonly<Record<string, string>>; readonly name?: string },
  { claimsOf: find }: PodFacts,
): boolean {
  if (!pod.claims || !find) return true;
  return find(pod).every(({ nodes }) => nodes === null || matches(nodes, node));
}
