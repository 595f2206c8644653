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
