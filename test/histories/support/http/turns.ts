import { settled } from '../virtual-clock';

/**
 * What needs real time: one after the other, in the order of asking, so that a history over HTTP is the same each time.
 * Virtual time stands still until nothing is under way.
 */
export class Turns {
  private underWay = 0;
  private last: Promise<unknown> = Promise.resolve();
  private waiting: (() => void)[] = [];

  take<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.last.then(work);
    this.last = turn.catch(() => undefined);
    return this.hold(turn);
  }

  /** Under way until it ends, beside the turns. */
  hold<T>(work: Promise<T>): Promise<T> {
    this.underWay += 1;
    return work.finally(() => {
      this.underWay -= 1;
      for (const go of this.waiting.splice(0)) go();
    });
  }

  /** Nothing is under way, and no promise is left that could begin something. */
  async settled(): Promise<void> {
    for (;;) {
      await settled();
      if (this.underWay === 0) return;
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  /** The port with every call in its turn. */
  of<T extends object>(port: T): T {
    return new Proxy(port, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== 'function') return member;
        const method = member.bind(target) as (...args: unknown[]) => Promise<unknown>;
        return (...args: unknown[]) => this.take(() => method(...args));
      },
    });
  }
}
