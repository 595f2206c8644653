import { seededRandom, type Random } from '../../../simulator/random';

/** Everything of a history that is left to chance, from one seed. */
export class Draw {
  private readonly random: Random;

  constructor(seed: number) {
    this.random = seededRandom(seed);
    // Neighbouring seeds begin alike: their first numbers are thrown away.
    for (let i = 0; i < 5; i += 1) this.random();
  }

  /** True in that part of all cases, 0 to 1. */
  chance(share: number): boolean {
    return this.random() < share;
  }

  /** A whole number, both ends included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.random() * (most - least + 1));
  }

  oneOf<T>(things: readonly T[]): T {
    const thing = things[this.between(0, things.length - 1)];
    if (thing === undefined) throw new RangeError('nothing to draw from');
    return thing;
  }

  /** One of those, or null when there is none. */
  anyOf<T>(things: readonly T[]): T | null {
    return things.length === 0 ? null : this.oneOf(things);
  }

  weighted<T>(things: readonly { readonly weight: number; readonly thing: T }[]): T {
    let left = this.random() * things.reduce((sum, { weight }) => sum + weight, 0);
    for (const { weight, thing } of things) {
      left -= weight;
      if (left < 0) return thing;
    }
    return this.oneOf(things).thing;
  }

  /** A generator of its own: what it is asked for leaves the numbers of this one as they are. */
  branch(): Draw {
    return new Draw(Math.floor(this.random() * 2 ** 32));
  }
}
