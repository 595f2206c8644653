/** What every Kubernetes object says about itself, with nothing missing. */
import type { V1ObjectMeta } from '@kubernetes/client-node';

type Texts = Readonly<Record<string, string>>;

/** `createdAt` in epoch milliseconds; an API server always gives all of it. */
export function objectMeta(metadata: V1ObjectMeta = {}) {
  return {
    name: metadata.name ?? '',
    uid: metadata.uid ?? '',
    createdAt: metadata.creationTimestamp?.getTime() ?? 0,
    ...textsOf(metadata),
  };
}

export function textsOf(metadata: V1ObjectMeta = {}): { readonly labels: Texts; readonly annotations: Texts } {
  return { labels: metadata.labels ?? {}, annotations: metadata.annotations ?? {} };
}
