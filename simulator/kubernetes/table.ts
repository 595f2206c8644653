import type { KubeObject, ObjectMeta } from './objects';

export type ChangeListener<T> = (before: T | null, after: T | null) => void;

/** What a table asks the store for. */
export interface Stamps {
  nextRevision(): string;
  newUid(): string;
  /** RFC 3339, seconds. */
  timestamp(): string;
}

/** An object before the server has stamped it. */
export type Draft<T extends KubeObject> = Omit<T, 'metadata'> & { metadata: Omit<ObjectMeta, keyof StampFields> };
type StampFields = Pick<ObjectMeta, 'uid' | 'resourceVersion' | 'creationTimestamp'>;

export function keyOf({ name, namespace }: { readonly name: string; readonly namespace?: string }): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/**
 * The stored objects of one resource. Objects are never changed, only replaced: a list that was handed out stays as
 * it was, which is what a paged list needs, and JSON once made of an object stays right.
 */
export class Table<T extends KubeObject> {
  private readonly objects = new Map<string, T>();
  private readonly listeners: ChangeListener<T>[] = [];
  private sorted: readonly T[] | null = null;

  constructor(private readonly stamps: Stamps) {}

  /** Called after every change: (null, new), (old, new) or (old, null). */
  onChange(listener: ChangeListener<T>): void {
    this.listeners.push(listener);
  }

  get size(): number {
    return this.objects.size;
  }

  get(key: string): T | undefined {
    return this.objects.get(key);
  }

  /** In the order of the keys, as etcd keeps them. */
  list(): readonly T[] {
    this.sorted ??= [...this.objects.entries()].sort(byKey).map(([, object]) => object);
    return this.sorted;
  }

  /** In the order of creation. */
  values(): IterableIterator<T> {
    return this.objects.values();
  }

  insert(draft: Draft<T>): T {
    return this.put(null, {
      ...draft,
      metadata: {
        ...draft.metadata,
        uid: this.stamps.newUid(),
        resourceVersion: this.stamps.nextRevision(),
        creationTimestamp: this.stamps.timestamp(),
      },
    } as T);
  }

  /** Stores `object` under a new resourceVersion. */
  replace(object: T): T {
    const before = this.objects.get(keyOf(object.metadata));
    if (before === undefined) throw new Error(`nothing to replace: ${keyOf(object.metadata)}`);
    const metadata = { ...object.metadata, resourceVersion: this.stamps.nextRevision() };
    return this.put(before, { ...object, metadata });
  }

  remove(key: string): void {
    const before = this.objects.get(key);
    if (before === undefined) return;
    this.objects.delete(key);
    this.stamps.nextRevision();
    this.changed(before, null);
  }

  private put(before: T | null, after: T): T {
    this.objects.set(keyOf(after.metadata), after);
    this.changed(before, after);
    return after;
  }

  private changed(before: T | null, after: T | null): void {
    this.sorted = null;
    for (const listener of this.listeners) listener(before, after);
  }
}

function byKey([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return one < other ? -1 : 1;
}
