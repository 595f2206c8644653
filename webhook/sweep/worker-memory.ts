import { TAGS } from '../model/names';
import type { CompleteObservation, Instance } from '../model/observation';
import type { PoolKey } from '../model/pool';
import type { Clock, StorePort } from '../ports';

/** The store remembers for 90 days that an instance joined: one that works longer is told again. */
const TELL_AGAIN_AFTER = 30 * 86_400_000;
/** Writes of one look: whoever has just begun to sweep must not storm the table. */
const AT_ONCE = 25;

/**
 * Sees to it that the store knows of every worker that it once was a Ready node: those that people started and those that
 * work for months included. When their Node objects vanish, with an API server that lost its data, they are no orphans.
 */
export class WorkerMemory {
  /** When each instance was told to the store, epoch milliseconds. */
  private told = new Map<string, number>();

  constructor(
    private readonly cluster: string,
    private readonly store: Pick<StorePort, 'putJoined'>,
    private readonly clock: Clock,
  ) {}

  /** Rejects with SmartScaleError of the store. */
  async remember(seen: CompleteObservation, pools: ReadonlySet<string>): Promise<void> {
    const now = this.clock.now();
    const listed = new Set(seen.instances.map((it) => it.id));
    this.told = new Map([...this.told].filter(([id]) => listed.has(id)));
    const fresh = workers(seen, this.cluster)
      .filter(({ key, id }) => pools.has(key.pool) && now - (this.told.get(id) ?? -Infinity) >= TELL_AGAIN_AFTER)
      .slice(0, AT_ONCE);
    await Promise.all(fresh.map(({ key, id }) => this.store.putJoined(key, id, now)));
    for (const { id } of fresh) this.told.set(id, now);
  }
}

/** Under the pool that the instance is tagged with: the sweep asks for it there. */
function workers(
  seen: CompleteObservation,
  cluster: string,
): readonly { readonly key: PoolKey; readonly id: string }[] {
  const ready = new Set(seen.nodes.flatMap((node) => (node.ready && node.instanceId ? [node.instanceId] : [])));
  const isOurs = (it: Instance) => it.tags[TAGS.cluster] === cluster && ready.has(it.id);
  return seen.instances.filter(isOurs).map((it) => ({ key: { cluster, pool: it.tags[TAGS.pool] ?? '' }, id: it.id }));
}
