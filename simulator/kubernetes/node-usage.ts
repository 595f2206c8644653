import { isCompleted } from './conditions';
import type { KubePod } from './objects';
import { type Amounts, minus, NOTHING, plus, podRequests } from './requests';
import type { Table } from './table';

/** What the pods of each node have requested together. Terminating pods count until they are gone. */
export class NodeUsage {
  private readonly used = new Map<string, Amounts>();

  constructor(pods: Table<KubePod>) {
    pods.onChange((before, after) => {
      const [from, to] = [before && holder(before), after && holder(after)];
      if (from === to) return;
      if (before && from !== null) this.used.set(from, minus(this.of(from), podRequests(before)));
      if (after && to !== null) this.used.set(to, plus(this.of(to), podRequests(after)));
    });
  }

  of(node: string): Amounts {
    return this.used.get(node) ?? NOTHING;
  }
}

function holder(pod: KubePod): string | null {
  return isCompleted(pod) ? null : (pod.spec.nodeName ?? null);
}
