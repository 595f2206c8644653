import type { Operation } from '../model/operation';
import type { PoolKey } from '../model/pool';
import type { Action, ActionResult } from '../operation/step';
import type { OperationEvents } from '../runner/events';
import type { Logger } from './logger';

/** One line for everything that happens to an operation. */
export function operationLog(log: Logger): OperationEvents {
  const refusals = new Refusals();
  const waits = new Map<string, string>();
  return {
    entered: (key, operation, before) =>
      log.info({ ...idsOf(key, operation), from: before.phase, ...whyOf(operation) }, 'entered phase'),
    acted: (key, operation, action, result) =>
      logAction(log, idsOf(key, operation), action, refusals.onlyNews(operation.id, result)),
    waits: (key, operation) => {
      const why = `${operation.reason}: ${operation.detail}`;
      if (waits.get(operation.id) !== why) log.info({ ...idsOf(key, operation), ...whyOf(operation) }, 'was held up');
      waits.set(operation.id, why);
    },
    closed: (key, operation, at) => {
      refusals.forget(operation.id);
      waits.delete(operation.id);
      const { acceptedAt, trigger } = operation;
      const fields = { ...idsOf(key, operation), alert: trigger.alert, seconds: (at - acceptedAt) / 1000 };
      log.info({ ...fields, ...whyOf(operation) }, 'closed operation');
    },
  };
}

/** What budgets said last of each drain: a refusal that stands is told once, not at every look. */
class Refusals {
  private readonly told = new Map<string, string>();

  onlyNews(operation: string, result: ActionResult): ActionResult {
    if (result.result !== 'evicted') return result;
    const refusal = result.refused.join('; ');
    const isOld = this.told.get(operation) === refusal;
    this.told.set(operation, refusal);
    return isOld ? { ...result, refused: [] } : result;
  }

  forget(operation: string): void {
    this.told.delete(operation);
  }
}

function idsOf(key: PoolKey, operation: Operation) {
  const { id, kind, phase } = operation;
  const node = operation.kind === 'scale-down' ? operation.node?.name : undefined;
  return { ...key, operation: id, kind, phase, ...(node === undefined ? {} : { node }) };
}

function whyOf({ reason, detail }: Operation) {
  return reason === undefined ? {} : { reason, detail };
}

function logAction(log: Logger, ids: ReturnType<typeof idsOf>, action: Action, result: ActionResult): void {
  if (result.result === 'failed' || result.result === 'refused') {
    log.warn({ ...ids, action: action.do, fault: result.fault }, 'action failed');
  } else if (result.result === 'not-ours') {
    log.info({ ...ids, ...subjectOf(action), reason: result.reason }, 'left node alone');
  } else if (result.result === 'launched') {
    const { instances, faults } = result;
    log.info(
      { ...ids, instances: instances.map(({ id }) => id), ...(faults.length > 0 ? { faults } : {}) },
      'launched instances',
    );
  } else if (result.result === 'evicted') {
    logEvictions(log, ids, action, result);
  } else {
    log.info({ ...ids, action: action.do, result: result.result, ...subjectOf(action) }, PAST_TENSE[action.do]);
  }
}

function logEvictions(
  log: Logger,
  ids: ReturnType<typeof idsOf>,
  action: Action,
  result: ActionResult & { result: 'evicted' },
): void {
  if (result.accepted.length > 0) log.info({ ...ids, pods: result.accepted.length }, 'evicted pods');
  for (const pod of result.forced ?? []) log.warn({ ...ids, pod }, 'deleted a pod past budgets and opt-outs');
  if (result.refused.length > 0) {
    const level = result.misconfigured === undefined ? 'info' : 'warn';
    log[level]({ ...ids, refused: result.refused.slice(0, 3) }, 'evictions refused by budget');
  }
  if (result.fault) log.warn({ ...ids, action: action.do, fault: result.fault }, 'action failed');
}

const PAST_TENSE: Readonly<Record<Action['do'], string>> = {
  'store-attempt': 'stored attempt',
  'create-fleet': 'launched instances',
  'remember-joined': 'nodes joined',
  'keep-consoles': 'asked for console output',
  terminate: 'terminated instances',
  admit: 'admitted node',
  mark: 'cordoned node',
  unmark: 'uncordoned node',
  evict: 'evicted pods',
  'delete-node': 'deleted node object',
};

function subjectOf(action: Action): { instances?: readonly string[]; node?: string } {
  if ('ids' in action) return { instances: action.ids };
  return 'node' in action ? { node: action.node.name } : {};
}
