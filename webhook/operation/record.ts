/** Writes the result of an action into the operation: pure. A failure is data that the next look sees. */
import type { Fault } from '../errors';
import { LONGEST_DETAIL, type Operation, type ScaleDown, type ScaleUp } from '../model/operation';
import type { Action, ActionResult } from './step';
import { enterDown } from './transitions';

/**
 * Characters that are kept of a fault's message. Less than the store would cut, so that the same answer of a peer makes the
 * same operation, and nothing is saved while nothing has changed.
 */
const LONGEST_MESSAGE = 170;

export function record(operation: Operation, action: Action, outcome: ActionResult, now: number): Operation {
  if (outcome.result === 'failed') return { ...operation, lastError: shortened(outcome.fault) };
  return operation.kind === 'scale-up'
    ? recordUp(withoutError(operation), action, outcome, now)
    : recordDown(withoutError(operation), action, outcome, now);
}

function recordUp(operation: ScaleUp, action: Action, outcome: ActionResult, now: number): ScaleUp {
  if (action.do === 'store-attempt') return { ...operation, attempt: action.number };
  if (action.do === 'remember-joined') return joined(operation, action.ids, now);
  if (outcome.result === 'refused')
    return { ...settled(operation, outcome.elsewhere), lastError: shortened(outcome.fault) };
  if (outcome.result === 'launched') return launched(operation, outcome, now);
  return operation;
}

function settled({ elsewhere: _before, ...operation }: ScaleUp, elsewhere: boolean): ScaleUp {
  return { ...operation, settled: operation.attempt, ...(elsewhere ? { elsewhere } : {}) };
}

/** A part is completed by the next round, never doubled: what an earlier answer brought is not counted again. */
function launched(operation: ScaleUp, outcome: ActionResult & { result: 'launched' }, now: number): ScaleUp {
  const [fault] = outcome.faults;
  const known = new Set(operation.instances.map(({ id }) => id));
  const instances = [...operation.instances, ...outcome.instances.filter(({ id }) => !known.has(id))];
  return {
    ...settled(operation, outcome.elsewhere),
    answered: instances.length >= operation.planned,
    launchedAt: now,
    instances,
    ...(fault && instances.length < operation.planned ? { lastError: shortened(fault) } : {}),
  };
}

function joined(operation: ScaleUp, ids: readonly string[], now: number): ScaleUp {
  return {
    ...operation,
    instances: operation.instances.map((it) => (ids.includes(it.id) ? { ...it, joinedAt: now } : it)),
  };
}

function recordDown(operation: ScaleDown, action: Action, outcome: ActionResult, now: number): ScaleDown {
  if (outcome.result === 'not-ours') {
    return {
      ...enterDown(operation, 'rolling-back', now, null),
      reason: outcome.reason,
      detail: notOurs(operation, outcome.reason),
    };
  }
  if (action.do === 'terminate') return { ...operation, terminateSentAt: now };
  return outcome.result === 'evicted' ? evicted(operation, outcome, now) : operation;
}

function notOurs(operation: ScaleDown, reason: 'node-gone' | 'taken'): string {
  const name = operation.node?.name ?? 'the node';
  return reason === 'taken' ? `${name} was cordoned by a person or another operation` : `${name} is gone`;
}

function evicted(operation: ScaleDown, outcome: ActionResult & { result: 'evicted' }, now: number): ScaleDown {
  const { reason: _old, detail: _said, ...rest } = operation;
  const { misconfigured, refused, accepted, forced = [], standing, fault = standing } = outcome;
  const said = misconfigured ?? refused[0];
  const reason = misconfigured === undefined ? 'blocked-by-disruption-budget' : 'more-than-one-budget';
  return {
    ...withFailing(rest, outcome, now),
    evicted: operation.evicted + accepted.length + forced.length,
    ...(said === undefined ? {} : { reason, detail: said.slice(0, LONGEST_DETAIL['scale-down']) }),
    ...(fault ? { lastError: shortened(fault) } : {}),
  };
}

/** Since when nothing is heard of the API server; while nobody asked it nothing is known. */
function withFailing(
  operation: ScaleDown,
  { heard, fault }: ActionResult & { result: 'evicted' },
  now: number,
): ScaleDown {
  const { failingSince, ...rest } = operation;
  if (heard) return rest;
  return fault ? { ...rest, failingSince: failingSince ?? now } : operation;
}

function withoutError<O extends Operation>(operation: O): O {
  const { lastError: _mended, ...rest } = operation;
  return rest as O;
}

function shortened(fault: Fault): Fault {
  return { ...fault, message: fault.message.slice(0, LONGEST_MESSAGE) };
}
