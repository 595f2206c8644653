import { createHash } from 'node:crypto';
import { faultOf, type Fault } from '../errors';
import type { Operation } from '../model/operation';
import type { PoolKey, PoolPolicy } from '../model/pool';
import { nameOfAttempt } from '../operation/launch-plan';
import type { Action, ActionResult } from '../operation/step';
import type { Clock, Ec2Port, FleetAnswer, FleetRequest, KubernetesPort, NodeRef, StorePort } from '../ports';
import { keepConsoles } from './console-keeper';
import type { Evictor } from './evictor';
import { rememberRefusals } from './refusals';

export interface PerformerDeps {
  readonly key: PoolKey;
  readonly policy: PoolPolicy;
  readonly store: Pick<StorePort, 'putAttempt' | 'readAttempt' | 'putMark' | 'readMarks' | 'putJoined' | 'putConsole'>;
  readonly ec2: Pick<Ec2Port, 'createFleet' | 'terminate' | 'notices' | 'consoleOutput'>;
  readonly kubernetes: Pick<KubernetesPort, 'markNode' | 'unmarkNode' | 'admitNode' | 'deleteNode'>;
  readonly evictor: Evictor;
  readonly clock: Clock;
}

/** The ownership ran out before the call was made: whoever has slept that long looks again before it acts. */
class OwnershipEnded extends Error {}

/** Performs one action. Never rejects: a failure is a result. Null: nothing was done, the operation may be another's. */
export async function perform(operation: Operation, action: Action, deps: PerformerDeps): Promise<ActionResult | null> {
  try {
    assertOwned(operation, deps.clock);
    return await call(operation, action, deps);
  } catch (error) {
    return error instanceof OwnershipEnded ? null : { result: 'failed', fault: faultOf(error) };
  }
}

/** Asked right before a call leaves: a process that was paused here must not act on what it knew before. */
function assertOwned({ id, ownerUntil }: Operation, clock: Clock): void {
  if (ownerUntil <= clock.now()) throw new OwnershipEnded(id);
}

async function call(operation: Operation, action: Action, deps: PerformerDeps): Promise<ActionResult> {
  if ('node' in action) return onNode(operation, action, deps);
  switch (action.do) {
    case 'store-attempt':
      return storeAttempt(operation, action, deps);
    case 'create-fleet':
      return createFleet(operation, action.number, deps);
    case 'remember-joined':
      await Promise.all(action.ids.map((id) => deps.store.putJoined(deps.key, id, deps.clock.now())));
      return { result: 'ok' };
    case 'keep-consoles':
      await keepConsoles(action.ids, operation.id, deps);
      return { result: 'ok' };
    case 'terminate':
      await deps.ec2.terminate(action.ids);
      return { result: 'ok' };
    case 'evict':
      return deps.evictor.evict(action.pods, action.force);
    default:
      return action satisfies never;
  }
}

async function onNode(
  operation: Operation,
  action: Extract<Action, { readonly node: unknown }>,
  deps: PerformerDeps,
): Promise<ActionResult> {
  switch (action.do) {
    case 'mark':
      return mark(operation, action, deps);
    case 'unmark':
      return unmark(operation, action, deps);
    case 'admit':
      return admit(action.node, deps);
    case 'delete-node':
      await deps.kubernetes.deleteNode(action.node);
      return { result: 'ok' };
    default:
      return action satisfies never;
  }
}

async function storeAttempt(
  operation: Operation,
  { number, round }: Action & { do: 'store-attempt' },
  { key, store, clock }: PerformerDeps,
): Promise<ActionResult> {
  const launches = round.map((request) => ({ token: clientToken(key, operation.id, number, request), request }));
  await store.putAttempt(key, { operation: operation.id, number, launches, at: clock.now() });
  return { result: 'ok' };
}

/**
 * The client token belongs to the stored attempt: the same for every replay, another for every other request.
 * At most 64 ASCII characters (EC2).
 */
export function clientToken(key: PoolKey, operation: string, number: number, request: FleetRequest): string {
  const text = [key.cluster, key.pool, operation, number, JSON.stringify(request)].join('|');
  return createHash('sha256').update(text).digest('hex');
}

async function createFleet(operation: Operation, number: number, deps: PerformerDeps): Promise<ActionResult> {
  const { key, store, ec2, clock } = deps;
  const attempt = await store.readAttempt(key, operation.id, number);
  if (!attempt) {
    const message = `attempt ${operation.id}.${number} is not in the store`;
    return { result: 'failed', fault: { code: 'internal', retryable: true, message } };
  }
  assertOwned(operation, clock);
  const answers = await Promise.all(attempt.launches.map(({ request, token }) => ec2.createFleet(request, token)));
  const refusals = answers.flatMap((it) => (it.kind === 'unknown' ? [] : it.refusals));
  await rememberRefusals(refusals, nameOfAttempt(operation.id, number), deps, () => assertOwned(operation, clock));
  return resultOf(answers, refusals.length > 0);
}

/**
 * One result of calls that went out together. While one of them is unknown all are repeated, which brings the same
 * instances; a token that EC2 will never answer is told last, when the others are known.
 */
function resultOf(answers: readonly FleetAnswer[], elsewhere: boolean): ActionResult {
  const unknown = answers.flatMap((it) => (it.kind === 'unknown' ? [it.fault] : []));
  const [open] = unknown.toSorted((a, b) => Number(isReused(a)) - Number(isReused(b)));
  if (open) return { result: 'failed', fault: open };
  const instances = answers.flatMap((it) => (it.kind === 'launched' ? it.instances : []));
  const faults = answers.flatMap((it) =>
    it.kind === 'launched' ? it.faults : it.kind === 'refused' ? [it.fault] : [],
  );
  if (instances.length > 0) return { result: 'launched', instances, faults, elsewhere };
  const [first] = faults.toSorted((a, b) => Number(b.retryable) - Number(a.retryable));
  return { result: 'refused', fault: first ?? NO_REASON, elsewhere };
}

const NO_REASON: Fault = {
  code: 'ec2-no-capacity',
  retryable: true,
  message: 'EC2 launched nothing and gave no reason.',
};

function isReused({ code }: Fault): boolean {
  return code === 'ec2-token-reused';
}

async function mark(
  operation: Operation,
  { node }: Action & { do: 'mark' },
  { kubernetes }: PerformerDeps,
): Promise<ActionResult> {
  const answer = await kubernetes.markNode(node, operation.id);
  if (answer === 'gone') return { result: 'not-ours', reason: 'node-gone' };
  if (answer === 'conflict') return conflict(node);
  return answer === 'taken' ? { result: 'not-ours', reason: 'taken' } : { result: 'ok' };
}

async function admit(node: NodeRef, { kubernetes }: PerformerDeps): Promise<ActionResult> {
  return (await kubernetes.admitNode(node)) === 'conflict' ? conflict(node) : { result: 'ok' };
}

async function unmark(
  operation: Operation,
  { node, rest }: Action & { do: 'unmark' },
  { kubernetes }: PerformerDeps,
): Promise<ActionResult> {
  return (await kubernetes.unmarkNode(node, operation.id, rest)) === 'conflict' ? conflict(node) : { result: 'ok' };
}

/** Nothing was written: not to be told as if it had been, and not to be repeated at once. */
function conflict({ name }: NodeRef): ActionResult {
  const message = `409 somebody else changed node ${name} at the same moment`;
  return { result: 'failed', fault: { code: 'kubernetes-unreachable', retryable: true, message } };
}
