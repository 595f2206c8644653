/**
 * What is asked of EC2 for a scale-up: in rounds, each worked out once, stored, and never changed. The first round spreads
 * the nodes over the zones, one call a zone; what EC2 did not give is asked for again wherever it has not just refused,
 * first as spot, then on demand. What is launched to exchange a node for spot is spot or nothing. Pure.
 */
import { openOperations, poolInstances } from '../decision/counting';
import { CLOCK_SKEW } from '../model/clock-skew';
import type { FleetRequest } from '../model/launch';
import { TAGS } from '../model/names';
import { isAlive } from '../model/observation';
import { isAbout, type Capacity, type Offering } from '../model/offering';
import { isExchange, type ScaleUp } from '../model/operation';
import type { View } from './step';

/** Rounds of one scale-up: spread, all other zones, on demand, and what was left of that. */
export const MOST_ROUNDS = 4;

/** After these spot comes last: EC2 may name one offering a call, and nodes that are waited for are not asked for without end. */
const SPOT_ROUNDS = 2;

/** As tags and marks name it. */
export function nameOfAttempt(operation: string, number: number): string {
  return `${operation}.${number}`;
}

export type PlanView = Pick<View, 'key' | 'policy' | 'observation' | 'state' | 'marks' | 'now'>;

/** The calls of the next round; none when there is nothing left to try. */
export function nextRound(operation: ScaleUp, whole: PlanView): readonly FleetRequest[] {
  const view = pinned(operation, whole);
  const missing = operation.planned - operation.instances.length;
  if (operation.attempt === 0) return firstRound(operation, missing, view);
  if (missing <= 0 || operation.attempt >= MOST_ROUNDS) return [];
  // Another call helps only when EC2 said what it does not have, or did not look at the request at all.
  if (!operation.elsewhere && operation.lastError?.code !== 'ec2-token-reused') return [];
  const open = capacitiesOf(operation, view).map((capacity) => openOfferings(capacity, view));
  const next = open.find((offerings) => offerings.length > 0) ?? [];
  const count = Math.min(missing, affordable(next, operation));
  // A single node goes anywhere now: its first choice has just failed.
  const parts = count === 1 ? [{ count, offerings: next }] : spread(count, next, nodesByZone(operation, view), view);
  return next.length === 0 ? [] : parts.map((part) => requestOf(operation, part, view));
}

/** Only the zones in which the pods that it is for find a place. */
function pinned({ zones }: ScaleUp, view: PlanView): PlanView {
  const { launch } = view.policy;
  const subnets = launch.subnets.filter(({ zone }) => zones?.includes(zone) ?? true);
  return { ...view, policy: { ...view.policy, launch: { ...launch, subnets } } };
}

/** What pods wait for is asked for at once, whatever was refused lately: where everything was, that is the probe. */
function firstRound(operation: ScaleUp, missing: number, view: PlanView): readonly FleetRequest[] {
  const chosen = firstChoice(operation, view);
  if (chosen.length === 0) return [];
  const base = isExchange(operation) ? 0 : Math.min(missing, missingBase(view), onDemandLeft(operation));
  const onDemand = openOfferings('on-demand', view);
  const zones = nodesByZone(operation, view);
  const rest = Math.min(missing - base, Math.max(0, affordable(chosen, operation) - base));
  // Two calls that are alike would be one to EC2: what is on demand for want of spot differs by its tag.
  const parts = [
    ...spread(base, onDemand.length > 0 ? onDemand : allOfferings('on-demand', view), zones, view).map(asBase),
    ...spread(rest, chosen, zones, view),
  ];
  return parts.map((part) => requestOf(operation, part, view));
}

function asBase(part: Part): Part {
  return { ...part, isBase: true };
}

/** Nobody waits for an exchange: it is no probe. */
function firstChoice(operation: ScaleUp, view: PlanView): readonly Offering[] {
  const open = capacitiesOf(operation, view).map((capacity) => openOfferings(capacity, view));
  const all = isExchange(operation) ? [] : allOfferings(view.policy.launch.capacity, view);
  return open.find((offerings) => offerings.length > 0) ?? all;
}

interface Part {
  readonly count: number;
  readonly offerings: readonly Offering[];
  /** On demand whatever spot costs. */
  readonly isBase?: true;
}

/** One call a zone, so that the zones become alike; a single node may go to any of the emptiest. Counts in `zones` go up. */
function spread(
  count: number,
  offerings: readonly Offering[],
  zones: Map<string, number>,
  { policy }: PlanView,
): readonly Part[] {
  if (count === 0) return [];
  if (policy.launch.balance === 'none') return [{ count, offerings }];
  const names = [...new Set(offerings.map(({ zone }) => zone))];
  const load = (zone: string) => zones.get(zone) ?? 0;
  if (count === 1) {
    const least = Math.min(...names.map(load));
    return [{ count, offerings: offerings.filter(({ zone }) => load(zone) === least) }];
  }
  const shares = new Map<string, number>();
  for (let i = 0; i < count; i += 1) {
    const [emptiest = ''] = names.toSorted((a, b) => load(a) - load(b));
    zones.set(emptiest, load(emptiest) + 1);
    shares.set(emptiest, (shares.get(emptiest) ?? 0) + 1);
  }
  return [...shares].map(([zone, share]) => ({ count: share, offerings: offerings.filter((it) => it.zone === zone) }));
}

/** Instances of the pool that stay, by zone, those that EC2 does not list yet included. Nothing is known while blind. */
function nodesByZone({ replaces }: ScaleUp, { key, state, observation }: PlanView): Map<string, number> {
  const zones = new Map<string, number>();
  if (!observation.complete) return zones;
  const add = (zone: string) => zones.set(zone, (zones.get(zone) ?? 0) + 1);
  const open = openOperations(state);
  const drained = open.flatMap((it) => (it.kind === 'scale-down' && it.node ? [it.node.instanceId] : []));
  const leaving = new Set([...drained, ...(replaces ? [replaces.instanceId] : [])]);
  const listed = new Set(observation.instances.map(({ id }) => id));
  const staying = poolInstances(key, observation).filter((it) => isAlive(it) && !leaving.has(it.id));
  const coming = open
    .flatMap((it) => (it.kind === 'scale-up' ? it.instances : []))
    .filter(({ id, goneAt }) => goneAt === undefined && !listed.has(id));
  for (const { zone } of [...staying, ...coming]) if (zone !== undefined) add(zone);
  return zones;
}

/** On-demand nodes that a spot pool is to have and does not. */
function missingBase({ key, policy, observation }: PlanView): number {
  const { capacity, onDemandBase } = policy.launch;
  if (capacity !== 'spot' || onDemandBase === 0) return 0;
  // Unknown is not zero: what is bought as base stays on demand, though the base may be there.
  if (!observation.complete) return 0;
  const alive = poolInstances(key, observation).filter(isAlive);
  return Math.max(0, onDemandBase - alive.filter(({ lifecycle }) => lifecycle === 'on-demand').length);
}

/** In the order in which they are tried. */
function capacitiesOf(operation: ScaleUp, { policy }: PlanView): readonly Capacity[] {
  const { capacity, spotFallback } = policy.launch;
  if (isExchange(operation)) return ['spot'];
  const fallsBack = capacity === 'spot' && spotFallback === 'on-demand' && onDemandLeft(operation) > 0;
  if (!fallsBack) return [capacity];
  return operation.attempt < SPOT_ROUNDS ? ['spot', 'on-demand'] : ['on-demand', 'spot'];
}

/** Whether what it has is spot nobody asks: the next decision sees what it costs, and may go on from there. */
function onDemandLeft({ onDemandAtMost = Infinity, instances }: ScaleUp): number {
  return Math.max(0, onDemandAtMost - instances.length);
}

function affordable([first]: readonly Offering[], operation: ScaleUp): number {
  return first?.capacity === 'on-demand' ? onDemandLeft(operation) : Infinity;
}

type Offered = Pick<PlanView, 'policy' | 'marks' | 'now'>;

/** At least one spot offering of the pool was not refused lately. */
export function spotIsBack(offered: Offered): boolean {
  return openOfferings('spot', offered).length > 0;
}

function openOfferings(capacity: Capacity, view: Offered): readonly Offering[] {
  const marks = view.marks.filter(({ at, until }) => until > view.now && at <= view.now + CLOCK_SKEW);
  return allOfferings(capacity, view).filter((offering) => !marks.some((mark) => isAbout(mark, offering)));
}

function allOfferings(capacity: Capacity, { policy }: Pick<PlanView, 'policy'>): readonly Offering[] {
  const { subnets, instanceTypes } = policy.launch;
  return instanceTypes.flatMap((instanceType) => subnets.map(({ zone }) => ({ instanceType, zone, capacity })));
}

function requestOf(operation: ScaleUp, part: Part, { key, policy }: PlanView): FleetRequest {
  const { offerings, count, isBase } = part;
  const { template, subnets, instanceTypes } = policy.launch;
  const subnetOf = new Map(subnets.map(({ id, zone }) => [zone, id]));
  const capacity = offerings[0]?.capacity ?? policy.launch.capacity;
  const isFallback = policy.launch.capacity === 'spot' && capacity === 'on-demand' && !isBase;
  return {
    template,
    overrides: offerings.map(({ instanceType, zone }) => ({ instanceType, subnetId: subnetOf.get(zone) ?? '', zone })),
    count,
    capacity,
    ...(instanceTypes.length * subnets.length === 1 ? { call: 'RunInstances' as const } : {}),
    tags: { ...tagsOf(operation, key), ...(isFallback ? { [TAGS.fallback]: 'true' } : {}) },
  };
}

function tagsOf({ id, attempt, replaces }: ScaleUp, key: PlanView['key']): FleetRequest['tags'] {
  return {
    Name: `${key.cluster}-${key.pool}`,
    [TAGS.cluster]: key.cluster,
    [TAGS.pool]: key.pool,
    [TAGS.operation]: id,
    [TAGS.attempt]: nameOfAttempt(id, attempt + 1),
    ...(replaces === undefined ? {} : { [TAGS.replaces]: replaces.instanceId }),
  };
}
