/** One look at a scale-up: what it is now, and the one call that takes it further. Pure. */
import { isAlive, type CompleteObservation, type Instance } from '../model/observation';
import { TAGS } from '../model/names';
import type { ScaleUp } from '../model/operation';
import { joining } from './advance-joining';
import { notWantedAnyMore } from './confirmation';
import { nextRound } from './launch-plan';
import { rollBack } from './roll-back';
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
  return wait(unwanted(operation, detail, view));
}

function unwanted(operation: ScaleUp, detail: string, { now }: View): ScaleUp {
  return { ...enterUp(operation, 'rolled-back', now), reason: 'no-longer-wanted', detail };
}

function launching(operation: ScaleUp, view: View): UpStep {
  if (operation.attempt === 0) return nextAttempt(operation, view);
  if (operation.answered) return answered(operation, view);
  const found = view.observation.complete ? tagged(operation, view.observation) : [];
  if (found.length >= operation.planned) return wait(answeredBy(operation, found, view.now));
  if (operation.lastError?.code === 'ec2-token-reused') return tokenReused(operation, found, view);
  if (operation.settled === operation.attempt) return settled(operation, found, view);
  return perform(operation, { do: 'create-fleet', number: operation.attempt });
}

function answered(operation: ScaleUp, { now }: View): UpStep {
  if (operation.instances.length > 0) return wait(enterUp(operation, 'joining', now));
  return wait(rollBack(operation, operation.lastError?.code ?? 'refused', now));
}

/** What an earlier repeat launched must be seen before anything more is bought, or given up: a node of it may serve. */
function settled(operation: ScaleUp, found: readonly Instance[], view: View): UpStep {
  return view.observation.complete ? nextAttempt(withFound(operation, found), view) : wait(operation);
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
  if (operation.attempt === 0) return wait(unwanted(operation, 'EC2 has refused every spot offering meanwhile', view));
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

function rollingBack(operation: ScaleUp, view: View): UpStep {
  const seen = view.observation;
  if (!seen.complete) return wait(operation);
  const kept = new Set(operation.instances.filter((it) => it.joinedAt !== undefined).map((it) => it.id));
  const doomed = tagged(operation, seen).filter((instance) => !kept.has(instance.id));
  const alive = doomed.filter(isAlive);
  if (alive.length > 0 && operation.consolesKept === undefined) {
    return perform({ ...operation, consolesKept: true }, { do: 'keep-consoles', ids: alive.map(({ id }) => id) });
  }
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
