/** Values that end at their time, by the clock alone: no timer, and nobody sees one that is over. */
export class ExpiringValues {
  private readonly values = new Map<string, { readonly value: string; readonly until: number }>();

  /** Epoch milliseconds. */
  constructor(private readonly now: () => number) {}

  /** `ms` absent: for ever. */
  set(key: string, value: string, ms = Infinity): void {
    this.values.set(key, { value, until: this.now() + ms });
  }

  get(key: string): string | null {
    const held = this.values.get(key);
    if (held && held.until > this.now()) return held.value;
    this.values.delete(key);
    return null;
  }

  clear(): void {
    this.values.clear();
  }
}
