import { play } from './play';
import { seedsOf } from './seeds';

/** Milliseconds that a history may take on a machine that has other things to do. */
const SLOWEST = 3000;

/** The histories of one of `parts` test files: files run beside each other, tests of one file do not. */
export function playAll(part: number, parts: number): void {
  const seeds = seedsOf(part, parts);
  test(
    `${seeds.length} random histories end well`,
    async () => {
      for (const seed of seeds) {
        const { broken, story } = await play(seed);
        if (broken) throw new Error(story());
      }
    },
    30_000 + seeds.length * SLOWEST,
  );
}
