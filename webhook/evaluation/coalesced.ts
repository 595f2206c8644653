/**
 * Runs `work` one at a time, with at most one run waiting: callers that arrive while a run is under way share the next
 * one, which sees everything that happened before it began. Ten thousand posts cost the work of three.
 */
export class Coalesced<T> {
  private running: Promise<T> | null = null;
  private waiting: Promise<T> | null = null;

  constructor(private readonly work: () => Promise<T>) {}

  run(): Promise<T> {
    // Asked first: between the end of a run and the begin of the waiting one there is a moment in which none runs.
    if (this.waiting) return this.waiting;
    if (!this.running) return this.start();
    this.waiting = this.running.then(
      () => this.startWaiting(),
      () => this.startWaiting(),
    );
    return this.waiting;
  }

  private startWaiting(): Promise<T> {
    this.waiting = null;
    return this.start();
  }

  private start(): Promise<T> {
    const run = this.work().finally(() => {
      if (this.running === run) this.running = null;
    });
    this.running = run;
    return run;
  }
}
