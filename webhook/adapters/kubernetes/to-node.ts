/** A node as the API server gives it, reduced to what decisions need. */
import type { V1Node, V1NodeSpec, V1NodeStatus, V1Taint } from '@kubernetes/client-node';
import type { Node, Taint } from '../../model/observation';
import { ANNOTATIONS, DRAIN_TAINT, LABELS, STARTUP_TAINT } from '../../model/names';
import { objectMeta, timeOf } from './object-meta';
import { parseQuantity } from './quantities';
import type { Raw } from './raw';

/** K3s writes the first two on servers and the third where etcd runs; `master` is the name of old. */
const CONTROL_PLANE = ['control-plane', 'master', 'etcd'].map((role) => `node-role.kubernetes.io/${role}`);
/** Written by the AWS cloud controller, or by `--kubelet-arg=provider-id`. */
const PROVIDER_ID = /^aws:\/\/\/[^/]+\/(i-[0-9a-z]+)$/;
const INSTANCE_ID = /^i-[0-9a-f]+$/;

/** Throws `kubernetes-rejected` when an allocatable cannot be read as a quantity. */
export function toNode(node: Raw<V1Node>): Node {
  const meta = objectMeta(node.metadata);
  const spec = node.spec ?? {};
  const taints = (spec.taints ?? []).map(toTaint);
  return {
    ...meta,
    resourceVersion: node.metadata?.resourceVersion ?? '',
    instanceId: instanceIdOf(meta.name, spec),
    pool: meta.labels[LABELS.pool] ?? null,
    cordoned: spec.unschedulable ?? false,
    markedBy: markedBy(meta.annotations, taints),
    controlPlane: CONTROL_PLANE.some((label) => label in meta.labels),
    taints,
    ...unlessHeldOff(readiness(node.status ?? {}, meta.createdAt), taints, meta.createdAt),
    allocatable: allocatable(node.status ?? {}),
  };
}

function instanceIdOf(name: string, spec: Pick<V1NodeSpec, 'providerID'>): string | null {
  return PROVIDER_ID.exec(spec.providerID ?? '')?.[1] ?? (INSTANCE_ID.test(name) ? name : null);
}

/** Half a mark names its operation too: whoever cleans up must find it. */
function markedBy(annotations: Readonly<Record<string, string>>, taints: readonly Taint[]): string | null {
  return annotations[ANNOTATIONS.operation] ?? taints.find((taint) => taint.key === DRAIN_TAINT)?.value ?? null;
}

function toTaint({ key, value, effect }: Raw<V1Taint>): Taint {
  return { key, ...(value !== undefined && { value }), effect: effect as Taint['effect'] };
}

/** A node that has never been Ready is not Ready since it was created. */
function readiness({ conditions = [] }: Raw<V1NodeStatus>, createdAt: number): Pick<Node, 'ready' | 'notReadySince'> {
  const condition = conditions.find((each) => each.type === 'Ready');
  if (condition?.status === 'True') return { ready: true, notReadySince: null };
  return { ready: false, notReadySince: timeOf(condition?.lastTransitionTime) ?? createdAt };
}

/** What takes no pods counts nowhere yet, and nothing rests on it. */
function unlessHeldOff(
  { ready, notReadySince }: Pick<Node, 'ready' | 'notReadySince'>,
  taints: readonly Taint[],
  createdAt: number,
): Pick<Node, 'ready' | 'notReadySince' | 'awaitsAdmission'> {
  if (!ready || !taints.some(({ key }) => key === STARTUP_TAINT)) return { ready, notReadySince };
  return { ready: false, notReadySince: createdAt, awaitsAdmission: true };
}

function allocatable({ allocatable: offer = {} }: Raw<V1NodeStatus>): Node['allocatable'] {
  return {
    cpu: parseQuantity(offer['cpu']),
    memory: parseQuantity(offer['memory']),
    pods: parseQuantity(offer['pods']),
  };
}
