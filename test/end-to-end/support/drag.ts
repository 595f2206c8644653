import { setTimeout as sleep } from 'node:timers/promises';
import type { Scene } from './scene';

/** Milliseconds of a pause, and of two requests that ask for next to nothing on a machine that has nothing else to do. */
const PAUSE = 10;
const USUAL = 40;

/**
 * How long a machine that does other things too has kept everybody waiting: requests to idle servers, again and again, and
 * what they take beyond the usual. Bounds on real time leave it out, and are as strict as ever where nobody waits.
 */
export class Drag {
  private held = 0;
  private roundBegan = performance.now();
  private readonly over = new AbortController();
  private readonly rounds: Promise<void>;

  constructor(scene: Scene) {
    const { webhook, stage } = scene;
    this.rounds = this.ask([`${webhook.url}/healthz`, `${stage.monitoring.prometheusUrl}/-/ready`]);
  }

  /** Since it began, real milliseconds. */
  get milliseconds(): number {
    return this.held + this.beyondUsual();
  }

  async end(): Promise<void> {
    this.over.abort();
    await this.rounds;
  }

  private async ask(urls: readonly string[]): Promise<void> {
    while (!this.over.signal.aborted) {
      this.roundBegan = performance.now();
      await sleep(PAUSE);
      for (const url of urls)
        await fetch(url).then(
          (answer) => answer.text(),
          () => undefined,
        );
      this.held += this.beyondUsual();
    }
  }

  private beyondUsual(): number {
    return Math.max(0, performance.now() - this.roundBegan - PAUSE - USUAL);
  }
}
