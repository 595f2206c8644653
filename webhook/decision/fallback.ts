/** Instances of a spot pool that are on demand only because there was no spot when they were launched. Pure. */
import { TAGS } from '../model/names';
import { isAlive, type CompleteObservation } from '../model/observation';
import type { PoolKey } from '../model/pool';
import { poolInstances } from './counting';

/** Ids of those that the pool can do without; none while all that is on demand is needed for its on-demand base. */
export function fallbackIds(key: PoolKey, seen: CompleteObservation, onDemandBase: number): ReadonlySet<string> {
  const onDemand = poolInstances(key, seen).filter((it) => isAlive(it) && it.lifecycle === 'on-demand');
  if (onDemand.length <= onDemandBase) return new Set();
  return new Set(onDemand.filter(({ tags }) => TAGS.fallback in tags).map(({ id }) => id));
}
