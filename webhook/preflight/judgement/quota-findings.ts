import type { Capacity } from '../../model/offering';
import { knownOr, type RegionFacts } from './facts';
import { finding, type CheckedPool, type Finding } from './finding';
import { quotaNeeds, type QuotaNeed } from './quota-needs';

const CODES: Readonly<Record<Capacity, string>> = { 'on-demand': 'L-1216C47A', spot: 'L-34B43A08' };

export function quotaFindings(pools: readonly CheckedPool[], { types, quotas }: RegionFacts): readonly Finding[] {
  if (!types.known || !quotas.known) return [];
  const needs = pools.map((pool) => quotaNeeds(pool, knownOr(types, [])));
  return (['on-demand', 'spot'] as const).flatMap((capacity) => {
    const ofPools = needs.map((parts) => parts.filter((part) => part.capacity === capacity));
    return findingsOf(ofPools, { capacity, vcpus: quotas.value[capacity] });
  });
}

interface Quota {
  readonly capacity: Capacity;
  readonly vcpus: number;
}

/** `pools`: the parts of each. */
function findingsOf(pools: readonly (readonly QuotaNeed[])[], quota: Quota): readonly Finding[] {
  const each = pools.flatMap((parts) => onePool(parts, quota));
  const [first] = pools.flat();
  const what = allPools(pools, quota);
  if (each.length > 0 || what === null || !first) return each;
  return [finding({ cluster: first.pool.cluster }, 'quota-below-all-pools', 'pools', what)];
}

function onePool(parts: readonly QuotaNeed[], quota: Quota): readonly Finding[] {
  const beyond = parts.find(({ most, vcpus }) => most * vcpus > quota.vcpus);
  return beyond ? [partBeyond(beyond, quota)] : [];
}

function partBeyond({ pool, part, least, most, vcpus }: QuotaNeed, quota: Quota): Finding {
  const say = (limit: string, nodes: number) =>
    `${limit} times ${vcpus} vCPUs are ${nodes * vcpus}, the ${quota.capacity} quota ${CODES[quota.capacity]} is ${quota.vcpus}`;
  const { min, max } = pool.policy;
  if (part === 'base')
    return finding(pool, 'quota-below-base', 'launch.onDemandBase', say(`onDemandBase ${most}`, most));
  if (part === 'fallback') {
    return finding(
      pool,
      'quota-below-fallback',
      'launch.spotFallback',
      say(`while there is no spot, max ${most}`, most),
    );
  }
  if (least * vcpus > quota.vcpus)
    return finding(pool, 'quota-below-min', 'min', say(limitOf('min', min, least), least));
  return finding(pool, 'quota-below-max', 'max', say(limitOf('max', max, most), most));
}

/** "max 10", "max 10 less onDemandBase: 6" */
function limitOf(name: string, limit: number, nodes: number): string {
  return limit === nodes ? `${name} ${nodes}` : `${name} ${limit} less onDemandBase: ${nodes}`;
}

/** All pools at max at the same time: first as they are meant to be, then while there is no spot. Null: it is enough. */
function allPools(pools: readonly (readonly QuotaNeed[])[], quota: Quota): string | null {
  const meant = pools.map((parts) => parts.filter(({ part }) => part !== 'fallback'));
  const bases = vcpusOf(meant.map((parts) => parts.filter(({ part }) => part === 'base')));
  const rest = `the quota ${CODES[quota.capacity]} is ${quota.vcpus}`;
  if (vcpusOf(meant) > quota.vcpus) {
    const ofBases = bases > 0 ? ` (${bases} of them onDemandBase of spot pools)` : '';
    return `all pools at max need ${vcpusOf(meant)} ${quota.capacity} vCPUs${ofBases}, ${rest}`;
  }
  if (vcpusOf(pools) <= quota.vcpus) return null;
  return `while there is no spot, all pools at max need ${vcpusOf(pools)} ${quota.capacity} vCPUs, ${rest}`;
}

/** The base is a part of the fallback: of one pool the largest counts. */
function vcpusOf(pools: readonly (readonly QuotaNeed[])[]): number {
  return pools.reduce((sum, parts) => sum + Math.max(0, ...parts.map(({ most, vcpus }) => most * vcpus)), 0);
}
