import type { Capacity } from '../../model/offering';
import type { InstanceTypeFacts } from '../../model/region';
import type { CheckedPool } from './finding';

/**
 * What of a pool is held against a quota. `own`: what it launches while everything is as it should be. `base`: the part of a
 * spot pool that is on demand whatever spot costs. `fallback`: all of a spot pool while there is no spot.
 */
export interface QuotaNeed {
  readonly pool: CheckedPool;
  readonly part: 'own' | 'base' | 'fallback';
  readonly capacity: Capacity;
  /** Nodes. */
  readonly least: number;
  readonly most: number;
  /** Of one node. */
  readonly vcpus: number;
}

/** Families whose vCPUs are counted together; all others (G, P, Inf, HPC, X ...) have quotas of their own. */
const STANDARD = new Set(['a', 'c', 'd', 'h', 'i', 'im', 'is', 'm', 'r', 't', 'z']);

/** The narrower part first. */
export function quotaNeeds(pool: CheckedPool, types: readonly InstanceTypeFacts[]): readonly QuotaNeed[] {
  const { min, max, launch } = pool.policy;
  const { capacity, spotFallback } = launch;
  const vcpus = largest(pool, types);
  if (vcpus === 0) return [];
  const need = (part: QuotaNeed['part'], of: Capacity, least: number, most: number): readonly QuotaNeed[] =>
    most > 0 ? [{ pool, part, capacity: of, least, most, vcpus }] : [];
  if (capacity === 'on-demand') return need('own', capacity, min, max);
  const base = Math.min(launch.onDemandBase, max);
  return [
    ...need('own', 'spot', Math.max(0, min - base), max - base),
    // Without that quota it falls back to spot, so no minimum rests on it.
    ...need('base', 'on-demand', 0, base),
    ...(spotFallback === 'on-demand' ? need('fallback', 'on-demand', 0, max) : []),
  ];
}

/** Which type EC2 takes is its choice, so the largest counts. */
function largest({ policy }: CheckedPool, types: readonly InstanceTypeFacts[]): number {
  const own = types.filter(({ name }) => policy.launch.instanceTypes.includes(name) && isStandard(name));
  return Math.max(0, ...own.map(({ vcpus }) => vcpus));
}

function isStandard(type: string): boolean {
  return STANDARD.has(/^[a-z]+/.exec(type)?.[0] ?? '');
}
