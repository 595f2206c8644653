import type { Capacity } from '../../model/offering';
import type { InstanceTypeFacts } from '../../model/region';
import { knownOr, type RegionFacts } from './facts';
import { finding, type CheckedPool, type Finding } from './finding';

/** Families whose vCPUs are counted together; all others (G, P, Inf, HPC, X ...) have quotas of their own. */
const STANDARD = new Set(['a', 'c', 'd', 'h', 'i', 'im', 'is', 'm', 'r', 't', 'z']);

const CODES: Readonly<Record<Capacity, string>> = { 'on-demand': 'L-1216C47A', spot: 'L-34B43A08' };

export function quotaFindings(pools: readonly CheckedPool[], { types, quotas }: RegionFacts): readonly Finding[] {
  if (!types.known || !quotas.known) return [];
  return (['on-demand', 'spot'] as const).flatMap((capacity) => {
    const needs = pools
      .filter(({ policy }) => policy.launch.capacity === capacity)
      .map((pool) => ({ pool, vcpus: largest(pool, knownOr(types, [])) }))
      .filter(({ vcpus }) => vcpus > 0);
    return findingsOf(needs, capacity, quotas.value[capacity]);
  });
}

interface Need {
  readonly pool: CheckedPool;
  /** Of one node. */
  readonly vcpus: number;
}

function findingsOf(needs: readonly Need[], capacity: Capacity, quota: number): readonly Finding[] {
  const each = needs.flatMap((need) => onePool(need, capacity, quota));
  const sum = needs.reduce((total, { pool, vcpus }) => total + pool.policy.max * vcpus, 0);
  const [first] = needs;
  if (each.length > 0 || sum <= quota || !first) return each;
  const what = `all pools at max need ${sum} ${capacity} vCPUs, the quota ${CODES[capacity]} is ${quota}`;
  return [finding({ cluster: first.pool.cluster }, 'quota-below-all-pools', 'pools', what)];
}

function onePool({ pool, vcpus }: Need, capacity: Capacity, quota: number): readonly Finding[] {
  const { min, max } = pool.policy;
  const say = (limit: string, nodes: number) =>
    `${limit} ${nodes} times ${vcpus} vCPUs are ${nodes * vcpus}, the ${capacity} quota ${CODES[capacity]} is ${quota}`;
  if (min * vcpus > quota) return [finding(pool, 'quota-below-min', 'min', say('min', min))];
  return max * vcpus > quota ? [finding(pool, 'quota-below-max', 'max', say('max', max))] : [];
}

/** Which type EC2 takes is its choice, so the largest counts. */
function largest({ policy }: CheckedPool, types: readonly InstanceTypeFacts[]): number {
  const own = types.filter(({ name }) => policy.launch.instanceTypes.includes(name) && isStandard(name));
  return Math.max(0, ...own.map(({ vcpus }) => vcpus));
}

function isStandard(type: string): boolean {
  return STANDARD.has(/^[a-z]+/.exec(type)?.[0] ?? '');
}
