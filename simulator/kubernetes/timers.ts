interface Timer {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** What is to happen at which time: a binary heap, first by time, then in the order of asking. Fires nothing by itself. */
export class Timers {
  private readonly heap: Timer[] = [];
  private order = 0;

  schedule(at: number, run: () => void): void {
    this.heap.push({ at, order: this.order++, run });
    this.rise(this.heap.length - 1);
  }

  /** Time of the earliest, null when nothing is planned. */
  nextAt(): number | null {
    return this.heap[0]?.at ?? null;
  }

  /** Takes out and runs all that are due at exactly the earliest time. */
  runNext(): void {
    const at = this.nextAt();
    while (at !== null && this.heap[0]?.at === at) this.take().run();
  }

  private take(): Timer {
    const first = this.at(0);
    const last = this.heap.pop();
    if (last && this.heap.length > 0) {
      this.heap[0] = last;
      this.sink(0);
    }
    return first;
  }

  private rise(index: number): void {
    for (let child = index; child > 0;) {
      const parent = (child - 1) >> 1;
      if (!this.isEarlier(child, parent)) return;
      this.swap(child, parent);
      child = parent;
    }
  }

  private sink(index: number): void {
    for (let parent = index; ;) {
      const children = [2 * parent + 1, 2 * parent + 2].filter((child) => child < this.heap.length);
      const first = children.reduce((best, child) => (this.isEarlier(child, best) ? child : best), parent);
      if (first === parent) return;
      this.swap(first, parent);
      parent = first;
    }
  }

  private isEarlier(one: number, other: number): boolean {
    const [left, right] = [this.at(one), this.at(other)];
    return left.at < right.at || (left.at === right.at && left.order < right.order);
  }

  private swap(one: number, other: number): void {
    [this.heap[one], this.heap[other]] = [this.at(other), this.at(one)];
  }

  private at(index: number): Timer {
    const timer = this.heap[index];
    if (timer === undefined) throw new RangeError(`no timer ${index}`);
    return timer;
  }
}
