import type { Call, Life } from '../support/mortal';
import { Namer, natureOf } from './calls';

/** Watches the calls of one process, and pauses it with the first of that name in its hands. */
export class Watch {
  /** Names of the calls that it began, since it woke up if it did. */
  readonly begun: string[] = [];
  /** Names of the calls that it was answered, since it woke up if it did, and the answers. */
  readonly answered: (readonly [string, unknown])[] = [];
  /** Resolves when it is paused. */
  readonly paused: Promise<void>;
  private readonly names = new WeakMap<Call, string>();
  private readonly namer = new Namer();
  private waits = true;
  private tellPaused = (): void => undefined;

  constructor(
    private readonly life: Life,
    private readonly before?: string,
  ) {
    this.paused = new Promise((resolve) => {
      this.tellPaused = resolve;
    });
    life.onCall = (call) => this.begins(call);
    life.onAnswer = (call, answer) => void this.answered.push([this.names.get(call) ?? '', answer]);
  }

  wakeUp(): void {
    this.begun.length = 0;
    this.answered.length = 0;
    this.life.wakeUp();
  }

  /** What it began to do to the world. */
  get actsBegun(): readonly string[] {
    return this.begun.filter(isAct);
  }

  /** What it did to the world. */
  get actsDone(): readonly string[] {
    return this.answered.map(([name]) => name).filter(isAct);
  }

  private begins(call: Call): void {
    const name = this.namer.nameOf(call);
    if (natureOf(name) === undefined) return;
    this.names.set(call, name);
    this.begun.push(name);
    if (name !== this.before || !this.waits) return;
    this.waits = false;
    this.life.pause();
    this.tellPaused();
  }
}

function isAct(name: string): boolean {
  return natureOf(name) === 'acts';
}
