/** What marking a node for a drain changes, and what undoing it changes: pure, as merge patches guarded by resourceVersion. */
import type { V1Node, V1Taint } from '@kubernetes/client-node';
import { ANNOTATIONS, DRAIN_TAINT, EXCLUDE_LABEL, EXCLUDED, STARTUP_TAINT } from '../../model/names';
import type { Rest } from '../../model/rest';
import { textsOf } from './object-meta';

/** RFC 7386: null removes. `taints` is replaced as a whole, so all of them are in it. */
export interface NodePatch {
  readonly metadata: {
    readonly resourceVersion: string;
    readonly labels?: Readonly<Record<string, string | null>>;
    readonly annotations: Readonly<Record<string, string | null>>;
  };
  readonly spec: { readonly taints: readonly V1Taint[] | null; readonly unschedulable?: true | null };
}

export type MarkPlan = { readonly kind: 'taken' | 'complete' } | { readonly kind: 'write'; readonly patch: NodePatch };
/** Null: nothing of ours is on it. */
export type UnmarkPlan = NodePatch | null;

/** What of a node marking is about. */
interface Marks {
  readonly resourceVersion: string;
  /** The operation that the annotation names. */
  readonly owner: string | undefined;
  readonly wasUnschedulable: string | undefined;
  readonly excluded: string | undefined;
  readonly wasExcluded: string | undefined;
  readonly unschedulable: boolean;
  readonly drainTaints: readonly V1Taint[];
  readonly otherTaints: readonly V1Taint[];
}

function marksOf(node: V1Node): Marks {
  const { annotations, labels } = textsOf(node.metadata);
  const taints = node.spec?.taints ?? [];
  return {
    resourceVersion: node.metadata?.resourceVersion ?? '',
    owner: annotations[ANNOTATIONS.operation],
    wasUnschedulable: annotations[ANNOTATIONS.wasUnschedulable],
    excluded: labels[EXCLUDE_LABEL],
    wasExcluded: annotations[ANNOTATIONS.wasExcluded],
    unschedulable: node.spec?.unschedulable ?? false,
    drainTaints: taints.filter((taint) => taint.key === DRAIN_TAINT),
    otherTaints: taints.filter((taint) => taint.key !== DRAIN_TAINT),
  };
}

export function planMark(node: V1Node, operation: string): MarkPlan {
  const marks = marksOf(node);
  if (isTaken(marks, operation)) return { kind: 'taken' };
  if (isComplete(marks, operation)) return { kind: 'complete' };
  return {
    kind: 'write',
    patch: {
      metadata: {
        resourceVersion: marks.resourceVersion,
        labels: { [EXCLUDE_LABEL]: EXCLUDED },
        annotations: {
          [ANNOTATIONS.operation]: operation,
          // A node that was cordoned without our annotation is taken, so what we mark was always schedulable.
          [ANNOTATIONS.wasUnschedulable]: 'false',
          ...remembered(marks),
        },
      },
      spec: {
        taints: [...marks.otherTaints, { key: DRAIN_TAINT, value: operation, effect: 'NoSchedule' }],
        unschedulable: true,
      },
    },
  };
}

/** Somebody else's value comes back with the undoing. */
function remembered({ excluded }: Marks): NodePatch['metadata']['annotations'] {
  return excluded === undefined || excluded === EXCLUDED ? {} : { [ANNOTATIONS.wasExcluded]: excluded };
}

/** Another operation has its mark on the node, or somebody cordoned it before we did. */
function isTaken(marks: Marks, operation: string): boolean {
  if (marks.drainTaints.some((taint) => taint.value !== operation)) return true;
  return marks.owner === undefined ? marks.unschedulable : marks.owner !== operation;
}

function isComplete(marks: Marks, operation: string): boolean {
  return (
    marks.owner === operation &&
    marks.wasUnschedulable !== undefined &&
    marks.excluded === EXCLUDED &&
    marks.unschedulable &&
    marks.drainTaints.some((taint) => taint.value === operation && taint.effect === 'NoSchedule')
  );
}

/** Null: the startup taint is not there any more. */
export function planAdmit({ metadata, spec }: V1Node): NodePatch | null {
  const taints = spec?.taints ?? [];
  const kept = taints.filter(({ key }) => key !== STARTUP_TAINT);
  if (kept.length === taints.length) return null;
  return {
    metadata: { resourceVersion: metadata?.resourceVersion ?? '', annotations: {} },
    spec: { taints: kept.length > 0 ? kept : null },
  };
}

export function planUnmark(node: V1Node, operation: string, rest?: Rest): UnmarkPlan {
  const marks = marksOf(node);
  const annotated = marks.owner === operation;
  const foreign = marks.drainTaints.filter((taint) => taint.value !== operation);
  if (!annotated && foreign.length === marks.drainTaints.length) return null;
  const kept = [...marks.otherTaints, ...foreign];
  const cordonedByUs = annotated && marks.wasUnschedulable === 'false';
  return {
    metadata: {
      resourceVersion: marks.resourceVersion,
      ...(annotated && labelBefore(marks)),
      annotations: annotated ? { ...OURS_AWAY, ...(rest && restAnnotations(rest)) } : {},
    },
    spec: { taints: kept.length > 0 ? kept : null, ...(cordonedByUs && { unschedulable: null }) },
  };
}

const OURS_AWAY = {
  [ANNOTATIONS.operation]: null,
  [ANNOTATIONS.wasUnschedulable]: null,
  [ANNOTATIONS.wasExcluded]: null,
} as const;

/** Who has changed it since keeps it. */
function labelBefore({ excluded, wasExcluded }: Marks): Pick<NodePatch['metadata'], 'labels'> {
  return excluded === EXCLUDED ? { labels: { [EXCLUDE_LABEL]: wasExcluded ?? null } } : {};
}

export function restAnnotations({ failures, until }: Rest): Readonly<Record<string, string>> {
  return { [ANNOTATIONS.failedDrains]: String(failures), [ANNOTATIONS.restUntil]: new Date(until).toISOString() };
}
