import { isCompleted, isPodReady, isTerminating } from './conditions';
import type { KubePod } from './objects';
import type { Workload } from './workload';

export interface StatefulStep {
  /** Names of pods to make. */
  readonly create: readonly string[];
  readonly remove: readonly KubePod[];
}

const NOTHING: StatefulStep = { create: [], remove: [] };

/**
 * What the StatefulSet controller does next. A pod comes back under its name, and only when the old one is gone; in order,
 * nothing is made while one with a lower number is not Ready, and the highest number goes first.
 */
export function statefulStep({ spec, replicas }: Workload, pods: readonly KubePod[]): StatefulStep {
  const byName = new Map(pods.map((pod) => [pod.metadata.name, pod]));
  const wanted = Array.from({ length: replicas }, (_, ordinal) => `${spec.name}-${ordinal}`);
  const surplus = [...pods].filter(({ metadata }) => !wanted.includes(metadata.name)).sort(byOrdinal);
  if (spec.podManagementPolicy === 'Parallel') {
    const dead = wanted.flatMap((name) => byName.get(name) ?? []).filter((pod) => isCompleted(pod));
    return {
      create: wanted.filter((name) => !byName.has(name)),
      remove: [...dead, ...surplus].filter((pod) => !isTerminating(pod)),
    };
  }
  return nextInOrder(wanted, byName) ?? lastFirst(surplus);
}

/** Null when all that are wanted are Ready. */
function nextInOrder(wanted: readonly string[], byName: ReadonlyMap<string, KubePod>): StatefulStep | null {
  for (const name of wanted) {
    const pod = byName.get(name);
    if (pod === undefined) return { create: [name], remove: [] };
    if (isTerminating(pod)) return NOTHING;
    if (isCompleted(pod)) return { create: [], remove: [pod] };
    if (!isPodReady(pod)) return NOTHING;
  }
  return null;
}

function lastFirst(surplus: readonly KubePod[]): StatefulStep {
  const [last] = surplus;
  if (last === undefined || surplus.some(isTerminating)) return NOTHING;
  return { create: [], remove: [last] };
}

function byOrdinal(one: KubePod, other: KubePod): number {
  const ordinal = ({ metadata }: KubePod) => Number(metadata.name.split('-').at(-1));
  return ordinal(other) - ordinal(one);
}
