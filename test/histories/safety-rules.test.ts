/** The test of the test: without a safety rule the histories do not end well, so the histories look at it. */
import { play } from './support/play';
import { SABOTAGES } from './support/sabotages';

/** Within so many histories. */
const SOON = 150;

async function firstBroken(name: string): Promise<{ readonly seed: number; readonly invariant: string } | null> {
  for (let seed = 1; seed <= SOON; seed += 1) {
    const { broken } = await play(seed, SABOTAGES[name]?.());
    if (broken) return { seed, invariant: broken.invariant };
  }
  return null;
}

test.each(Object.keys(SABOTAGES))(
  'without %s some history ends badly',
  async (name) => {
    expect(await firstBroken(name)).not.toBeNull();
  },
  600_000,
);
