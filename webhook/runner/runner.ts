import { setMaxListeners } from 'node:events';
import { isClosed, type Operation } from '../model/operation';
import type { PoolState } from '../model/pool';
import { Evictor } from './evictor';
import { isAbandoned } from './ownership';
import { OperationLoop, type LoopDeps } from './operation-loop';
import { VolumeWatch } from './volume-watch';
import type { KubernetesPort } from '../ports';

export interface RunnerDeps extends Omit<LoopDeps, 'evictor' | 'volumes'> {
  readonly kubernetes: LoopDeps['kubernetes'] &
    Pick<KubernetesPort, 'evict' | 'deletePod' | 'listAttachments' | 'listClaims'>;
  /** Called after an operation has closed that has changed the pool, or has become somebody else's: time for a new look. */
  readonly onClosed: () => void;
}

/** Runs the operations of one pool that this replica owns, and those whose owner has fallen silent. Never sees an alert. */
export class Runner {
  private readonly loops = new Map<string, Promise<void>>();
  private readonly stopping = new AbortController();

  constructor(private readonly deps: RunnerDeps) {
    // Every open operation sleeps on it; Node warns of a leak from eleven on.
    setMaxListeners(Infinity, this.stopping.signal);
  }

  /** Starts a loop for every open operation that is ours or ownerless and has none yet. */
  see(state: PoolState): void {
    if (this.stopping.signal.aborted) return;
    const { owner, ownerLease, clock } = this.deps;
    for (const operation of Object.values(state.operations)) {
      const mine = operation.owner === owner || isAbandoned(operation, clock.now(), ownerLease);
      if (mine && !isClosed(operation) && !this.loops.has(operation.id)) this.start(operation.id);
    }
  }

  /** Lets the calls under way finish and starts no new ones; what is open goes on where it is started next. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.loops.values());
  }

  private start(id: string): void {
    const { kubernetes, clock, log } = this.deps;
    const [evictor, volumes] = [new Evictor(kubernetes, clock), new VolumeWatch(kubernetes, clock, log)];
    const loop = new OperationLoop(id, { ...this.deps, evictor, volumes });
    const run = loop.run(this.stopping.signal).finally(() => {
      this.loops.delete(id);
      if (!this.stopping.signal.aborted && !cameToNothing(loop.closed)) this.deps.onClosed();
    });
    this.loops.set(id, run);
  }
}

/**
 * The pool is as it was: with a cooldown of nothing a look at once would accept the same again, as fast as the store
 * answers. The timer looks.
 */
function cameToNothing(closed: Operation | null): boolean {
  return closed?.kind === 'scale-down' && closed.phase === 'rolled-back';
}
