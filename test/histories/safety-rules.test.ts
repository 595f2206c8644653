/** The test of the test: without a safety rule histories end badly, and in the way that the rule is there to prevent. */
import { play } from './support/play';
import { SABOTAGES } from './support/sabotages';
import { isReplay } from './support/seeds';

/** Within so many histories. */
const SOON = 100;

/** Plays until one breaks. */
async function firstToBreak(rule: string): Promise<{ readonly seed: number; readonly invariant: string } | null> {
  for (let seed = 1; seed <= SOON; seed += 1) {
    const { broken } = await play(seed, SABOTAGES[rule]?.());
    if (broken) return { seed, invariant: broken.invariant };
  }
  return null;
}

(isReplay() ? test.skip : test).each([
  ['the client token', ['one-launch', 'max']],
  ['the version condition', ['cooldown', 'back-off', 'in-flight', 'drains', 'max', 'top-up', 'paused']],
  ['the ownership check', ['one-launch', 'no-way-back', 'never-ends', 'owned', 'ending']],
  ['no way back once terminating has begun', ['no-way-back']],
  ['deadlines', ['never-ends']],
  ['the sweep', ['dead-node', 'orphan', 'half-drained']],
  ['cooldowns and back-off', ['cooldown', 'back-off', 'top-up']],
])(
  'without %s some history ends badly',
  async (rule, ways) => {
    expect(ways).toContain((await firstToBreak(rule))?.invariant);
  },
  600_000,
);

test('every rule that can be taken away is', () => {
  expect(Object.keys(SABOTAGES)).toHaveLength(7);
});
