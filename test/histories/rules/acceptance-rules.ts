/** What must hold whenever a decision is accepted, worked out anew from what was accepted and closed before. */
import { pauseHolds } from '../../../webhook/decision/vetoes';
import { TAGS } from '../../../webhook/model/names';
import {
  isClosed,
  isExchange,
  type Operation,
  type Replaced,
  type ScaleDown,
  type ScaleUp,
} from '../../../webhook/model/operation';
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
  private exchangedAt = -Infinity;
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
    // No spot for an exchange is no failure.
    if (operation.phase === 'rolled-back' && isExchange(operation) && operation.instances.length === 0) return;
    const wasProbe = this.circuitIsOpen;
    if (operation.phase === 'done') {
      if (!wasProbe && operation.replaces === undefined) this.upClosedAt = closedAt;
      this.failures = 0;
      this.backoffUntil = -Infinity;
      return;
    }
    this.upClosedAt = closedAt;
    this.failures += 1;
    this.backoffUntil = closedAt + this.backoff();
  }

  checkUp(up: ScaleUp, before: readonly Operation[]): void {
    const ups = before.filter((it) => it.kind === 'scale-up').filter((it) => !isExchange(it));
    if (up.replaces !== undefined) this.checkReplacing(up);
    if (isExchange(up)) this.checkExchange(up, before);
    if (up.replaces !== undefined) return;
    this.checkFailures(up, ups);
    this.checkClocks(up, ups);
    this.upAcceptedAt = up.acceptedAt;
  }

  /** Beside anything and in no cooldown, but not while launches fail. */
  private checkReplacing({ id, acceptedAt, replaces }: ScaleUp): void {
    if (acceptedAt < this.backoffUntil || this.circuitIsOpen) {
      throw new Broken('back-off', `${id} was accepted for ${replaces?.instanceId} while launches fail`);
    }
  }

  /** Voluntary: beside nothing, in no cooldown, one in the time of its budget. */
  private checkExchange({ id, acceptedAt: at }: ScaleUp, before: readonly Operation[]): void {
    const { cooldown, launch } = this.policy;
    if (before.length > 0) throw new Broken('exchange', `${id} was accepted beside ${before[0]?.id}`);
    if (runs(this.upClosedAt, cooldown.up, at) || runs(this.closedAt, cooldown.down, at)) {
      throw new Broken('exchange', `${id} was accepted inside a cooldown`);
    }
    if (launch.returnToSpot.every === 0 || runs(this.exchangedAt, launch.returnToSpot.every, at)) {
      throw new Broken('exchange', `${id} was accepted too soon after the exchange before`);
    }
    this.exchangedAt = at;
  }

  private checkClocks({ id, acceptedAt: at, trigger }: ScaleUp, ups: readonly ScaleUp[]): void {
    const { cooldown } = this.policy;
    if (!trigger.urgent && ups.length > 0) {
      throw new Broken('in-flight', `${id} is not urgent and was accepted beside an open scale-up`);
    }
    if (!trigger.urgent && runs(this.upClosedAt, cooldown.up, at)) {
      throw new Broken('cooldown', `${id} was accepted inside the up cooldown`);
    }
    if (ups.length > 0 && runs(this.upAcceptedAt, cooldown.topUp, at)) {
      throw new Broken('top-up', `${id} came too soon after the one before`);
    }
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
    // EC2 takes the node: nothing waits. An alert that EC2 does not confirm is not tried again at once.
    if (down.forced && down.notice) return;
    if (down.exchanged && before.length > 0) {
      throw new Broken('exchange', `${down.id} was accepted beside ${before[0]?.id}`);
    }
    if (!down.forced && before.some(({ kind }) => kind === 'scale-up')) {
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
  checkReplacements(ups, truth);
  for (const down of downs) if (down.exchanged) checkStandIn(down, truth);
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
  if (ups.filter(({ replaces }) => replaces === undefined).length > 1) {
    throw new Broken('one-step', 'two scale-ups were accepted in one write');
  }
  if (ups.some(({ planned }) => planned > policy.maxNodesPerDecision || planned < 1)) {
    throw new Broken('one-step', `a scale-up plans ${ups[0]?.planned} nodes`);
  }
  const draining = open.filter(({ kind }) => kind === 'scale-down').length;
  const chosen = downs.filter(({ forced }) => !forced).length;
  if (chosen > 0 && draining + chosen > policy.maxConcurrentDrains) {
    throw new Broken('drains', `${draining + chosen} drains at once`);
  }
}

/** What launches in the place of another does so for one node, and for one that EC2 takes. */
function checkReplacements(ups: readonly ScaleUp[], truth: Truth): void {
  for (const up of ups) {
    if (up.replaces === undefined) continue;
    const { instanceId } = up.replaces;
    const due = isExchange(up) ? isFallback(instanceId, truth) : isTaken(up.replaces, truth);
    if (up.planned !== 1 || !due) {
      throw new Broken('replace', `${up.id} launches ${up.planned} in the place of ${instanceId}`);
    }
    const other = standInFor(instanceId, up.id, truth);
    if (other && !wasAskedFor(other, truth))
      throw new Broken('replace', `${up.id} replaces ${instanceId}, as ${other} does already`);
  }
}

/** On demand in a spot pool, and nobody told it to be. */
function isFallback(instanceId: string, { instances, policy }: Truth): boolean {
  const { lifecycle, tags = {} } = instances.get(instanceId) ?? {};
  return policy.launch.capacity === 'spot' && lifecycle === 'on-demand' && tags[TAGS.fallback] === 'true';
}

/** What this one brought was needed: a scale-up closed after it, or an alert took the other node back. */
function wasAskedFor(standIn: string, { operations }: Truth): boolean {
  const { acceptedAt = Infinity } = operations.get(standIn)?.accepted ?? {};
  const later = [...operations.values()].filter(
    ({ latest: { id, phaseAt } }) => id !== standIn && phaseAt > acceptedAt,
  );
  return later.some(({ closedAs, latest }) =>
    latest.kind === 'scale-up'
      ? closedAs?.kind === 'scale-up' && !isExchange(latest)
      : latest.exchanged === true && latest.cancelledBy !== undefined,
  );
}

/** What is given back for another one is fallback, and the other one lives. */
function checkStandIn({ id, node }: ScaleDown, truth: Truth): void {
  const instance = node?.instanceId ?? '';
  if (!isFallback(instance, truth)) throw new Broken('exchange', `${id} gives ${instance} back, which is no fallback`);
  if (standInFor(instance, id, truth) !== undefined || isReplacedByChain(instance, truth.instances)) return;
  if (truth.lastLossAt >= truth.now - SEEN_WITHIN) return;
  throw new Broken('exchange', `${id} gives ${instance} back, and nothing stands in its place`);
}

/** What stood in its place was taken, and something stands in the place of that. */
function isReplacedByChain(instance: string, instances: Truth['instances']): boolean {
  const launched = [...instances.values()].filter(({ tags }) => tags[TAGS.replaces] === instance);
  return launched.some(({ id, state }) => state === 'running' || isReplacedByChain(id, instances));
}

function isTaken({ instanceId, drain = '' }: Replaced, truth: Truth): boolean {
  const down = truth.state().operations[drain];
  const drains = down?.kind === 'scale-down' && down.forced === true && down.node?.instanceId === instanceId;
  return drains && truth.announced.has(instanceId);
}

/** Another scale-up that launched for the same node, or still may; not what came too late to be counted, or is ended again. */
function standInFor(instanceId: string, up: string, truth: Truth): string | undefined {
  const alive = new Set(truth.alive().flatMap(({ id }) => (truth.late.has(id) ? [] : [id])));
  const others = [...truth.operations.values()].filter(
    ({ accepted: { id, ...it } }) => id !== up && it.kind === 'scale-up' && it.replaces?.instanceId === instanceId,
  );
  const standing = others.filter(({ latest: { phase } }) => phase !== 'rolling-back');
  return standing.find(({ latest, launched }) => mayLaunch(latest) || [...launched].some((id) => alive.has(id)))
    ?.accepted.id;
}

function mayLaunch(operation: Operation): boolean {
  return operation.kind === 'scale-up' && !isClosed(operation) && !operation.answered;
}

function checkPauses({ pauses }: PoolState, operations: readonly Operation[]): void {
  for (const { id, kind, acceptedAt } of operations) {
    const pause = pauses[kind === 'scale-up' ? 'up' : 'down'];
    if (pause && pauseHolds(pause, acceptedAt)) throw new Broken('paused', `${id} was accepted in a pause`);
  }
}

function checkCancel(id: string, operation: Operation | undefined): void {
  if (operation?.kind !== 'scale-down' || operation.phase === 'terminating' || operation.forced) {
    throw new Broken('no-way-back', `${id} was taken back in phase ${operation?.phase}`);
  }
}

/** Alive or maybe alive; what a process launched whose time was over comes on top: nobody can count it before. */
export function checkMax(truth: Truth): void {
  const alive = truth.alive();
  const expected = alive.filter(({ id }) => !truth.late.has(id)).length + truth.maybe();
  const most = truth.policy.max + surgeOf(truth);
  if (expected <= most) return;
  throw new Broken('max', `${alive.length} instances are alive and ${truth.maybe()} more may come, ${most} may be`);
}

/** Above max only by as many as EC2 takes or are launched in the place of one. */
function surgeOf(truth: Truth): number {
  const taken = truth.alive().filter(({ id }) => truth.announced.has(id)).length;
  const replacing = truth.open.filter((it) => it.kind === 'scale-up' && it.replaces !== undefined).length;
  return Math.min(truth.policy.maxSurge, Math.max(taken, replacing, pairsOf(truth)));
}

/** Nodes that wait to be given back, another one in their place. */
function pairsOf(truth: Truth): number {
  const alive = new Map(truth.alive().map((instance) => [instance.id, instance]));
  return [...alive.values()].filter(({ tags }) => alive.has(tags[TAGS.replaces] ?? '')).length;
}
