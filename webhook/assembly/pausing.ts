import { SmartScaleError } from '../errors';
import type { PauseOrder } from '../http/deps';
import type { Direction } from '../model/pool';
import type { Clock, StorePort } from '../ports';
import type { Logger } from '../telemetry/logger';
import type { ClusterUnit } from './cluster-unit';
import type { PoolUnit } from './pool-unit';

export interface PausingDeps {
  readonly clusters: ReadonlyMap<string, ClusterUnit>;
  readonly store: Pick<StorePort, 'setPause' | 'appendHistory'>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The service's own switch, stored in the pool items. Answers with the pools that it moved. */
export class Pausing {
  constructor(private readonly deps: PausingDeps) {}

  pause(order: PauseOrder): Promise<readonly string[]> {
    return this.set(order, 'paused');
  }

  resume(order: PauseOrder): Promise<readonly string[]> {
    return this.set(order, 'resumed');
  }

  private async set(order: PauseOrder, what: 'paused' | 'resumed'): Promise<readonly string[]> {
    const { store, clock, log } = this.deps;
    const { by, reason, until, direction } = order;
    const now = clock.now();
    const pause = what === 'paused' ? { by, reason, until, since: now } : null;
    const pools = this.poolsOf(order);
    for (const { key } of pools) {
      for (const one of directionsOf(direction)) await store.setPause(key, one, pause);
      const id = `${what}-${direction}-${now}`;
      await store.appendHistory(key, { at: now, id, kind: 'pause', data: { what, direction, by, reason, until } });
      log.info({ ...key, direction, by, reason, until }, what);
    }
    // What is stored is shown at once, not at the next look.
    await Promise.all(pools.map((pool) => pool.evaluate()));
    return pools.map((pool) => pool.key.pool);
  }

  private poolsOf({ cluster, pool }: PauseOrder): readonly PoolUnit[] {
    const unit = this.deps.clusters.get(cluster);
    if (!unit) throw new SmartScaleError('bad-request', `cluster ${cluster} is not configured`);
    if (pool === undefined) return [...unit.pools.values()];
    const one = unit.pools.get(pool);
    if (!one) throw new SmartScaleError('bad-request', `pool ${pool} of cluster ${cluster} is not configured`);
    return [one];
  }
}

function directionsOf(direction: PauseOrder['direction']): readonly Direction[] {
  return direction === 'both' ? ['up', 'down'] : [direction];
}
