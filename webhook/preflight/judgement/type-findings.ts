import type { InstanceTypeFacts, TypeOffering } from '../../model/region';
import { knownOr, type PoolFacts } from './facts';
import { finding, type CheckedPool, type Finding } from './finding';
import { namesImage } from './template-findings';

const KEY = 'launch.instanceTypes';
const GIB = 1024 ** 3;
/** So many different offerings keep a shortage of one from emptying a spot pool. */
const ENOUGH_TYPES = 5;
const ENOUGH_ZONES = 2;

export function typeFindings(pool: CheckedPool, facts: PoolFacts): readonly Finding[] {
  const { instanceTypes } = pool.policy.launch;
  const known = knownOr(facts.types, []).filter(({ name }) => instanceTypes.includes(name));
  const unknown = facts.types.known ? instanceTypes.filter((name) => !known.some((it) => it.name === name)) : [];
  const offered = instanceTypes.filter((name) => !unknown.includes(name));
  return [
    ...unknown.map((name) => finding(pool, 'type-missing', KEY, `there is no instance type ${name}`)),
    ...(facts.offerings.known ? offeringFindings(pool, offered, facts.offerings.value) : []),
    ...known.flatMap((type) => [...tooSmall(pool, type), ...withoutCapacity(pool, type)]),
    ...otherArchitectures(pool, known, facts),
    ...fewForSpot(pool),
  ];
}

function offeringFindings(
  pool: CheckedPool,
  types: readonly string[],
  offerings: readonly TypeOffering[],
): readonly Finding[] {
  const zones = pool.policy.launch.subnets.map(({ zone }) => zone);
  const isOffered = (type: string, zone: string) => offerings.some((it) => it.type === type && it.zone === zone);
  if (types.length === 0) return [];
  const empty = zones.filter((zone) => !types.some((type) => isOffered(type, zone)));
  const served = zones.filter((zone) => !empty.includes(zone));
  return [
    ...empty.map((zone) => finding(pool, 'zone-without-types', KEY, `${zone} offers none of ${types.join(', ')}`)),
    ...types.flatMap((type) => {
      const missing = served.filter((zone) => !isOffered(type, zone));
      if (missing.length === 0) return [];
      const code = missing.length === served.length ? 'type-offered-nowhere' : 'type-not-offered-in-zone';
      return [finding(pool, code, KEY, `${type} is not offered in ${missing.join(', ')}`)];
    }),
  ];
}

function tooSmall(pool: CheckedPool, { name, vcpus, memory }: InstanceTypeFacts): readonly Finding[] {
  const { cpu, memory: offered } = pool.policy.node.allocatable;
  const lacks = [
    ...(vcpus < cpu ? [`${vcpus} vCPUs, a node of the pool offers ${cpu}`] : []),
    ...(memory < offered ? [`${gib(memory)} of memory, a node of the pool offers ${gib(offered)}`] : []),
  ];
  return lacks.map((what) => finding(pool, 'type-too-small', KEY, `${name} has ${what}`));
}

function gib(bytes: number): string {
  return `${Math.round((bytes / GIB) * 100) / 100} GiB`;
}

function withoutCapacity(pool: CheckedPool, { name, capacityTypes }: InstanceTypeFacts): readonly Finding[] {
  const { capacity } = pool.policy.launch;
  if (capacityTypes.includes(capacity)) return [];
  return [finding(pool, 'type-without-capacity', KEY, `${name} is not sold as ${capacity}`)];
}

/** The image says which one is right; where it cannot be looked at, the first type does. */
function otherArchitectures(
  pool: CheckedPool,
  types: readonly InstanceTypeFacts[],
  { template, architecture }: PoolFacts,
): readonly Finding[] {
  const ofImage = knownOr(architecture, null);
  const [first] = types;
  const right = ofImage ?? first?.architectures[0];
  if (right === undefined) return [];
  const image = template.known && typeof template.value === 'object' ? template.value.imageId : null;
  const whose = ofImage !== null && namesImage(image) ? `image ${image}` : (first?.name ?? '');
  return types
    .filter(({ architectures }) => !architectures.includes(right))
    .map(({ name, architectures }) => {
      const what = `${name} is ${architectures.join(', ')}, ${whose} is ${right}`;
      return finding(pool, 'type-of-another-architecture', KEY, what);
    });
}

function fewForSpot(pool: CheckedPool): readonly Finding[] {
  const { capacity, instanceTypes, subnets } = pool.policy.launch;
  if (capacity !== 'spot') return [];
  return [
    ...(instanceTypes.length < ENOUGH_TYPES
      ? [
          finding(
            pool,
            'spot-few-types',
            KEY,
            `${instanceTypes.length} types for spot, better at least ${ENOUGH_TYPES}`,
          ),
        ]
      : []),
    ...(subnets.length < ENOUGH_ZONES
      ? [finding(pool, 'spot-few-zones', 'launch.subnets', `${subnets.length} zone for spot, better at least 2`)]
      : []),
  ];
}
