/** What must hold whenever a decision is accepted, worked out anew from what was accepted and closed before. */
import { pauseHolds } from '../../../webhook/decision/vetoes';
import type { Operation, ScaleDown, ScaleUp } from '../../../webhook/model/operation';
import type { PoolPolicy, PoolState } from '../../../webhook/model/pool';
import type { Acceptance, Closing } from '../../../webhook/ports';
import { Broken } from '../support/story';
import type { Truth } from '../support/truth';

/** A phase change leaves the version of the pool alone: a decision may be that much older. Milliseconds. */
const SEEN_WITHIN = 30_000;

/** The clocks of the pool and its circuit, kept by the test from endings alone. */
export class Clocks {
  private upClosedAt = -Infinity;
  private closedAt = -Infinity;
  private upAcceptedAt = -Infinity;
  private failures = 0;
  private backoffUntil = -Infinity;

  constructor(private readonly policy: PoolPolicy) {}

  /** Only single nodes are launched to see whether launches work again. */
  get circuitIsOpen(): boolean {
    return this.failures >= this.policy.circuit.opensAfter;
  }

  closed(operation: Operation, { closedAt }: Closing): void {
    this.closedAt = closedAt;
    if (operation.kind === 'scale-down' || operation.reason === 'no-longer-wanted') return;
    const wasProbe = this.circuitIsOpen;
    if (operation.phase === 'done') {
      if (!wasProbe) this.upClosedAt = closedAt;
      this.failures = 0;
      this.backoffUntil = -Infinity;
      return;
    }
    this.upClosedAt = closedAt;
    this.failures += 1;
    this.backoffUntil = closedAt + this.backoff();
  }

  checkUp(up: ScaleUp, before: readonly Operation[]): void {
    const at = up.acceptedAt;
    const ups = before.filter((it) => it.kind === 'scale-up');
    const { cooldown } = this.policy;
    this.checkFailures(up, ups);
    if (!up.trigger.urgent && ups.length > 0) {
      throw new Broken('in-flight', `${up.id} is not urgent and was accepted beside an open scale-up`);
    }
    if (!up.trigger.urgent && runs(this.upClosedAt, cooldown.up, at)) {
      throw new Broken('cooldown', `${up.id} was accepted inside the up cooldown`);
    }
    if (ups.length > 0 && runs(this.upAcceptedAt, cooldown.topUp, at)) {
      throw new Broken('top-up', `${up.id} came too soon after the one before`);
    }
    this.upAcceptedAt = at;
  }

  private checkFailures({ id, acceptedAt: at, planned }: ScaleUp, ups: readonly ScaleUp[]): void {
    if (at < this.backoffUntil) throw new Broken('back-off', `${id} was accepted inside the back-off`);
    if (ups.some(({ phase, phaseAt }) => phase === 'rolling-back' && phaseAt < at - SEEN_WITHIN)) {
      throw new Broken('back-off', `${id} was accepted beside a scale-up that rolls back`);
    }
    if (this.circuitIsOpen && (ups.length > 0 || planned > 1)) {
      throw new Broken('circuit', `${id} launches ${planned} beside ${ups.length} others, and launches keep failing`);
    }
  }

  checkDown(down: ScaleDown, before: readonly Operation[]): void {
    if (before.some(({ kind }) => kind === 'scale-up')) {
      throw new Broken('in-flight', `${down.id} was accepted beside an open scale-up`);
    }
    if (runs(this.closedAt, this.policy.cooldown.down, down.acceptedAt)) {
      throw new Broken('cooldown', `${down.id} was accepted inside the down cooldown`);
    }
  }

  private backoff(): number {
    const { cooldown, circuit } = this.policy;
    const grown = cooldown.backoffFirst * 2 ** (this.failures - 1);
    const open = this.circuitIsOpen ? circuit.openFor * 2 ** (this.failures - circuit.opensAfter) : 0;
    return Math.min(cooldown.backoffMax, Math.max(grown, open));
  }
}

/** A length of nothing holds nobody back, though the clock that stamped may be ahead of the one that reads. */
function runs(since: number, length: number, now: number): boolean {
  return length > 0 && now < since + length;
}

export function checkAcceptance(before: PoolState, acceptance: Acceptance, truth: Truth, clocks: Clocks): void {
  const open = Object.values(before.operations);
  const ups = acceptance.operations.filter((it) => it.kind === 'scale-up');
  const downs = acceptance.operations.filter((it) => it.kind === 'scale-down');
  for (const up of ups) clocks.checkUp(up, open);
  for (const down of downs) clocks.checkDown(down, open);
  checkSize(ups, downs, open, truth.policy);
  checkPauses(before, acceptance.operations);
  for (const { id } of acceptance.cancel) checkCancel(id, before.operations[id]);
  checkMax(truth);
}

function checkSize(
  ups: readonly ScaleUp[],
  downs: readonly ScaleDown[],
  open: readonly Operation[],
  policy: PoolPolicy,
): void {
  if (ups.length > 1) throw new Broken('one-step', 'two scale-ups were accepted in one write');
  if (ups.some(({ planned }) => planned > policy.maxNodesPerDecision || planned < 1)) {
    throw new Broken('one-step', `a scale-up plans ${ups[0]?.planned} nodes`);
  }
  const draining = open.filter(({ kind }) => kind === 'scale-down').length;
  if (downs.length > 0 && draining + downs.length > policy.maxConcurrentDrains) {
    throw new Broken('drains', `${draining + downs.length} drains at once`);
  }
}

function checkPauses({ pauses }: PoolState, operations: readonly Operation[]): void {
  for (const { id, kind, acceptedAt } of operations) {
    const pause = pauses[kind === 'scale-up' ? 'up' : 'down'];
    if (pause && pauseHolds(pause, acceptedAt)) throw new Broken('paused', `${id} was accepted in a pause`);
  }
}

function checkCancel(id: string, operation: Operation | undefined): void {
  if (operation?.kind !== 'scale-down' || operation.phase === 'terminating') {
    throw new Broken('no-way-back', `${id} was taken back in phase ${operation?.phase}`);
  }
}

/** Alive or maybe alive; what a process launched whose time was over comes on top: nobody can count it before. */
export function checkMax(truth: Truth): void {
  const alive = truth.alive();
  const expected = alive.filter(({ id }) => !truth.late.has(id)).length + truth.maybe();
  if (expected <= truth.policy.max) return;
  throw new Broken(
    'max',
    `${alive.length} instances are alive and ${truth.maybe()} more may come, max is ${truth.policy.max}`,
  );
}
