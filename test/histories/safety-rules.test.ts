/** The test of the test: without a safety rule histories end badly, and in the way that the rule is there to prevent. */
import { Player } from './support/player';
import { SABOTAGES } from './support/sabotages';
import { isReplay } from './support/seeds';

/** Within so many histories, always the same ones. */
const SOON = 800;

let player: Player;

beforeAll(async () => {
  player = await Player.start();
});

afterAll(() => player.stop());

/** Plays until one breaks in one of these ways, and answers with that. */
async function firstToBreak(rule: string, ways: readonly string[]): Promise<string | undefined> {
  for (let seed = 1; seed <= SOON; seed += 1) {
    const { broken } = await player.play({ seed, without: rule });
    if (broken && ways.includes(broken.invariant)) return broken.invariant;
  }
  return undefined;
}

/** What is taken away, and the invariants that then break. */
const RULES: Readonly<Record<string, readonly string[]>> = {
  'the client token': ['one-launch'],
  'the version condition': ['in-flight', 'cooldown', 'top-up', 'back-off', 'drains', 'max'],
  'the ownership check': ['no-way-back', 'ending', 'one-launch'],
  'no way back once terminating has begun': ['no-way-back'],
  deadlines: ['never-ends'],
  'the sweep': ['dead-node'],
  'cooldowns and back-off': ['cooldown'],
  'the circuit breaker': ['circuit'],
  'the maximum': ['max'],
  'the limit of surge': ['max'],
  'the budget of exchanges': ['exchange'],
  'the tag of what stands in for another': ['replace'],
  "EC2's own word": ['replace'],
  'the minimum': ['min'],
  'a look at pods': ['drained'],
  'objections of pods': ['evicted'],
  'the word of budgets': ['forced'],
  'reasons of roll-backs': ['reason'],
  pauses: ['paused'],
  'rows of history': ['history'],
  'taking marks back': ['half-drained', 'never-ends'],
};

test('every rule that can be taken away is', () => {
  expect(Object.keys(RULES)).toEqual(Object.keys(SABOTAGES));
});

(isReplay() ? test.skip : test).each(Object.entries(RULES))(
  'without %s some history ends badly',
  async (rule, ways) => {
    expect(ways).toContain(await firstToBreak(rule, ways));
  },
  600_000,
);
