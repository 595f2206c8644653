import { DecisionLog } from '../evaluation/decision-log';
import { Evaluator } from '../evaluation/evaluator';
import type { Observer } from '../evaluation/observer';
import { RecordingStore } from '../evaluation/recording-store';
import { faultOf } from '../errors';
import type { Signals } from '../model/alert';
import type { Decision } from '../model/decision';
import { EMPTY_POOL, type PoolKey, type PoolPolicy, type PoolState, type ServiceTimings } from '../model/pool';
import type { PriceBook } from '../model/price';
import type { Spending } from '../model/spending';
import type { Clock, Ec2Port, Ids, KubernetesPort, StorePort } from '../ports';
import type { OperationEvents } from '../runner/events';
import { Runner } from '../runner/runner';
import type { Logger } from '../telemetry/logger';

export interface PoolUnitDeps {
  readonly key: PoolKey;
  readonly policy: PoolPolicy;
  readonly timings: ServiceTimings;
  readonly store: StorePort;
  readonly ec2: Ec2Port;
  readonly kubernetes: KubernetesPort;
  readonly observer: Observer;
  readonly signals: () => Promise<Signals>;
  readonly spending: () => Promise<Spending | null>;
  readonly prices: () => PriceBook;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly owner: string;
  readonly ownerLease: number;
  readonly keepsMinimum: () => boolean;
  readonly events: OperationEvents;
  /** `operations`: ids of those that it accepted. */
  readonly onDecision: (key: PoolKey, decision: Decision, operations: readonly string[]) => void;
  readonly onLook: (key: PoolKey, ms: number) => void;
  readonly log: Logger;
}

/** Everything that one pool needs: an evaluator that decides and a runner that acts; they meet in the store. */
export class PoolUnit {
  readonly key: PoolKey;
  readonly policy: PoolPolicy;
  private readonly evaluator: Evaluator;
  private readonly runner: Runner;
  private readonly decisions: DecisionLog;
  private readonly store: Pick<StorePort, 'readPool' | 'accept'>;
  private known: PoolState = EMPTY_POOL;

  constructor(private readonly deps: PoolUnitDeps) {
    const { key, policy, log } = deps;
    this.key = key;
    this.policy = policy;
    this.decisions = new DecisionLog(deps);
    this.store = policy.dryRun
      ? new RecordingStore(deps.store, deps.clock, (state) => this.runner.see(state))
      : deps.store;
    // What a cooldown or an open operation held back is looked at when an operation has closed.
    this.runner = new Runner({ ...deps, onClosed: () => this.lookSoon() });
    this.evaluator = new Evaluator({
      ...deps,
      store: this.store,
      onDecision: async (decision, operations) => {
        deps.onDecision(key, decision, operations);
        await this.decisions.note(decision, operations);
      },
      notices: (ids) => deps.ec2.notices(ids),
      marks: () => deps.store.readMarks(key),
      onLook: (ms) => deps.onLook(key, ms),
      onState: (state) => this.see(state),
    });
    log.debug({ ...key, dryRun: policy.dryRun }, 'pool is configured');
  }

  evaluate(): Promise<Decision> {
    return this.evaluator.evaluate();
  }

  /** Looks without anybody waiting for it. */
  lookSoon(): void {
    this.evaluate().catch((error: unknown) => {
      this.deps.log.warn({ ...this.key, fault: faultOf(error) }, 'could not look at the level');
    });
  }

  /** Reads the pool item anew, for displays. Rejects with SmartScaleError of the store. */
  async refresh(): Promise<void> {
    this.see(await this.store.readPool(this.key));
  }

  /** The pool item as last read: for displays. */
  get state(): PoolState {
    return this.known;
  }

  get lastDecision(): Decision | null {
    return this.decisions.last();
  }

  async stop(): Promise<void> {
    await this.runner.stop();
  }

  private see(state: PoolState): void {
    this.known = state;
    this.runner.see(state);
  }
}
