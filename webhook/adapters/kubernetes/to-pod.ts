/** A pod as the API server gives it, reduced to what decisions need. */
import type { V1ObjectMeta, V1Pod, V1PodSpec, V1Toleration, V1Volume } from '@kubernetes/client-node';
import type { Pod, Toleration } from '../../model/observation';
import { toNeighbours } from './neighbours';
import { toNodeTerms } from './node-terms';
import { objectMeta, timeOf } from './object-meta';
import { podRequests } from './pod-requests';
import type { Raw } from './raw';

const PHASES = ['Pending', 'Running', 'Succeeded', 'Failed'] as const;
/** The kubelet writes it on the API's copy of a static pod. */
const MIRROR = 'kubernetes.io/config.mirror';
/** Default of spec.terminationGracePeriodSeconds. */
const GRACE_SECONDS = 30;

/** Throws `kubernetes-rejected` when a request cannot be read as a quantity. */
export function toPod(pod: Raw<V1Pod>): Pod {
  const spec = pod.spec ?? { containers: [] };
  return {
    ...identity(pod.metadata ?? {}),
    ...placement(spec, pod.status),
    ...wishes(spec),
    ...needs(spec),
    ...toNeighbours(pod),
    localVolumes: (spec.volumes ?? []).filter(isLocal).map((volume) => volume.name),
    ...importance(pod),
  };
}

/** What most pods do not have. */
function importance({ spec, metadata }: Raw<V1Pod>): Pick<Pod, 'priority' | 'deletionAt'> {
  const deletionAt = timeOf(metadata?.deletionTimestamp);
  return {
    ...(spec?.priority !== undefined && { priority: spec.priority }),
    ...(deletionAt !== null && { deletionAt }),
  };
}

function identity(metadata: Raw<V1ObjectMeta>) {
  const meta = objectMeta(metadata);
  const owner = metadata.ownerReferences?.find(({ controller }) => controller);
  return {
    ...meta,
    namespace: metadata.namespace ?? '',
    ownerKind: owner?.kind ?? null,
    ...(owner?.uid !== undefined && { ownerUid: owner.uid }),
    mirror: MIRROR in (metadata.annotations ?? {}),
    terminating: metadata.deletionTimestamp !== undefined,
  };
}

function placement(spec: Raw<V1PodSpec>, status: Raw<V1Pod>['status'] = {}) {
  const { conditions = [] } = status;
  const startedAt = timeOf(status.startTime);
  const scheduled = conditions.find((each) => each.type === 'PodScheduled');
  return {
    node: spec.nodeName ?? null,
    ready: conditions.some((each) => each.type === 'Ready' && each.status === 'True'),
    ...(startedAt !== null && { startedAt }),
    phase: PHASES.find((phase) => phase === status.phase) ?? ('Unknown' as const),
    unschedulable: scheduled?.status === 'False' && scheduled.reason === 'Unschedulable',
    gated: (spec.schedulingGates ?? []).length > 0,
  };
}

function wishes(spec: Raw<V1PodSpec>) {
  return {
    requests: podRequests(spec),
    nodeSelector: spec.nodeSelector ?? {},
    tolerations: (spec.tolerations ?? []).map(toToleration),
    graceSeconds: spec.terminationGracePeriodSeconds ?? GRACE_SECONDS,
  };
}

/** What most pods do not have. */
function needs({ affinity, volumes = [] }: Raw<V1PodSpec>): Pick<Pod, 'affinity' | 'claims'> {
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const claims = volumes.flatMap(({ persistentVolumeClaim: claim }) => (claim ? [claim.claimName] : []));
  return { ...(required && { affinity: toNodeTerms(required) }), ...(claims.length > 0 && { claims }) };
}

function toToleration({ key, operator, value, effect }: V1Toleration): Toleration {
  return {
    ...(key !== undefined && { key }),
    ...(operator !== undefined && { operator: operator === 'Exists' ? 'Exists' : 'Equal' }),
    ...(value !== undefined && { value }),
    ...(effect !== undefined && { effect }),
  };
}

/** Its data stays on the node that is drained and is lost with it. */
function isLocal(volume: Raw<V1Volume>): boolean {
  return volume.hostPath !== undefined || (volume.emptyDir !== undefined && volume.emptyDir.medium !== 'Memory');
}
