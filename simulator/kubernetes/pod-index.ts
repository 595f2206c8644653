import type { KubePod } from './objects';
import { keyOf, type Table } from './table';

/** Pods grouped by something that they may have: a node, an owner, a namespace. Kept as pods change. */
export class PodIndex {
  private readonly groups = new Map<string, Map<string, KubePod>>();

  constructor(
    pods: Table<KubePod>,
    private readonly groupOf: (pod: KubePod) => string | undefined,
  ) {
    pods.onChange((before, after) => {
      const from = before === null ? undefined : this.groupOf(before);
      const to = after === null ? undefined : this.groupOf(after);
      if (before && from !== undefined && from !== to) this.drop(from, keyOf(before.metadata));
      if (after && to !== undefined) this.group(to).set(keyOf(after.metadata), after);
    });
  }

  /** In the order in which they came into the group. */
  of(group: string): readonly KubePod[] {
    return [...(this.groups.get(group)?.values() ?? [])];
  }

  private group(name: string): Map<string, KubePod> {
    const group = this.groups.get(name) ?? new Map<string, KubePod>();
    this.groups.set(name, group);
    return group;
  }

  private drop(group: string, key: string): void {
    const pods = this.groups.get(group);
    pods?.delete(key);
    if (pods?.size === 0) this.groups.delete(group);
  }
}
