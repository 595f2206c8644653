/** What every Kubernetes object says about itself, with nothing missing. */
import type { V1ObjectMeta } from '@kubernetes/client-node';
import { keptAnnotations } from './kept-annotations';
import type { Raw } from './raw';

type Texts = Readonly<Record<string, string>>;

/** `createdAt` in epoch milliseconds; an API server always gives all of it. Annotations that nobody reads are left out. */
export function objectMeta(metadata: Raw<V1ObjectMeta> = {}) {
  const { labels, annotations } = textsOf(metadata);
  return {
    name: metadata.name ?? '',
    uid: metadata.uid ?? '',
    createdAt: timeOf(metadata.creationTimestamp) ?? 0,
    labels,
    annotations: keptAnnotations(annotations),
  };
}

export function textsOf(metadata: Pick<V1ObjectMeta, 'labels' | 'annotations'> = {}): {
  readonly labels: Texts;
  readonly annotations: Texts;
} {
  return { labels: metadata.labels ?? {}, annotations: metadata.annotations ?? {} };
}

/** Epoch milliseconds of an API server's time; null when there is none. */
export function timeOf(text: string | null | undefined): number | null {
  return text ? Date.parse(text) : null;
}
