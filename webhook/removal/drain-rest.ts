/** For how long a node is left alone whose drain came to nothing: it says so itself, in its annotations. Pure. */
import { ANNOTATIONS } from '../model/names';
import type { Node } from '../model/observation';
import type { ScaleDown } from '../model/operation';
import type { DrainPolicy } from '../model/pool';
import type { Rest } from '../model/rest';

/** Reasons that lie in the node, so that another one may be given back meanwhile. */
const OF_THE_NODE: ReadonlySet<string> = new Set([
  'blocked-by-disruption-budget',
  'blocked-by-pod',
  'more-than-one-budget',
  'pod-does-not-end',
  'pods-do-not-fit-elsewhere',
  'waits-for-completion',
]);

/** These only once the drain has begun: then it was a pod that did not go, or whose eviction is denied. */
const OF_A_BEGUN_DRAIN: ReadonlySet<string> = new Set(['deadline', 'refused-by-api-server']);

/** Longer than any rest: what ends later was written by a clock that was wrong. So long after it failures are forgotten. */
const DAY = 24 * 3_600_000;

type Blamed = Pick<ScaleDown, 'reason' | 'pods'>;

/** Null: the node is not to blame. */
export function restAfter(blamed: Blamed, node: Node, now: number, policy: DrainPolicy): Rest | null {
  if (!isToBlame(blamed)) return null;
  const before = restOf(node);
  const failures = before && now - before.until < DAY ? before.failures + 1 : 1;
  const wait = policy.backoffFirst * 2 ** Math.min(failures - 1, 30);
  return { failures, until: now + Math.min(policy.backoffMax, wait) };
}

function isToBlame({ reason = '', pods }: Blamed): boolean {
  return OF_THE_NODE.has(reason) || (OF_A_BEGUN_DRAIN.has(reason) && pods !== undefined);
}

/** Until when it is left alone, if that is not over. */
export function restingUntil(node: Node, now: number): Rest | null {
  const rest = restOf(node);
  return rest && rest.until > now && rest.until - now < DAY ? rest : null;
}

/** A person may have written something else. */
function restOf({ annotations }: Pick<Node, 'annotations'>): Rest | null {
  const failures = Number(annotations[ANNOTATIONS.failedDrains]);
  const until = Date.parse(annotations[ANNOTATIONS.restUntil] ?? '');
  return Number.isInteger(failures) && failures > 0 && !Number.isNaN(until) ? { failures, until } : null;
}

export function restWords({ failures, until }: Rest): string {
  const drains = failures === 1 ? 'a drain' : `${failures} drains`;
  return `is left alone until ${new Date(until).toISOString()} after ${drains} that came to nothing`;
}
