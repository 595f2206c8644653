import { EFFECTS } from './fate';
import { Player } from './player';
import { IN_MEMORY, seedsOf } from './seeds';

/** Milliseconds that a history may take on a machine that has other things to do. */
const SLOWEST = 3000;

/** Of so many histories some see everything that is listed here: histories in which nothing happens prove nothing. */
const ENOUGH = 250;
const EXPECTED = [
  'deleted past its budget',
  'deleted with its node',
  'drained because EC2 takes it',
  'exchange done',
  'exchange launch done',
  'exchange launch rolled-back',
  'exchange rolled-back',
  'launched in the place of another',
  'launched one to see',
  'scale-down done',
  'scale-down rolled-back cancelled',
  'scale-down rolled-back not-confirmed',
  'scale-down rolled-back uncordoned-by-person',
  'scale-up done',
  'scale-up rolled-back ec2-no-capacity',
  'scale-up rolled-back instance-ended',
  'scale-up rolled-back join-deadline',
  'scale-up rolled-back not-registered',
  'scale-up rolled-back no-longer-wanted',
  'several at once',
  'swept dead-node',
  'taken back',
  'taken over scale-down draining',
  'taken over scale-down terminating',
  'taken over scale-up joining',
  'taken over scale-up launching',
  'topped up',
];

/** Of so many histories some see a process die right before, die right after and sleep before every kind of call. */
const MANY = 1500;
const ENDS = ['died before', 'died after', 'slept before'] as const;

/** The histories of one of `parts` test files: files run beside each other, tests of one file do not. */
export function playAll(part: number, parts: number): void {
  const seeds = seedsOf(IN_MEMORY, part, parts);
  let player: Player;

  beforeAll(async () => {
    player = await Player.start();
  });

  afterAll(() => player.stop());

  test(
    `${seeds.length} random histories end well`,
    async () => {
      const seen = new Set<string>();
      for (const seed of seeds) {
        const played = await player.play({ seed });
        if (played.broken) throw new Error(played.broken.story);
        for (const what of played.seen) seen.add(what);
      }
      if (seeds.length >= ENOUGH) expect([...seen]).toEqual(expect.arrayContaining(EXPECTED));
      if (seeds.length >= ENOUGH) expect(callsAtWhich(seen, 'any')).toEqual([...CALLS]);
      if (seeds.length >= MANY) expect(callsAtWhich(seen, 'all')).toEqual([...CALLS]);
    },
    30_000 + seeds.length * SLOWEST,
  );
}

const CALLS = new Set(EFFECTS.map(({ thing }) => thing));

/** Calls at which a process died or slept: in any of the ways, or in all of them. */
function callsAtWhich(seen: ReadonlySet<string>, ways: 'any' | 'all'): readonly string[] {
  const some = (call: string) => ENDS.some((end) => seen.has(`${end} ${call}`));
  const every = (call: string) => ENDS.every((end) => seen.has(`${end} ${call}`));
  return [...CALLS].filter(ways === 'any' ? some : every);
}
