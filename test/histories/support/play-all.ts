import { play } from './play';
import { seedsOf } from './seeds';

/** Milliseconds that a history may take on a machine that has other things to do. */
const SLOWEST = 3000;

/** Of so many histories some see everything that is listed here: histories in which nothing happens prove nothing. */
const ENOUGH = 80;
const EXPECTED = [
  'scale-up done',
  'scale-up rolled-back ec2-no-capacity',
  'scale-up rolled-back instance-ended',
  'scale-up rolled-back join-deadline',
  'scale-down done',
  'scale-down rolled-back cancelled',
  'several at once',
  'swept dead-node',
  'taken back',
  'taken over scale-up joining',
  'taken over scale-up launching',
  'topped up',
];

/** The histories of one of `parts` test files: files run beside each other, tests of one file do not. */
export function playAll(part: number, parts: number): void {
  const seeds = seedsOf(part, parts);
  test(
    `${seeds.length} random histories end well`,
    async () => {
      const seen = new Set<string>();
      for (const seed of seeds) {
        const { broken, story, history } = await play(seed);
        if (broken) throw new Error(story());
        for (const what of history.witness.seen) seen.add(what);
      }
      if (seeds.length >= ENOUGH) expect([...seen]).toEqual(expect.arrayContaining(EXPECTED));
    },
    30_000 + seeds.length * SLOWEST,
  );
}
