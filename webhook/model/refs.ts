/** Kubernetes objects as calls name them: by name, and by the uid that tells two of one name apart. */

export interface NodeRef {
  readonly name: string;
  readonly uid: string;
}

export interface PodRef {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export interface PodEviction extends PodRef {
  /** Only where that is less than the pod's own. At least 1. */
  readonly graceSeconds?: number;
}

/** Of a pod that is deleted past its budget, its opt-outs and its turn. */
export interface PodDeletion extends PodRef {
  /** At least 1: nobody ends a pod whose kubelet was not asked. */
  readonly graceSeconds: number;
}
