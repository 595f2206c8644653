/** From a decision that acts to what the one conditional write stores. Pure: ids and time are given. */
import type { Decision, Replacement } from '../model/decision';
import type { Operation, ScaleDown, ScaleUp, Trigger } from '../model/operation';
import type { PoolPolicy, PoolState } from '../model/pool';
import type { Acceptance } from '../model/pool-change';
import { openOperations } from './counting';

export interface AcceptanceContext {
  readonly state: PoolState;
  readonly policy: PoolPolicy;
  readonly now: number;
  /** The replica that accepts, and so runs, the operations. */
  readonly owner: string;
  readonly ownerUntil: number;
  /** One id for a scale-up, or one a node to give back; at least one. */
  readonly ids: readonly string[];
}

/** How many ids `acceptanceOf` uses for a decision. */
export function idsNeeded(decision: Decision): number {
  if (decision.outcome === 'replace') return decision.launch + decision.giveBack;
  return decision.outcome === 'scale-down' ? decision.giveBack : 1;
}

export function acceptanceOf(decision: Decision, context: AcceptanceContext): Acceptance {
  if (decision.replacements) return replacing(decision, decision.replacements, context);
  if (decision.exchange) return exchanging(decision, decision.exchange, context);
  const [first = ''] = context.ids;
  return {
    version: context.state.version,
    operations: newOperations(decision, context),
    cancel: decision.takeBack.map((id) => ({ id, revision: context.state.operations[id]?.revision ?? 0, by: first })),
    ...(decision.outcome === 'scale-up' ? { upAcceptedAt: context.now } : {}),
    ...(takesExchangeBack(decision, context) ? { lastExchange: { step: 'taken-back', at: context.now } } : {}),
  };
}

function takesExchangeBack({ takeBack }: Decision, { state }: AcceptanceContext): boolean {
  return takeBack.some((id) => {
    const operation = state.operations[id];
    return operation?.kind === 'scale-down' && operation.exchanged === true;
  });
}

/** One operation, and the stamp that makes the next step wait: tags say later what stands in whose place. */
function exchanging(
  decision: Decision,
  { step, target }: NonNullable<Decision['exchange']>,
  context: AcceptanceContext,
): Acceptance {
  const { state, now } = context;
  const [id = ''] = context.ids;
  const operation: Operation =
    step === 'launch'
      ? { ...scaleUp(id, decision, context), replaces: { instanceId: target.instanceId } }
      : { ...scaleDown(id, decision, context), node: target, exchanged: true };
  return { version: state.version, operations: [operation], cancel: [], lastExchange: { step, at: now } };
}

/** The two operations of each node in one write: nobody must drain what nobody replaces, or replace it twice. */
function replacing(decision: Decision, replacements: readonly Replacement[], context: AcceptanceContext): Acceptance {
  const ids = [...context.ids];
  const pairs = replacements.map((it) => ({
    ...it,
    downId: (it.drain ? ids.shift() : it.down?.id) ?? '',
    upId: it.buy ? ids.shift() : undefined,
  }));
  return {
    version: context.state.version,
    operations: pairs.flatMap((pair) => [...forcedDrain(pair, decision, context), ...standIn(pair, decision, context)]),
    cancel: [],
  };
}

interface Pair extends Replacement {
  readonly downId: string;
  readonly upId: string | undefined;
}

function forcedDrain({ drain, downId, target, notice }: Pair, ...of: [Decision, AcceptanceContext]): ScaleDown[] {
  if (!drain) return [];
  const down: ScaleDown = { ...scaleDown(downId, ...of), node: target, forced: true };
  const told = notice ? { notice: { kind: notice.kind, at: notice.at } } : {};
  return [{ ...down, ...told }];
}

function standIn({ downId, upId, target }: Pair, ...of: [Decision, AcceptanceContext]): ScaleUp[] {
  const replaces = { instanceId: target.instanceId, drain: downId };
  return upId === undefined ? [] : [{ ...scaleUp(upId, ...of), planned: 1, replaces }];
}

function newOperations(decision: Decision, context: AcceptanceContext): readonly Operation[] {
  if (decision.outcome === 'scale-up') return context.ids.slice(0, 1).map((id) => scaleUp(id, decision, context));
  return context.ids.slice(0, decision.giveBack).map((id) => scaleDown(id, decision, context));
}

function scaleUp(id: string, decision: Decision, context: AcceptanceContext): ScaleUp {
  return {
    ...common(id, decision, context),
    kind: 'scale-up',
    phase: 'accepted',
    planned: decision.launch,
    attempt: 0,
    answered: false,
    instances: [],
    ...(decision.podSet === undefined ? {} : { podSet: decision.podSet }),
    ...(decision.zones === undefined ? {} : { zones: decision.zones }),
    ...(decision.onDemandAtMost === undefined ? {} : { onDemandAtMost: decision.onDemandAtMost }),
  };
}

function scaleDown(id: string, decision: Decision, context: AcceptanceContext): ScaleDown {
  return {
    ...common(id, decision, context),
    kind: 'scale-down',
    phase: 'accepted',
    node: null,
    deadline: context.now + context.policy.deadline.confirm,
    evicted: 0,
  };
}

function common(id: string, decision: Decision, context: AcceptanceContext) {
  return {
    id,
    revision: 1,
    owner: context.owner,
    ownerUntil: context.ownerUntil,
    acceptedAt: context.now,
    phaseAt: context.now,
    trigger: triggerOf(decision, context),
  };
}

function triggerOf(decision: Decision, { state, now }: AcceptanceContext): Trigger {
  const { intent } = decision;
  return {
    alert: intent?.source ?? '',
    nodes: intent?.wish.kind === 'total' ? decision.want : null,
    have: decision.have ?? 0,
    urgent: intent?.urgent ?? false,
    topUp: openOperations(state).some((operation) => operation.kind === 'scale-up'),
    heardAt: intent?.heardAt ?? now,
  };
}
