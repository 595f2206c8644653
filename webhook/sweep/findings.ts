/**
 * What should not be there: pure. The sweep acts on a finding only after a second observation agreed, and on nothing at
 * all when there are too many of them: so many strays mean that our view is wrong.
 */
import { LABELS, TAGS } from '../model/names';
import { isAlive, type CompleteObservation, type Instance, type Node } from '../model/observation';
import { isClosed, type Operation } from '../model/operation';

export type Finding =
  /** A running instance of ours that never became a node and that no open operation names. */
  | { readonly kind: 'orphan'; readonly id: string; readonly pool: string; readonly instanceId: string }
  /** A Node whose instance EC2 does not know as alive. */
  | {
      readonly kind: 'dead-node';
      readonly id: string;
      readonly pool: string;
      readonly node: Node;
      readonly instanceId: string;
    }
  /** Our cordon and taint of an operation that is closed or unknown. */
  | {
      readonly kind: 'stale-mark';
      readonly id: string;
      readonly pool: string;
      readonly node: Node;
      readonly operation: string;
    };

export interface SweepView {
  readonly cluster: string;
  readonly seen: CompleteObservation;
  /** Open and closed operations of every pool of the cluster, read after the observation. */
  readonly operations: readonly Operation[];
  /** Age below which an instance is never an orphan, by pool: join deadline + 5 min. Pools that are not configured are not ours to judge. */
  readonly orphanAge: ReadonlyMap<string, number>;
  readonly now: number;
}

export function findings(view: SweepView): readonly Finding[] {
  const open = view.operations.filter((operation) => !isClosed(operation));
  return [...orphans(view, open), ...deadNodes(view, open), ...staleMarks(view, open)];
}

function orphans({ cluster, seen, orphanAge, now }: SweepView, open: readonly Operation[]): readonly Finding[] {
  const named = new Set(open.flatMap(instancesOf));
  const openIds = new Set(open.map((operation) => operation.id));
  const withNode = new Set(seen.nodes.map((node) => node.instanceId));
  return seen.instances
    .filter((it) => it.tags[TAGS.cluster] === cluster && isAlive(it) && !(TAGS.permanent in it.tags))
    .filter((it) => !named.has(it.id) && !openIds.has(it.tags[TAGS.operation] ?? '') && !withNode.has(it.id))
    .flatMap((it) => {
      const pool = it.tags[TAGS.pool] ?? '';
      const minAge = orphanAge.get(pool);
      if (minAge === undefined || now - it.launchedAt < minAge) return [];
      return [{ kind: 'orphan' as const, id: `orphan/${it.id}`, pool, instanceId: it.id }];
    });
}

function deadNodes({ seen, orphanAge }: SweepView, open: readonly Operation[]): readonly Finding[] {
  const named = new Set(open.flatMap(instancesOf));
  const alive = new Set(seen.instances.filter((it: Instance) => isAlive(it)).map((it) => it.id));
  return seen.nodes.flatMap((node) => {
    const { instanceId, pool } = node;
    if (instanceId === null || pool === null || !orphanAge.has(pool) || node.ready || node.controlPlane) return [];
    if (node.labels[LABELS.permanent] === 'true' || named.has(instanceId) || alive.has(instanceId)) return [];
    return [{ kind: 'dead-node' as const, id: `dead-node/${node.uid}`, pool, node, instanceId }];
  });
}

/** Only in pools that are configured here: another service may run the operations of the others. */
function staleMarks({ seen, orphanAge }: SweepView, open: readonly Operation[]): readonly Finding[] {
  const openIds = new Set(open.map((operation) => operation.id));
  return seen.nodes.flatMap((node) => {
    const { markedBy, pool } = node;
    if (markedBy === null || pool === null || !orphanAge.has(pool) || openIds.has(markedBy)) return [];
    const id = `stale-mark/${node.uid}/${markedBy}`;
    return [{ kind: 'stale-mark' as const, id, pool, node, operation: markedBy }];
  });
}

function instancesOf(operation: Operation): readonly string[] {
  if (operation.kind === 'scale-up') return operation.instances.map((instance) => instance.id);
  return operation.node ? [operation.node.instanceId] : [];
}

/** Whether so many instances and Nodes may be removed at once: one, or 20 % of the pool if that is more. */
export function isPlausible(removals: number, poolSize: number): boolean {
  return removals <= Math.max(1, Math.floor(poolSize * 0.2));
}
