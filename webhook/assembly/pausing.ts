import { faultOf, SmartScaleError } from '../errors';
import type { PauseOrder } from '../http/deps';
import type { Direction, PoolKey } from '../model/pool';
import type { Clock, StorePort } from '../ports';
import type { Logger } from '../telemetry/logger';
import type { ClusterUnit } from './cluster-unit';
import type { LiveEvents } from './live-events';
import type { PoolUnit } from './pool-unit';

export interface PausingDeps {
  readonly clusters: ReadonlyMap<string, ClusterUnit>;
  readonly store: Pick<StorePort, 'setPause' | 'appendHistory'>;
  readonly liveEvents: Pick<LiveEvents, 'tell'>;
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
    const { store, liveEvents, clock, log } = this.deps;
    const { by, reason, until, direction } = order;
    const now = clock.now();
    const pause = what === 'paused' ? { by, reason, until, since: now } : null;
    const pools = this.poolsOf(order);
    // All switches before the first row: whoever is told of a failure repeats an order, and finds nothing half done.
    for (const { key } of pools) for (const one of directionsOf(direction)) await store.setPause(key, one, pause);
    for (const { key } of pools) {
      liveEvents.tell(key, what);
      await this.note(key, { at: now, what, direction, by, reason, until });
      log.info({ ...key, direction, by, reason, until }, what);
    }
    // Shown at once, and not only when EC2 and K3s have answered: they may be why somebody pauses.
    await Promise.all(pools.map((pool) => pool.refresh()));
    for (const pool of pools) pool.lookSoon();
    return pools.map((pool) => pool.key.pool);
  }

  /** History is for people: failing to write it must not make a switch that is set look unset. */
  private async note(
    key: PoolKey,
    { at, ...data }: { at: number; what: string } & Omit<PauseOrder, 'cluster' | 'pool'>,
  ) {
    try {
      await this.deps.store.appendHistory(key, { at, id: `${data.what}-${data.direction}-${at}`, kind: 'pause', data });
    } catch (error) {
      this.deps.log.warn({ ...key, fault: faultOf(error) }, 'could not write history');
    }
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
