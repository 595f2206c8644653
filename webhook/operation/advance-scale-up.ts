/** One look at a scale-up: what it is now, and the one call that takes it further. Pure. */
import { isAlive, type CompleteObservation, type Instance } from '../model/observation';
import { LABELS, TAGS } from '../model/names';
import type { LaunchedInstance, ScaleUp } from '../model/operation';
import { notWantedAnyMore } from './confirmation';
import { nextRound } from './launch-plan';
import { enterUp } from './transitions';
import { perform, wait, type UpStep, type View } from './step';

export function advanceScaleUp(operation: ScaleUp, view: View): UpStep {
  switch (operation.phase) {
    case 'accepted':
      return unlessUnwanted(operation, view) ?? wait(enterUp(operation, 'launching', view.now));
    case 'launching':
      return unlessUnwanted(operation, view) ?? launching(operation, view);
    case 'joining':
      return joining(operation, view);
    case 'rolling-back':
      return rollingBack(operation, view);
    case 'done':
    case 'rolled-back':
      return wait(operation);
    default:
      return operation.phase satisfies never;
  }
}

/** The end of one of which nothing was begun: nothing has to be taken back. */
function unlessUnwanted(operation: ScaleUp, view: View): UpStep | null {
  const detail = notWantedAnyMore(operation, view);
  if (detail === null) return null;
  return wait({ ...enterUp(operation, 'rolled-back', view.now), reason: 'no-longer-wanted', detail });
}

function launching(operation: ScaleUp, view: View): UpStep {
  if (operation.attempt === 0) return nextAttempt(operation, view);
  if (operation.answered) return answered(operation, view);
  const found = view.observation.complete ? tagged(operation, view.observation) : [];
  if (found.length >= operation.planned) return wait(answeredBy(operation, found, view.now));
  if (operation.lastError?.code === 'ec2-token-reused') return tokenReused(operation, found, view);
  if (operation.settled === operation.attempt) return nextAttempt(withFound(operation, found), view);
  return perform(operation, { do: 'create-fleet', number: operation.attempt });
}

function answered(operation: ScaleUp, { now }: View): UpStep {
  if (operation.instances.length > 0) return wait(enterUp(operation, 'joining', now));
  return wait(rollBack(operation, operation.lastError?.code ?? 'refused', now));
}

/** A call that was refused when it was repeated may have launched the first time: what is there is not bought again. */
function withFound(operation: ScaleUp, found: readonly Instance[]): ScaleUp {
  const known = new Set(operation.instances.map(({ id }) => id));
  const others = found.filter(({ id }) => !known.has(id)).map(({ id, zone }) => ({ id, zone }));
  return others.length === 0 ? operation : { ...operation, instances: [...operation.instances, ...others] };
}

/** What EC2 gave is what is planned once there is nothing left to try: the next decision may ask for the rest. */
function nextAttempt(operation: ScaleUp, view: View): UpStep {
  const round = nextRound(operation, view);
  if (round.length > 0) return perform(operation, { do: 'store-attempt', number: operation.attempt + 1, round });
  return wait({ ...operation, answered: true, planned: operation.instances.length });
}

/**
 * EC2 knows the token with another request, so it will never answer this one. What is there under our tag is taken; when
 * two observations `confirmGone` apart showed nothing, there is nothing, and another attempt may be made.
 */
function tokenReused(operation: ScaleUp, found: readonly Instance[], view: View): UpStep {
  const seen = view.observation;
  if (!seen.complete) return wait(operation);
  if (found.length > 0) return wait(answeredBy(operation, found, view.now));
  if (operation.quietSince === undefined) return wait({ ...operation, quietSince: seen.at });
  return isQuietFor(operation.quietSince, seen, view) ? nextAttempt(withoutQuiet(operation), view) : wait(operation);
}

/** Only an unbroken run of complete observations proves that there was nothing all the time. */
function isQuietFor(since: number, seen: CompleteObservation, { timings }: View): boolean {
  return seen.at - Math.max(since, seen.completeSince) >= timings.confirmGone;
}

/** The answer was lost, but its instances are there with our tag: that is an answer too. */
function answeredBy(operation: ScaleUp, found: readonly Instance[], now: number): ScaleUp {
  const { lastError: _answered, quietSince: _found, ...rest } = operation;
  return {
    ...rest,
    answered: true,
    launchedAt: operation.launchedAt ?? now,
    planned: found.length,
    instances: found.map(({ id, zone }) => ({ id, zone })),
  };
}

function joining(operation: ScaleUp, view: View): UpStep {
  const seen = view.observation;
  if (!seen.complete) return wait(operation);
  const justJoined = operation.instances.filter((it) => it.joinedAt === undefined && hasReadyNode(it.id, view));
  if (justJoined.length > 0) {
    return perform(operation, { do: 'remember-joined', ids: justJoined.map((instance) => instance.id) });
  }
  const next = withFates(operation, seen, view.timings.confirmGone);
  const missing = next.instances.filter((instance) => instance.joinedAt === undefined && instance.goneAt === undefined);
  const ended = next.instances.filter((instance) => instance.joinedAt === undefined && instance.goneAt !== undefined);
  if (missing.length === 0) {
    return wait(
      ended.length === 0
        ? enterUp(next, 'done', view.now)
        : rollBack(next, 'instance-ended', view.now, `${ended.map((it) => it.id).join(', ')} ended before joining`),
    );
  }
  if (view.now < joinDeadline(next, seen, view)) return wait(next);
  return wait(rollBack(next, 'join-deadline', view.now, whyNotJoined(missing, seen, view.key.pool)));
}

/**
 * The deadline terminates what did not join, so it counts only while we can see: after a gap in the observations there
 * is always `graceAfterGap` left for nodes that joined, or were about to, while we were blind.
 */
function joinDeadline(operation: ScaleUp, seen: CompleteObservation, view: View): number {
  const deadline = (operation.launchedAt ?? operation.phaseAt) + view.policy.deadline.join;
  const blind = seen.completeSince > operation.phaseAt;
  return blind ? Math.max(deadline, seen.completeSince + view.timings.graceAfterGap) : deadline;
}

function rollingBack(operation: ScaleUp, view: View): UpStep {
  const seen = view.observation;
  if (!seen.complete) return wait(operation);
  const kept = new Set(operation.instances.filter((it) => it.joinedAt !== undefined).map((it) => it.id));
  const doomed = tagged(operation, seen).filter((instance) => !kept.has(instance.id));
  const alive = doomed.filter(isAlive);
  if (alive.length > 0) {
    return perform(withoutQuiet(operation), { do: 'terminate', ids: alive.map((instance) => instance.id) });
  }
  const doomedIds = new Set([...doomed, ...operation.instances].map((it) => it.id).filter((id) => !kept.has(id)));
  const late = seen.nodes.find((node) => node.instanceId !== null && doomedIds.has(node.instanceId));
  if (late) return perform(operation, { do: 'delete-node', node: { name: late.name, uid: late.uid } });
  if (operation.quietSince === undefined) return wait({ ...operation, quietSince: seen.at });
  if (!isQuietFor(operation.quietSince, seen, view)) return wait(operation);
  return wait(enterUp(operation, 'rolled-back', view.now));
}

function rollBack(operation: ScaleUp, reason: string, now: number, detail?: string): ScaleUp {
  return { ...enterUp(operation, 'rolling-back', now), reason, ...(detail === undefined ? {} : { detail }) };
}

function withoutQuiet(operation: ScaleUp): ScaleUp {
  if (operation.quietSince === undefined) return operation;
  const { quietSince: _loud, ...rest } = operation;
  return rest;
}

/** What EC2 lists under the operation's tag: the truth about what was launched, whatever answer arrived. */
function tagged(operation: ScaleUp, seen: CompleteObservation): readonly Instance[] {
  const known = new Set(operation.instances.map((instance) => instance.id));
  return seen.instances.filter((it) => it.tags[TAGS.operation] === operation.id || known.has(it.id));
}

/** A node without the label of the pool counts nowhere: taken for joined, its place would be bought again and again. */
function hasReadyNode(instanceId: string, { observation, key }: View): boolean {
  if (!observation.complete) return false;
  return observation.nodes.some((node) => node.instanceId === instanceId && node.ready && node.pool === key.pool);
}

function whyNotJoined(missing: readonly LaunchedInstance[], seen: CompleteObservation, pool: string): string {
  const stray = seen.nodes.find((node) => node.ready && missing.some(({ id }) => id === node.instanceId));
  if (stray)
    return `${stray.name} is Ready without the label ${LABELS.pool}=${pool}: mend the bootstrap of the workers`;
  return `${missing.map(({ id }) => id).join(', ')} never became Ready nodes`;
}

/** Notes which instances ended: EC2 says so, or two observations `confirmGone` apart did not list them. */
function withFates(operation: ScaleUp, seen: CompleteObservation, confirmGone: number): ScaleUp {
  const instances = operation.instances.map((instance) => fateOf(instance, seen, confirmGone));
  const same = instances.every((instance, i) => instance === operation.instances[i]);
  return same ? operation : { ...operation, instances };
}

function fateOf(instance: LaunchedInstance, seen: CompleteObservation, confirmGone: number): LaunchedInstance {
  if (instance.goneAt !== undefined) return instance;
  const listed = seen.instances.find((candidate) => candidate.id === instance.id);
  if (listed && !isAlive(listed)) return { ...instance, goneAt: seen.at };
  if (listed) return withoutMissing(instance);
  const missingSince = Math.max(instance.missingSince ?? seen.at, seen.completeSince);
  if (seen.at - missingSince >= confirmGone) return { ...instance, goneAt: seen.at };
  return missingSince === instance.missingSince ? instance : { ...instance, missingSince };
}

function withoutMissing(instance: LaunchedInstance): LaunchedInstance {
  if (instance.missingSince === undefined) return instance;
  const { missingSince: _seenAgain, ...rest } = instance;
  return rest;
}
