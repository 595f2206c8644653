/**
 * One object for all that are equal. The pods of a ReplicaSet differ in name, uid and node, and repeat everything else;
 * what is listed is only read, so that they can share it.
 */
export class Sharing {
  private readonly texts = new Map<string, string>();
  private readonly objects = new Map<string, object>();

  /** The record itself, with shared values in the place of its own. `alone`: fields whose texts hardly ever repeat. */
  shared<T extends object>(record: T, alone: ReadonlySet<string>): T {
    const entries = record as Record<string, unknown>;
    for (const name in entries) {
      const value = entries[name];
      if (typeof value === 'string') {
        if (!alone.has(name)) entries[name] = this.text(value);
      } else if (typeof value === 'object' && value !== null) entries[name] = this.object(value);
    }
    return record;
  }

  private text(value: string): string {
    const known = this.texts.get(value);
    if (known !== undefined) return known;
    this.texts.set(value, value);
    return value;
  }

  private object(value: object): object {
    const key = JSON.stringify(value);
    const known = this.objects.get(key);
    if (known !== undefined) return known;
    this.objects.set(key, value);
    return value;
  }
}
