import { isDeepStrictEqual } from 'node:util';
import type { Logger } from '../telemetry/logger';
import type { Signals } from '../model/alert';
import type { Notice } from '../model/notice';
import { isClosed, type Operation } from '../model/operation';
import type { PriceBook } from '../model/price';
import type { PoolPolicy, PoolState, ServiceTimings } from '../model/pool';
import { advance } from '../operation/advance';
import { withoutFuture } from '../operation/clock-set-back';
import { isEmptied } from '../operation/draining';
import { looksBeforeDrain } from '../operation/looks-before-drain';
import { closingOf } from '../operation/closing';
import { record } from '../operation/record';
import { confirmationOf, mayBeWithdrawn, needsConfirmation, needsNotice } from '../operation/confirmation';
import type { Action, ActionResult, View } from '../operation/step';
import type { Freshness, Observer } from '../evaluation/observer';
import type { StorePort } from '../ports';
import { isAbandoned } from './ownership';
import { refusedByEnding, rememberRefusals } from './refusals';
import { perform, type PerformerDeps } from './perform';
import type { OperationEvents } from './events';
import type { VolumeWatch } from './volume-watch';

export interface LoopDeps extends PerformerDeps {
  readonly policy: PoolPolicy;
  readonly timings: ServiceTimings;
  readonly store: Pick<
    StorePort,
    | 'readPool'
    | 'saveOperation'
    | 'closeOperation'
    | 'appendHistory'
    | 'putAttempt'
    | 'readAttempt'
    | 'putMark'
    | 'readMarks'
    | 'putJoined'
    | 'putConsole'
  >;
  readonly observer: Pick<Observer, 'observe'>;
  readonly volumes: VolumeWatch;
  readonly signals: () => Promise<Signals>;
  readonly prices?: () => PriceBook;
  readonly owner: string;
  readonly ownerLease: number;
  readonly events: OperationEvents;
  readonly log: Logger;
}

/** Waits after failures in a row: 1 s, doubled, up to 30 s. Protocol, not scaled. */
const FIRST_RETRY = 1000;
const LAST_RETRY = 30_000;

/** What the loop does next. */
type Turn = 'again' | 'wait' | 'ended';

/**
 * Runs one operation until it closes or belongs to somebody else: observe, advance, save, perform, record. Nothing that
 * matters is kept here, so a crash between any two lines is repaired by starting over.
 */
export class OperationLoop {
  /** As this loop has closed it; null while it is open, and when somebody else has. */
  closed: Operation | null = null;
  private failures = 0;
  /** Our own last effect: the next observation must have begun after it. */
  private touchedAt: number | undefined;

  constructor(
    private readonly id: string,
    private readonly deps: LoopDeps,
  ) {}

  async run(stopping: AbortSignal): Promise<void> {
    while (!stopping.aborted) {
      const turn = await this.turnOrFail();
      if (turn === 'ended') return;
      if (turn === 'wait') await this.deps.clock.sleep(this.pause(), stopping);
    }
  }

  private async turnOrFail(): Promise<Turn> {
    const before = this.failures;
    try {
      const turn = await this.turn();
      if (this.failures === before) this.failures = 0;
      return turn;
    } catch (error) {
      this.failures += 1;
      this.deps.log.warn(
        { err: error, operation: this.id, failures: this.failures },
        'could not take the operation further',
      );
      return 'wait';
    }
  }

  private async turn(): Promise<Turn> {
    const state = await this.deps.store.readPool(this.deps.key);
    const stored = state.operations[this.id];
    if (!stored) return 'ended';
    if (stored.owner !== this.deps.owner) return this.takeOver(stored);
    const operation = withoutFuture(stored, this.deps.clock.now());
    const step = advance(operation, await this.view(operation, state));
    if (isClosed(step.next)) return this.close(step.next, stored, state);
    const saved = await this.save(step.next, stored);
    if (!saved) return 'again';
    if (step.act) return this.perform(saved, step.act);
    if (saved.phase === stored.phase && isHeldUp(saved)) this.deps.events.waits(this.deps.key, saved);
    return saved === stored ? 'wait' : 'again';
  }

  private async perform(operation: Operation, action: Action): Promise<Turn> {
    const result = await perform(operation, action, this.deps);
    if (result === null) return 'again';
    const now = this.deps.clock.now();
    this.touchedAt = now;
    this.failures = result.result === 'failed' ? this.failures + 1 : 0;
    const next = record(operation, action, result, now);
    this.deps.events.acted(this.deps.key, next, action, result);
    const saved = await this.save(next, operation);
    return saved === operation || isRepeated(action, result) ? 'wait' : 'again';
  }

  /** The saved operation, the same object when there was nothing to save, null when somebody else wrote first. */
  private async save(next: Operation, seen: Operation): Promise<Operation | null> {
    const now = this.deps.clock.now();
    const renew = seen.ownerUntil - now < this.deps.ownerLease / 2;
    if (!renew && isSame(next, seen)) return seen;
    const saved = { ...next, revision: seen.revision + 1, ownerUntil: now + this.deps.ownerLease };
    const answer = await this.deps.store.saveOperation(this.deps.key, saved, seen);
    if (answer === 'lost') return null;
    if (saved.phase !== seen.phase) this.deps.events.entered(this.deps.key, saved, seen);
    return saved;
  }

  private async takeOver(operation: Operation): Promise<Turn> {
    const now = this.deps.clock.now();
    const { owner, ownerLease, key, store } = this.deps;
    if (!isAbandoned(operation, now, ownerLease)) return 'ended';
    const taken = { ...operation, owner, ownerUntil: now + ownerLease, revision: operation.revision + 1 };
    if ((await store.saveOperation(key, taken, operation)) === 'lost') return 'ended';
    this.deps.log.info({ ...key, operation: operation.id, from: operation.owner }, 'took over operation');
    return 'again';
  }

  /** The history row first, under the operation's id, so that closing twice is recorded once. */
  private async close(closed: Operation, seen: Operation, state: PoolState): Promise<Turn> {
    const { store, key, policy, clock } = this.deps;
    const now = clock.now();
    await store.appendHistory(key, {
      at: closed.acceptedAt,
      id: closed.id,
      kind: 'operation',
      revision: seen.revision,
      data: { ...closed, closedAt: now },
    });
    if (seen.ownerUntil > now) await rememberRefusals(refusedByEnding(closed), closed.id, this.deps);
    const answer = await store.closeOperation(
      key,
      closed,
      { version: state.version, revision: seen.revision, owner: seen.owner },
      closingOf(closed, state, policy, now),
    );
    if (answer === 'lost') return 'again';
    this.closed = closed;
    this.deps.events.closed(key, closed, now);
    return 'ended';
  }

  private async view(operation: Operation, state: PoolState): Promise<View> {
    const { key, policy, timings, observer, clock } = this.deps;
    const [observation, signals, notice, marks] = await Promise.all([
      observer.observe(this.freshness(operation)),
      needsConfirmation(operation, { now: clock.now(), timings }) ? this.deps.signals() : null,
      needsNotice(operation) ? this.notice(operation) : null,
      plansALaunch(operation) ? this.deps.store.readMarks(key) : [],
    ]);
    const confirmation = signals && confirmationOf(signals, key);
    const withdrawn = mayBeWithdrawn(operation, confirmation) && (await this.isWithdrawn(operation));
    const prices = this.deps.prices?.() ?? null;
    const now = clock.now();
    const view = { key, now, observation, state, policy, timings, confirmation, notice, withdrawn, marks, prices };
    const attachments = await this.attachments(operation, view);
    return attachments === undefined ? view : { ...view, now: clock.now(), attachments };
  }

  private freshness(operation: Operation): Freshness {
    return {
      maxAge: this.deps.timings.observationMaxAge,
      ...(this.touchedAt === undefined ? {} : { after: this.touchedAt }),
      ...(looksBeforeDrain(operation) && { for: 'drain' as const }),
    };
  }

  private async attachments(operation: Operation, { observation, ...sight }: View): Promise<View['attachments']> {
    if (!observation.complete || !isEmptied(operation, observation, sight)) return undefined;
    const name = operation.node?.name ?? '';
    const pods = observation.pods.filter(({ node }) => node === name);
    return this.deps.volumes.attachedTo(name, pods);
  }

  /** Only when EC2 answers: not known is not withdrawn. */
  private async isWithdrawn(operation: Operation): Promise<boolean> {
    const id = operation.kind === 'scale-down' ? operation.node?.instanceId : undefined;
    if (id === undefined) return false;
    return this.deps.ec2.notices([id]).then(
      (told) => told.length === 0,
      () => false,
    );
  }

  /** Null also when EC2 does not answer: not known is not confirmed. */
  private async notice(operation: Operation): Promise<Notice | null> {
    const id = operation.kind === 'scale-down' ? operation.node?.instanceId : undefined;
    if (id === undefined) return null;
    const [told] = await this.deps.ec2.notices([id]).catch(() => []);
    return told ?? null;
  }

  /** Never so long that the operation would fall to somebody else meanwhile. */
  private pause(): number {
    const { timings, ownerLease } = this.deps;
    if (this.failures === 0) return timings.runnerInterval;
    return Math.min(LAST_RETRY, ownerLease / 3, FIRST_RETRY * 2 ** (this.failures - 1));
  }
}

/** The next look works out a round of calls. */
function plansALaunch(operation: Operation): boolean {
  return operation.kind === 'scale-up' && operation.phase === 'launching' && !operation.answered;
}

/** On the way back the reason says why it turned back. */
function isHeldUp({ phase, reason }: Operation): boolean {
  return phase !== 'rolling-back' && reason !== undefined;
}

/** Actions that are asked for again until the world has followed: not in a hot loop. */
function isRepeated(action: Action, result: ActionResult): boolean {
  return action.do === 'evict' || result.result === 'failed';
}

function isSame(a: Operation, b: Operation): boolean {
  return a === b || isDeepStrictEqual(a, b);
}
