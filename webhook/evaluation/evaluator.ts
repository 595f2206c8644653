import { acceptanceOf, idsNeeded } from '../decision/acceptance';
import type { DecisionContext } from '../decision/case';
import { count } from '../decision/counting';
import { decideAll } from '../decision/decide';
import { belowMinimum, intentsOf, upAlertsOf, withMinimum } from '../decision/intent';
import { decideExchange, nextExchange } from '../decision/exchange';
import { spotIsBack } from '../operation/launch-plan';
import { decideReplace, namedNodes } from '../decision/replace';
import { SmartScaleError } from '../errors';
import type { Signals } from '../model/alert';
import type { Decision, Intent } from '../model/decision';
import type { Notice } from '../model/notice';
import type { CompleteObservation, Observation } from '../model/observation';
import type { OfferingMark } from '../model/offering';
import type { PoolKey, PoolPolicy, PoolState, ServiceTimings } from '../model/pool';
import type { Spending } from '../model/spending';
import type { Clock, Ids, StorePort } from '../ports';
import { Coalesced } from './coalesced';
import type { Observer } from './observer';

export interface EvaluatorDeps {
  readonly key: PoolKey;
  readonly policy: PoolPolicy;
  readonly timings: ServiceTimings;
  readonly store: Pick<StorePort, 'readPool' | 'accept'>;
  readonly observer: Pick<Observer, 'observe'>;
  readonly signals: () => Promise<Signals>;
  readonly notices: (ids: readonly string[]) => Promise<readonly Notice[]>;
  readonly spending: () => Promise<Spending | null>;
  /** What EC2 has refused lately. */
  readonly marks: () => Promise<readonly OfferingMark[]>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly owner: string;
  /** Milliseconds that an accepted operation belongs to its owner without a save. */
  readonly ownerLease: number;
  /** This replica keeps the minimum of the cluster just now. */
  readonly keepsMinimum: () => boolean;
  /** Every decision, with the state that it was made on. */
  readonly onDecision: (decision: Decision, operations: readonly string[]) => Promise<void>;
  /** A look ended, well or badly, after so many milliseconds. */
  readonly onLook: (ms: number) => void;
  /** The pool item as just read or written: the runner starts what it owns. */
  readonly onState: (state: PoolState) => void;
}

/** A process that slept since it read the pool looks again: phases move on without a new version. Protocol, not scaled. */
const STALE_AFTER = 30_000;

/** Every lost race means that somebody else accepted something; more than this in a row means that the store lies. */
const MAX_RACES = 10;

/** Looks at the level of one pool and acts on it: gather, decide, ask once more, accept. One at a time, one waiting. */
export class Evaluator {
  private readonly looks: Coalesced<Decision>;

  constructor(private readonly deps: EvaluatorDeps) {
    this.looks = new Coalesced(() => this.look());
  }

  /** Resolves with the decision of a look that began after this call. Rejects with SmartScaleError when the store fails. */
  evaluate(): Promise<Decision> {
    return this.looks.run();
  }

  private async look(): Promise<Decision> {
    const begun = this.deps.clock.now();
    try {
      return await this.lookUntilSettled();
    } finally {
      this.deps.onLook(this.deps.clock.now() - begun);
    }
  }

  private async lookUntilSettled(): Promise<Decision> {
    for (let race = 0; race < MAX_RACES; race += 1) {
      const decision = await this.lookOnce();
      if (decision) return decision;
    }
    throw new SmartScaleError('store-unreachable', `lost ${MAX_RACES} races for the pool item in a row`);
  }

  /** Null when the pool item changed between reading and accepting, or the process slept there. */
  private async lookOnce(): Promise<Decision | null> {
    const { store, key, observer, timings, signals, clock } = this.deps;
    const readAt = clock.now();
    const state = await store.readPool(key);
    this.deps.onState(state);
    const [heard, observation] = await Promise.all([
      signals(),
      // What closed an operation was seen then; an older observation would count its nodes neither here nor there.
      observer.observe({
        maxAge: timings.observationMaxAge,
        ...(state.closedAt === undefined ? {} : { after: state.closedAt }),
      }),
    ]);
    const replace = observation.complete ? await this.replace(heard, state, observation) : null;
    if (replace) return this.accept(replace, state, readAt);
    const first = await this.decide(heard, state, observation);
    if (first.outcome === 'hold') return this.settle(first, []);
    const decision = await this.decide(await signals(), state, observation);
    if (decision.outcome === 'hold') return this.settle(decision, []);
    return this.accept(decision, state, readAt);
  }

  /** Null when EC2 takes no node, or everything is done for those that it takes. */
  private async replace(signals: Signals, state: PoolState, seen: CompleteObservation): Promise<Decision | null> {
    const { key, policy, clock, notices } = this.deps;
    const named = policy.dryRun ? [] : namedNodes(signals, key, seen);
    if (named.length === 0) return null;
    // Not known is not confirmed: then the nodes are only cordoned.
    const told = await notices(named.map(({ instanceId }) => instanceId)).catch(() => []);
    return decideReplace(named, told, seen, { key, state, policy, now: clock.now() });
  }

  private async decide(signals: Signals, state: PoolState, observation: Observation): Promise<Decision> {
    const { key, policy, timings, clock } = this.deps;
    const spending = await this.deps.spending();
    const now = clock.now();
    const context: DecisionContext = {
      key,
      state,
      observation,
      policy,
      upFiring: upAlertsOf(signals, key).map(({ name }) => name),
      pipelineSilent: silenceOfPipeline(signals),
      didNotHelpAfter: timings.didNotHelpAfter,
      spending,
      spotIsGone: await this.spotIsGone(now),
      now,
    };
    return this.orExchange(decideAll(this.withMinimum(intentsOf(signals, key), context), context), context);
  }

  /** A hint, and so nothing that fails. */
  private async spotIsGone(now: number): Promise<boolean> {
    const { policy, marks } = this.deps;
    if (policy.budget === undefined || policy.launch.capacity !== 'spot') return false;
    return !spotIsBack({ policy, marks: await marks().catch(() => []), now });
  }

  /** When alerts ask for nothing, one node may be exchanged for spot. */
  private async orExchange(ordinary: Decision, context: DecisionContext): Promise<Decision> {
    const exchange = nextExchange(ordinary, context);
    if (exchange === null) return ordinary;
    const marks = exchange.step === 'launch' ? await this.deps.marks() : [];
    return decideExchange(ordinary, exchange, context, marks);
  }

  private withMinimum(asked: readonly Intent[], { state, observation, now }: DecisionContext): readonly Intent[] {
    const { key, policy, keepsMinimum } = this.deps;
    if (!observation.complete || !keepsMinimum()) return asked;
    const { alive } = count(key, state, observation);
    return alive < policy.min ? withMinimum(asked, belowMinimum(policy.min, now)) : asked;
  }

  private async accept(decision: Decision, state: PoolState, readAt: number): Promise<Decision | null> {
    const { store, key, policy, ids, clock, owner, ownerLease } = this.deps;
    const now = clock.now();
    if (now - readAt >= STALE_AFTER) return null;
    const change = acceptanceOf(decision, {
      state,
      policy,
      now,
      owner,
      ownerUntil: now + ownerLease,
      ids: Array.from({ length: idsNeeded(decision) }, () => ids.next()),
    });
    if ((await store.accept(key, change)) === 'lost') return null;
    const operations = change.operations.map((operation) => operation.id);
    await Promise.all([this.settle(decision, operations), this.showAccepted()]);
    return decision;
  }

  /** It is accepted whether or not this read succeeds: then the next look starts it. */
  private async showAccepted(): Promise<void> {
    const { store, key, onState } = this.deps;
    const state = await store.readPool(key).catch(() => null);
    if (state) onState(state);
  }

  private async settle(decision: Decision, operations: readonly string[]): Promise<Decision> {
    await this.deps.onDecision(decision, operations);
    return decision;
  }
}

/** Why the pipeline cannot be trusted with a scale-down, or null. */
export function silenceOfPipeline(signals: Signals): string | null {
  if (signals.alertmanagerSilent) return 'no Alertmanager answers';
  return signals.watchdogFresh ? null : 'the Watchdog alert is missing or stale: Prometheus or its rules are down';
}
