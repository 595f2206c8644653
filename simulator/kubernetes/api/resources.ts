import type { ResourceName } from '../objects';

export interface ResourceInfo {
  readonly kind: string;
  /** Empty for the core group. */
  readonly group: string;
  readonly apiVersion: string;
  readonly namespaced: boolean;
}

export const RESOURCES: Readonly<Record<ResourceName, ResourceInfo>> = {
  nodes: { kind: 'Node', group: '', apiVersion: 'v1', namespaced: false },
  namespaces: { kind: 'Namespace', group: '', apiVersion: 'v1', namespaced: false },
  pods: { kind: 'Pod', group: '', apiVersion: 'v1', namespaced: true },
  events: { kind: 'Event', group: '', apiVersion: 'v1', namespaced: true },
  persistentvolumeclaims: { kind: 'PersistentVolumeClaim', group: '', apiVersion: 'v1', namespaced: true },
  persistentvolumes: { kind: 'PersistentVolume', group: '', apiVersion: 'v1', namespaced: false },
  volumeattachments: {
    kind: 'VolumeAttachment',
    group: 'storage.k8s.io',
    apiVersion: 'storage.k8s.io/v1',
    namespaced: false,
  },
  poddisruptionbudgets: { kind: 'PodDisruptionBudget', group: 'policy', apiVersion: 'policy/v1', namespaced: true },
};

export function isResource(name: string): name is ResourceName {
  return Object.hasOwn(RESOURCES, name);
}
