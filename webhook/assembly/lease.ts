import { faultOf } from '../errors';
import type { Logger } from '../telemetry/logger';
import type { Clock, StorePort } from '../ports';

/**
 * Whether this replica sweeps a cluster and keeps its minimum. Correctness does not rest on it: two holders cost double
 * work, because every acceptance is conditional.
 */
export class Lease {
  private heldUntil = 0;

  constructor(
    private readonly deps: {
      readonly cluster: string;
      readonly owner: string;
      /** Milliseconds. */
      readonly duration: number;
      readonly store: Pick<StorePort, 'takeLease'>;
      readonly clock: Clock;
      readonly log: Logger;
    },
  ) {}

  isHeld(): boolean {
    const left = this.heldUntil - this.deps.clock.now();
    // More than a whole lease: the clock was set back, and others may hold it by now.
    return left > 0 && left <= this.deps.duration;
  }

  /** Takes or renews it; a store that does not answer means that it is not renewed. */
  async renew(): Promise<boolean> {
    const { cluster, owner, duration, store, clock, log } = this.deps;
    const until = clock.now() + duration;
    try {
      if (await store.takeLease(cluster, owner, clock.now(), until)) this.heldUntil = until;
    } catch (error) {
      log.warn({ cluster, fault: faultOf(error) }, 'could not renew the lease');
    }
    return this.isHeld();
  }

  /** Lets the next process have it at once instead of when it runs out; if the store does not answer, then it waits. */
  async release(): Promise<void> {
    if (!this.isHeld()) return;
    const { cluster, owner, store, clock, log } = this.deps;
    this.heldUntil = 0;
    try {
      await store.takeLease(cluster, owner, clock.now(), clock.now());
    } catch (error) {
      log.warn({ cluster, fault: faultOf(error) }, 'could not release the lease');
    }
  }
}
