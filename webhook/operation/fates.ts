/** Which instances of a scale-up have ended, and why. Pure. */
import { isAlive, type CompleteObservation, type Instance } from '../model/observation';
import type { Ended, LaunchedInstance, ScaleUp } from '../model/operation';

/** Endings that are kept with their offering: an operation has to stay small, and one of each offering says it all. */
const MOST_ENDINGS = 2;

/** Notes which instances ended: EC2 says so, or two observations `confirmGone` apart did not list them. */
export function withFates(operation: ScaleUp, seen: CompleteObservation, confirmGone: number): ScaleUp {
  const instances = withoutRepeats(operation.instances.map((instance) => fateOf(instance, seen, confirmGone)));
  const same = instances.every((instance, i) => instance === operation.instances[i]);
  return same ? operation : { ...operation, instances };
}

function fateOf(instance: LaunchedInstance, seen: CompleteObservation, confirmGone: number): LaunchedInstance {
  if (instance.goneAt !== undefined) return instance;
  const listed = seen.instances.find((candidate) => candidate.id === instance.id);
  if (listed && !isAlive(listed)) return gone(instance, seen.at, listed);
  if (listed) return withoutMissing(instance);
  const missingSince = Math.max(instance.missingSince ?? seen.at, seen.completeSince);
  if (seen.at - missingSince >= confirmGone) return gone(instance, seen.at);
  return missingSince === instance.missingSince ? instance : { ...instance, missingSince };
}

/** What joined first is no failed launch, whatever ended it. */
function gone(instance: LaunchedInstance, goneAt: number, listed?: Instance): LaunchedInstance {
  const rest = withoutMissing(instance);
  if (instance.joinedAt !== undefined || !listed) return { ...rest, goneAt };
  const { type, zone, lifecycle, ending } = listed;
  return {
    ...rest,
    zone,
    goneAt,
    ended: { class: ending?.class ?? 'instance-ended', type, spot: lifecycle === 'spot' },
  };
}

/** The first of each class and offering keeps its ending. */
function withoutRepeats(instances: readonly LaunchedInstance[]): readonly LaunchedInstance[] {
  const kept = new Set<string>();
  return instances.map((instance) => {
    if (!instance.ended) return instance;
    const offering = nameOf(instance.ended, instance.zone);
    if (!kept.has(offering) && kept.size < MOST_ENDINGS) {
      kept.add(offering);
      return instance;
    }
    const { ended: _told, ...rest } = instance;
    return rest;
  });
}

function nameOf({ class: meaning, type, spot }: Ended, zone = ''): string {
  return [meaning, type, zone, spot].join(' ');
}

function withoutMissing(instance: LaunchedInstance): LaunchedInstance {
  if (instance.missingSince === undefined) return instance;
  const { missingSince: _seenAgain, ...rest } = instance;
  return rest;
}
