import { StepNamer, type Server } from './steps';
import type { GateKeeper, Passage } from './toll-gate';

/** `before`: the request never takes effect. `after`: it has, and its answer is lost. */
export type Moment = 'before' | 'after';

export interface Death {
  readonly step: string;
  readonly moment: Moment;
}

/** Sees every request that changes something, and kills the process at the one that it was told. */
export class Executioner {
  /** What changed something since `expect` was called, in the order of arrival. */
  readonly steps: string[] = [];
  private readonly namer = new StepNamer();
  private readonly names = new WeakMap<Passage, string>();
  private death: Death | null = null;
  /** The process is dead: what it had sent goes nowhere. */
  private dead = false;
  private tellDeath: () => void = () => undefined;

  constructor(private readonly kill: () => Promise<void>) {}

  /** From now on; resolves when it is done. Null: nobody dies, and it never resolves. */
  expect(death: Death | null): Promise<void> {
    this.steps.length = 0;
    this.death = death;
    return new Promise((resolve) => {
      this.tellDeath = resolve;
    });
  }

  /** Another process begins. */
  forget(): void {
    this.dead = false;
  }

  keeperOf(server: Server): GateKeeper {
    return { letsIn: (passage) => this.letsIn(server, passage), letsOut: (passage) => this.letsOut(passage) };
  }

  private letsIn(server: Server, passage: Passage): boolean {
    if (this.dead) return false;
    const name = this.namer.nameOf(server, passage);
    if (name === null) return true;
    this.names.set(passage, name);
    this.steps.push(name);
    return !this.dies(name, 'before');
  }

  private letsOut(passage: Passage): boolean {
    return !this.dead && !this.dies(this.names.get(passage), 'after');
  }

  private dies(step: string | undefined, moment: Moment): boolean {
    if (this.death?.step !== step || this.death?.moment !== moment) return false;
    this.death = null;
    this.dead = true;
    void this.kill().then(this.tellDeath);
    return true;
  }
}
