/**
 * When instances ended of which EC2 does not say it: those that AWS takes itself. Whoever watches sees it to the next look;
 * what had ended before anybody watched has no end that is known, and is not counted.
 */
import type { CompleteObservation, Instance } from '../model/observation';
import { isBilled } from './cost-now';

export class EndMemory {
  private readonly ends = new Map<string, number>();
  private running: ReadonlySet<string> = new Set();
  private lastAt = -Infinity;

  see({ at, instances }: CompleteObservation): void {
    if (at <= this.lastAt) return;
    this.lastAt = at;
    for (const { id } of instances.filter((it) => !isBilled(it))) {
      if (!this.ends.has(id)) this.ends.set(id, this.running.has(id) ? at : -Infinity);
    }
    const listed = new Set(instances.map(({ id }) => id));
    for (const id of this.ends.keys()) if (!listed.has(id)) this.ends.delete(id);
    this.running = new Set(instances.filter(isBilled).map(({ id }) => id));
  }

  /** Epoch milliseconds; null while it runs. */
  endOf(instance: Instance): number | null {
    if (isBilled(instance)) return null;
    return instance.endedAt ?? this.ends.get(instance.id) ?? -Infinity;
  }
}
