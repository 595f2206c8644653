/** The phase `joining` of a scale-up: what was launched becomes Ready nodes, each step within its deadline. Pure. */
import type { CompleteObservation } from '../model/observation';
import type { LaunchedInstance, ScaleUp } from '../model/operation';
import type { NodeRef } from '../model/refs';
import { withFates } from './fates';
import { overdue, type Overdue } from './join-deadlines';
import { rollBack } from './roll-back';
import { perform, wait, type UpStep, type View } from './step';
import { enterUp } from './transitions';

export function joining(operation: ScaleUp, view: View): UpStep {
  const seen = view.observation;
  if (!seen.complete) return wait(operation);
  const justJoined = operation.instances.filter((it) => it.joinedAt === undefined && hasReadyNode(it.id, seen, view));
  if (justJoined.length > 0) {
    return perform(operation, { do: 'remember-joined', ids: justJoined.map((instance) => instance.id) });
  }
  const newcomer = newcomerOf(operation, seen, view);
  if (newcomer) return perform(operation, { do: 'admit', node: newcomer });
  const next = withFates(operation, seen, view.timings.confirmGone);
  const waited = next.instances.filter(({ joinedAt, goneAt }) => joinedAt === undefined && goneAt === undefined);
  const ended = next.instances.filter(({ joinedAt, goneAt }) => joinedAt === undefined && goneAt !== undefined);
  if (waited.length > 0) return wait(unlessOverdue(next, waited, seen, view));
  return wait(ended.length === 0 ? enterUp(next, 'done', view.now) : endedBefore(next, ended, seen, view.now));
}

/** One that is late holds nobody up: the others have until their own deadlines, and it may still join meanwhile. */
function unlessOverdue(
  operation: ScaleUp,
  waited: readonly LaunchedInstance[],
  seen: CompleteObservation,
  view: View,
): ScaleUp {
  const late: Overdue[] = [];
  for (const { id } of waited) {
    const miss = overdue(id, { operation, seen, view });
    if (miss === null) return operation;
    late.push(miss);
  }
  const [first] = late;
  return first ? rollBack(operation, first.reason, view.now, first.detail(waited.map(({ id }) => id))) : operation;
}

/** Named after the first whose end EC2 explains. */
function endedBefore(
  operation: ScaleUp,
  ended: readonly LaunchedInstance[],
  seen: CompleteObservation,
  now: number,
): ScaleUp {
  const explained = ended.find((it) => it.ended !== undefined) ?? ended[0];
  if (explained === undefined) return operation;
  const others = ended.length > 1 ? ` (and ${ended.length - 1} more)` : '';
  const detail = `${explained.id} ended before joining${howEnded(explained, seen)}${others}`;
  return rollBack(operation, explained.ended?.class ?? 'instance-ended', now, detail);
}

function howEnded({ id, zone, ended }: LaunchedInstance, { instances }: CompleteObservation): string {
  const code = instances.find((it) => it.id === id)?.ending?.code;
  const offering = ended && `${ended.spot ? 'spot ' : ''}${ended.type} in ${zone}`;
  return [code === undefined ? '' : `: ${code}`, ...(offering === undefined ? [] : [offering])].join(', ');
}

/** A node of ours that is Ready but for its startup taint: one of an instance that we launched, of this pool, and in time. */
function newcomerOf(operation: ScaleUp, seen: CompleteObservation, view: View): NodeRef | null {
  const ours = operation.instances.filter(({ id }) => overdue(id, { operation, seen, view }) === null);
  const ids = new Set(ours.map(({ id }) => id));
  const { pool } = view.key;
  const node = seen.nodes.find((it) => it.awaitsAdmission && it.pool === pool && ids.has(it.instanceId ?? ''));
  return node ? { name: node.name, uid: node.uid } : null;
}

/** A node without the label of the pool counts nowhere: taken for joined, its place would be bought again and again. */
function hasReadyNode(instanceId: string, { nodes }: CompleteObservation, { key }: View): boolean {
  return nodes.some((node) => node.instanceId === instanceId && node.ready && node.pool === key.pool);
}
