/**
 * Indexes of what was observed, made once and shared by all pools and operations that look at it: whoever walked through
 * the lists of the whole cluster for each of a thousand pools would do it a million times. Lists never change. Pure.
 */
import type { ScalingAlert } from './alert';
import { DEFAULT_POOL, LABELS, TAGS } from './names';
import type { Instance, Node, Pod } from './observation';
import { oncePer } from './once-per';

type Groups<T> = ReadonlyMap<string, readonly T[]>;

export const nodesByPool = oncePer((nodes: readonly Node[]) => grouped(nodes, ({ pool }) => pool));

export const nodesByUid = oncePer((nodes: readonly Node[]) => grouped(nodes, ({ uid }) => uid));

export const nodesByInstance = oncePer((nodes: readonly Node[]) => grouped(nodes, ({ instanceId }) => instanceId));

export const podsByNode = oncePer((pods: readonly Pod[]) => grouped(pods, ({ node }) => node));

/** Those that the scheduler could not place, by the pool that they wait for. */
export const unschedulableByPool = oncePer((pods: readonly Pod[]) =>
  grouped(
    pods.filter(({ unschedulable }) => unschedulable),
    ({ labels }) => labels[LABELS.pool] ?? DEFAULT_POOL,
  ),
);

export const instancesById = oncePer((instances: readonly Instance[]) => grouped(instances, ({ id }) => id));

export const instancesByPool = byTag(TAGS.pool);

export const instancesByOperation = byTag(TAGS.operation);

/** By what they were launched in the place of. */
export const instancesByReplaced = byTag(TAGS.replaces);

export const alertsByPool = oncePer((alerts: readonly ScalingAlert[]) => grouped(alerts, ({ pool }) => pool));

function byTag(tag: string): (instances: readonly Instance[]) => Groups<Instance> {
  return oncePer((instances: readonly Instance[]) => grouped(instances, ({ tags }) => tags[tag]));
}

/** In the order of the list. What has no key is in no group. */
function grouped<T>(list: readonly T[], keyOf: (item: T) => string | null | undefined): Groups<T> {
  const groups = new Map<string, T[]>();
  for (const item of list) {
    const key = keyOf(item);
    if (key === null || key === undefined) continue;
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
