import type { OwnerReference } from './objects';
import type { PodTemplate } from './pod-template';

export type WorkloadKind = 'Deployment' | 'StatefulSet' | 'DaemonSet' | 'Job' | 'Bare';

export interface WorkloadSpec {
  readonly name: string;
  readonly namespace: string;
  readonly kind: WorkloadKind;
  /**
   * Deployment, StatefulSet: pods kept. Job: pods that are to complete, all at once. Bare: pods created once and never again.
   * DaemonSet: ignored, it is one a node. 1 when absent.
   */
  readonly replicas?: number;
  readonly pod?: PodTemplate;
  /** Of a StatefulSet: one after the other, each when the one before it is Ready, or all at once. OrderedReady when absent. */
  readonly podManagementPolicy?: 'OrderedReady' | 'Parallel';
  /** Of a StatefulSet: pod `db-0` mounts the claim `data-db-0` for each `data` in it. Nobody makes the claims. */
  readonly claimTemplates?: readonly string[];
}

/** A workload and the object that owns its pods; only the owner reference of that object is simulated. */
export interface Workload {
  readonly spec: WorkloadSpec & { readonly pod: PodTemplate };
  replicas: number;
  /** Null for bare pods. */
  readonly owner: OwnerReference | null;
}

/** A Deployment's pods belong to its ReplicaSet, whose name ends in a hash of the template. */
export function ownerOf(spec: WorkloadSpec, uid: string, hash: string): OwnerReference | null {
  const owner = (apiVersion: string, kind: string, name: string): OwnerReference => ({
    apiVersion,
    kind,
    name,
    uid,
    controller: true,
  });
  switch (spec.kind) {
    case 'Deployment':
      return owner('apps/v1', 'ReplicaSet', `${spec.name}-${hash}`);
    case 'StatefulSet':
      return owner('apps/v1', 'StatefulSet', spec.name);
    case 'DaemonSet':
      return owner('apps/v1', 'DaemonSet', spec.name);
    case 'Job':
      return owner('batch/v1', 'Job', spec.name);
    case 'Bare':
      return null;
  }
}
