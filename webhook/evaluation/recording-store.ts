import type { PoolKey, PoolState } from '../model/pool';
import type { Acceptance, Clock, StorePort, WriteAnswer } from '../ports';

/**
 * The acceptance of a pool in dry run: it records and never acts. A pool in dry run has a state of its own, in which
 * everything accepted is done at once, so that cooldowns run and the next decision starts from what this one would have
 * made of the pool. That state lives in memory: a restart begins again from the real pool.
 */
export class RecordingStore implements Pick<StorePort, 'readPool' | 'accept'> {
  private virtual: Partial<PoolState> = {};

  constructor(
    private readonly real: Pick<StorePort, 'readPool' | 'appendHistory'>,
    private readonly clock: Clock,
    /** What was open before the dry run began is still run to its end. */
    private readonly onRealState: (state: PoolState) => void,
  ) {}

  /** The real pauses and version, the virtual rest. */
  async readPool(key: PoolKey): Promise<PoolState> {
    const state = await this.real.readPool(key);
    this.onRealState(state);
    const { version, pauses } = state;
    return { version, pauses, operations: {}, ...this.virtual };
  }

  async accept(key: PoolKey, acceptance: Acceptance): Promise<WriteAnswer> {
    const now = this.clock.now();
    for (const operation of acceptance.operations) {
      const data = { ...operation, dryRun: true };
      await this.real.appendHistory(key, { at: now, id: operation.id, kind: 'operation', data });
    }
    this.virtual = { ...this.virtual, ...this.outcomeOf(acceptance, now) };
    return 'written';
  }

  private outcomeOf({ operations }: Acceptance, now: number): Partial<PoolState> {
    const [first] = operations;
    if (!first) return {};
    if (first.kind === 'scale-up') {
      return { virtualHave: first.trigger.have + first.planned, closedAt: now, upClosedAt: now, upAcceptedAt: now };
    }
    return { virtualHave: first.trigger.have - operations.length, closedAt: now };
  }
}
