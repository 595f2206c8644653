import type { KubeStore } from './kube-store';
import type { KubeClaim, KubePod, KubeVolume, KubeVolumeAttachment, NodeSelector } from './objects';
import type { Draft } from './table';

/** Bound to the volume that it names; no provisioner makes one. */
export function newClaim(metadata: Draft<KubeClaim>['metadata'], spec: KubeClaim['spec']): Draft<KubeClaim> {
  const phase = spec.volumeName === undefined ? 'Pending' : 'Bound';
  return { kind: 'PersistentVolumeClaim', apiVersion: 'v1', metadata, spec, status: { phase } };
}

export function newVolume(metadata: Draft<KubeVolume>['metadata'], spec: KubeVolume['spec']): Draft<KubeVolume> {
  return { kind: 'PersistentVolume', apiVersion: 'v1', metadata, spec, status: { phase: 'Available' } };
}

export function newAttachment(name: string, spec: KubeVolumeAttachment['spec']): Draft<KubeVolumeAttachment> {
  const status = { attached: true };
  return { kind: 'VolumeAttachment', apiVersion: 'storage.k8s.io/v1', metadata: { name }, spec, status };
}

/** What the volumes of the pod demand of its node. One that is not there, or not bound, demands nothing. */
export function volumeDemands(pod: KubePod, store: KubeStore): readonly NodeSelector[] {
  return claimsOf(pod).flatMap((claimName) => {
    const claim = store.persistentvolumeclaims.get(`${pod.metadata.namespace}/${claimName}`);
    return store.persistentvolumes.get(claim?.spec.volumeName ?? '')?.spec.nodeAffinity?.required ?? [];
  });
}

/** Names of the claims that the pod mounts. */
export function claimsOf({ spec }: KubePod): readonly string[] {
  return (spec.volumes ?? []).flatMap(({ persistentVolumeClaim }) => {
    const { claimName } = (persistentVolumeClaim ?? {}) as { readonly claimName?: string };
    return claimName ?? [];
  });
}
