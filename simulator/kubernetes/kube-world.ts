import { type Random, seededRandom } from '../random';
import type { KubeSettings } from './settings';
import { DEFAULT_KUBE_SETTINGS, scaledSettings } from './settings';
import { KubeStore } from './kube-store';
import { ServerTroubles } from './server-troubles';
import { Timers } from './timers';

export interface KubeClusterOptions {
  /** Epoch milliseconds; the simulator never looks at the system clock. */
  readonly clock: { now(): number };
  /** Seed 1 when absent. */
  readonly random?: Random;
  readonly settings?: Partial<KubeSettings>;
}

/** Things happen at multiples of it: of a thousand pods that start within a second the controllers hear a hundred times. */
const GRAIN_MS = 10;

/** What all controllers of the cluster share. */
export class KubeWorld {
  readonly store: KubeStore;
  readonly timers = new Timers();
  readonly troubles = new ServerTroubles();
  readonly random: Random;
  /** Already divided by the time scale. */
  readonly settings: KubeSettings;
  private readonly clock: { now(): number };
  private pretended: number | null = null;

  constructor({ clock, random = seededRandom(1), settings = {} }: KubeClusterOptions) {
    this.clock = clock;
    this.random = random;
    this.settings = scaledSettings({ ...DEFAULT_KUBE_SETTINGS, ...settings });
    this.store = new KubeStore(random, () => this.now());
  }

  /** Epoch milliseconds: while something that was due earlier is being caught up with, the time at which it was due. */
  now(): number {
    return this.pretended ?? this.clock.now();
  }

  at(time: number, work: () => void): void {
    this.pretended = time;
    try {
      work();
    } finally {
      this.pretended = null;
    }
  }

  /** Not before, and less than GRAIN_MS later. */
  after(delayMs: number, run: () => void): void {
    this.timers.schedule(Math.ceil((this.now() + delayMs) / GRAIN_MS) * GRAIN_MS, run);
  }

  /** Milliseconds of the clock. */
  scaledSeconds(seconds: number): number {
    return (seconds * 1000) / this.settings.timeScale;
  }

  /** Evenly between the two. */
  between([least, most]: readonly [number, number]): number {
    return least + (most - least) * this.random();
  }
}
