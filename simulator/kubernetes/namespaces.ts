import { deletePod } from './delete-pod';
import type { KubeNamespace } from './objects';
import { isTerminating } from './conditions';
import { keyOf } from './table';
import type { KubeWorld } from './kube-world';

/** Empties and removes namespaces that were deleted; their pods end in their grace period. */
export class Namespaces {
  private readonly terminating = new Set<string>();

  constructor(private readonly world: KubeWorld) {
    world.store.namespaces.onChange((_, after) => {
      if (after?.status.phase === 'Terminating') this.terminating.add(after.metadata.name);
    });
  }

  /** Nothing to do when it exists. */
  ensure(name: string): void {
    if (!this.world.store.namespaces.get(name)) this.world.store.namespaces.insert(newNamespace(name));
  }

  reconcile(): void {
    for (const name of this.terminating) {
      this.empty(name);
      if (this.world.store.podsOfNamespace.of(name).length > 0) continue;
      this.terminating.delete(name);
      this.world.store.namespaces.remove(name);
    }
  }

  private empty(name: string): void {
    const { poddisruptionbudgets, events, persistentvolumeclaims, podsOfNamespace } = this.world.store;
    for (const pod of podsOfNamespace.of(name)) if (!isTerminating(pod)) deletePod(this.world, pod);
    for (const table of [poddisruptionbudgets, events, persistentvolumeclaims]) {
      for (const { metadata } of table.list()) if (metadata.namespace === name) table.remove(keyOf(metadata));
    }
  }
}

export function newNamespace(name: string, labels: Readonly<Record<string, string>> = {}) {
  return {
    kind: 'Namespace',
    apiVersion: 'v1',
    metadata: { name, labels: { 'kubernetes.io/metadata.name': name, ...labels } },
    spec: { finalizers: ['kubernetes'] },
    status: { phase: 'Active' },
  } satisfies Omit<KubeNamespace, 'metadata'> & { metadata: Pick<KubeNamespace['metadata'], 'name' | 'labels'> };
}

/** What `kubectl delete namespace` does: emptied by its controller, then gone. */
export function terminateNamespace({ store }: KubeWorld, namespace: KubeNamespace): KubeNamespace {
  if (namespace.status.phase === 'Terminating') return namespace;
  return store.namespaces.replace({
    ...namespace,
    metadata: { ...namespace.metadata, deletionTimestamp: store.timestamp() },
    status: { phase: 'Terminating' },
  });
}
