/** Which of many label selectors match a pod, without asking each of them. Pure. */
import { selects } from '../decision/node-terms';
import type { LabelSelector, Pod } from '../model/observation';

interface Entry<T> {
  readonly selector: LabelSelector;
  readonly value: T;
}

export class SelectorIndex<T> {
  /** By namespace and a label that pods must have. */
  private readonly byLabel = new Map<string, Entry<T>[]>();
  /** By namespace, of those that demand no certain label. */
  private readonly others = new Map<string, Entry<T>[]>();
  /** In all namespaces. */
  private readonly everywhere: Entry<T>[] = [];

  /** `namespaces` null = all. */
  add(namespaces: readonly string[] | null, selector: LabelSelector, value: T): void {
    const entry = { selector, value };
    if (namespaces === null) {
      this.everywhere.push(entry);
      return;
    }
    const pinned = selector.find(({ operator, values }) => operator === 'In' && values.length > 0);
    for (const namespace of namespaces) {
      if (!pinned) push(this.others, namespace, entry);
      for (const value of new Set(pinned?.values))
        push(this.byLabel, keyOf(namespace, pinned?.key ?? '', value), entry);
    }
  }

  matching({ namespace, labels }: Pick<Pod, 'namespace' | 'labels'>): readonly T[] {
    if (this.byLabel.size + this.others.size + this.everywhere.length === 0) return [];
    const found: T[] = [];
    const collect = (entries: readonly Entry<T>[] = []) => {
      for (const { selector, value } of entries) if (selects(selector, labels)) found.push(value);
    };
    for (const key in labels) collect(this.byLabel.get(keyOf(namespace, key, labels[key] ?? '')));
    collect(this.others.get(namespace));
    collect(this.everywhere);
    return found;
  }
}

function keyOf(namespace: string, key: string, value: string): string {
  return `${namespace}\n${key}\n${value}`;
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
