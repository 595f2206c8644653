import type { KubeStore } from './kube-store';
import type { KubeClaim, KubePod, KubeVolume, NodeSelector } from './objects';
import type { Draft } from './table';

/** Bound to the volume that it names; no provisioner makes one. */
export function newClaim(metadata: Draft<KubeClaim>['metadata'], spec: KubeClaim['spec']): Draft<KubeClaim> {
  const phase = spec.volumeName === undefined ? 'Pending' : 'Bound';
  return { kind: 'PersistentVolumeClaim', apiVersion: 'v1', metadata, spec, status: { phase } };
}

export function newVolume(metadata: Draft<KubeVolume>['metadata'], spec: KubeVolume['spec']): Draft<KubeVolume> {
  return { kind: 'PersistentVolume', apiVersion: 'v1', metadata, spec, status: { phase: 'Available' } };
}

/** What the volumes of the pod demand of its node. One that is not there, or not bound, demands nothing. */
export function volumeDemands({ metadata, spec }: KubePod, store: KubeStore): readonly NodeSelector[] {
  return (spec.volumes ?? []).flatMap(({ persistentVolumeClaim }) => {
    const { claimName } = (persistentVolumeClaim ?? {}) as { readonly claimName?: string };
    if (claimName === undefined) return [];
    const claim = store.persistentvolumeclaims.get(`${metadata.namespace}/${claimName}`);
    return store.persistentvolumes.get(claim?.spec.volumeName ?? '')?.spec.nodeAffinity?.required ?? [];
  });
}
