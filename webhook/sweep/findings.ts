/**
 * What should not be there: pure. The sweep acts on a finding only after a second observation agreed, and on nothing at
 * all when there are too many of them: so many strays mean that our view is wrong.
 */
import { LABELS, TAGS } from '../model/names';
import { isAlive, type CompleteObservation, type Instance, type Node } from '../model/observation';
import { isClosed, type Operation } from '../model/operation';
import type { PoolState } from '../model/pool';

export type Finding =
  /** A running instance of ours that never became a node and that no open operation names. */
  | { readonly kind: 'orphan'; readonly id: string; readonly pool: string; readonly instanceId: string }
  /** A Node whose instance EC2, asked by id, calls terminated or does not know. */
  | {
      readonly kind: 'dead-node';
      readonly id: string;
      readonly pool: string;
      readonly node: Node;
      readonly instanceId: string;
      readonly said: 'terminated' | 'unknown';
    }
  /** Our cordon and taint of an operation that is closed or unknown. */
  | {
      readonly kind: 'stale-mark';
      readonly id: string;
      readonly pool: string;
      readonly node: Node;
      readonly operation: string;
    }
  /** A worker of ours that is Ready but for its startup taint, and that no open scale-up waits for. */
  | { readonly kind: 'startup-taint'; readonly id: string; readonly pool: string; readonly node: Node };

/** A pool as configured here, and as stored now. */
export interface SweptPool {
  /** Age below which an instance is never an orphan: join deadline + 5 min, milliseconds. */
  readonly orphanAge: number;
  readonly state: PoolState;
}

export interface SweepView {
  readonly cluster: string;
  readonly seen: CompleteObservation;
  /** Read after the observation. Pools that are not configured are not ours to judge. */
  readonly pools: ReadonlyMap<string, SweptPool>;
  /** EC2's answers for `idsToAsk`. */
  readonly asked: ReadonlyMap<string, Instance>;
  readonly now: number;
}

/**
 * EC2 lists a terminated instance for about an hour. It cannot have forgotten one whose kubelet reported since: then its
 * answer is wrong. Milliseconds, not scaled.
 */
const FORGOTTEN_AFTER = 3_600_000;
/**
 * An observation may still show the mark that a closing operation has just taken away; and clocks of replicas differ.
 * Milliseconds, not scaled.
 */
const CLOSED_LATELY = 15_000;

export function findings(view: SweepView): readonly Finding[] {
  const open = [...view.pools.values()]
    .flatMap(({ state }) => Object.values(state.operations))
    .filter((operation) => !isClosed(operation));
  return [...orphans(view, open), ...deadNodes(view, open), ...staleMarks(view, open), ...startupTaints(view, open)];
}

/** What EC2 does not say, or says by mistake, counts for these: somebody has to vouch for it. */
export function restsOnAbsence(finding: Finding): boolean {
  return finding.kind === 'orphan' || (finding.kind === 'dead-node' && finding.said === 'unknown');
}

/** Nodes that are not Ready and whose instance is not listed alive: EC2 has to be asked for that very id. */
export function suspectedDead({ seen, pools }: Pick<SweepView, 'seen' | 'pools'>): readonly Node[] {
  const alive = new Set(seen.instances.filter((it: Instance) => isAlive(it)).map((it) => it.id));
  return seen.nodes.filter(
    (node) =>
      !node.ready &&
      !node.controlPlane &&
      node.instanceId !== null &&
      !alive.has(node.instanceId) &&
      pools.has(node.pool ?? '') &&
      node.labels[LABELS.permanent] !== 'true',
  );
}

function orphans({ cluster, seen, pools, now }: SweepView, open: readonly Operation[]): readonly Finding[] {
  const named = new Set(open.flatMap(instancesOf));
  const openIds = new Set(open.map((operation) => operation.id));
  const withNode = new Set(seen.nodes.map((node) => node.instanceId));
  return seen.instances
    .filter((it) => it.tags[TAGS.cluster] === cluster && isAlive(it) && !(TAGS.permanent in it.tags))
    .filter((it) => !named.has(it.id) && !openIds.has(it.tags[TAGS.operation] ?? '') && !withNode.has(it.id))
    .flatMap((it) => {
      const pool = it.tags[TAGS.pool] ?? '';
      const minAge = pools.get(pool)?.orphanAge;
      if (minAge === undefined || now - it.launchedAt < minAge) return [];
      return [{ kind: 'orphan' as const, id: `orphan/${it.id}`, pool, instanceId: it.id }];
    });
}

function deadNodes(view: SweepView, open: readonly Operation[]): readonly Finding[] {
  const named = new Set(open.flatMap(instancesOf));
  return suspectedDead(view).flatMap((node) => {
    const { instanceId, pool } = node;
    const said = deathOf(node, view);
    if (instanceId === null || pool === null || named.has(instanceId) || said === null) return [];
    return [{ kind: 'dead-node' as const, id: `dead-node/${node.uid}`, pool, node, instanceId, said }];
  });
}

function deathOf({ instanceId, notReadySince }: Node, { asked, now }: SweepView): 'terminated' | 'unknown' | null {
  const instance = asked.get(instanceId ?? '');
  if (instance) return instance.state === 'terminated' ? 'terminated' : null;
  return notReadySince !== null && now - notReadySince >= FORGOTTEN_AFTER ? 'unknown' : null;
}

/** Whoever comes late, or again: the taint is put on at each first registration. Strangers keep theirs. */
function startupTaints({ cluster, seen, pools }: SweepView, open: readonly Operation[]): readonly Finding[] {
  const waited = new Set(open.filter(({ kind }) => kind === 'scale-up').flatMap(instancesOf));
  const ours = seen.instances.filter((it) => it.tags[TAGS.cluster] === cluster && isAlive(it) && !waited.has(it.id));
  const poolOf = new Map(ours.map(({ id, tags }) => [id, tags[TAGS.pool]]));
  return seen.nodes.flatMap((node) => {
    const { pool, instanceId, awaitsAdmission } = node;
    if (!awaitsAdmission || pool === null || !pools.has(pool) || poolOf.get(instanceId ?? '') !== pool) return [];
    return [{ kind: 'startup-taint' as const, id: `startup-taint/${node.uid}`, pool, node }];
  });
}

/** Only in pools that are configured here: another service may run the operations of the others. */
function staleMarks({ seen, pools }: SweepView, open: readonly Operation[]): readonly Finding[] {
  const openIds = new Set(open.map((operation) => operation.id));
  return seen.nodes.flatMap((node) => {
    const { markedBy, pool } = node;
    const swept = pools.get(pool ?? '');
    if (markedBy === null || pool === null || !swept || openIds.has(markedBy)) return [];
    if ((swept.state.closedAt ?? -Infinity) > seen.at - CLOSED_LATELY) return [];
    const id = `stale-mark/${node.uid}/${markedBy}`;
    return [{ kind: 'stale-mark' as const, id, pool, node, operation: markedBy }];
  });
}

function instancesOf(operation: Operation): readonly string[] {
  if (operation.kind === 'scale-up') return operation.instances.map((instance) => instance.id);
  return operation.node ? [operation.node.instanceId] : [];
}

/** What takes nothing away, and so needs no second look and counts nowhere. */
export function isHarmless({ kind }: Finding): boolean {
  return kind === 'stale-mark' || kind === 'startup-taint';
}

/** Whether so many instances and Nodes may be removed at once: one, or 20 % of the pool if that is more. */
export function isPlausible(removals: number, poolSize: number): boolean {
  return removals <= Math.max(1, Math.floor(poolSize * 0.2));
}
