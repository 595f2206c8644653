import { play } from './support/play';
import { SABOTAGES } from './support/sabotages';
import { isReplay } from './support/seeds';

const unlessReplay = isReplay() ? test.skip : test;

unlessReplay('a seed gives the same history each time', async () => {
  const [first, second] = [await play(7), await play(7)];
  expect(second.story()).toBe(first.story());
  expect(first.story().split('\n').length).toBeGreaterThan(20);
});

unlessReplay('another seed gives another history', async () => {
  const [first, second] = [await play(7), await play(8)];
  expect(second.story()).not.toBe(first.story());
});

unlessReplay('a history that breaks says what broke, how to play it again, and what led to it', async () => {
  const { seed, story } = await aBrokenOne();
  expect(story()).toMatch(/^BROKEN: (cooldown|back-off|top-up): op\d+ /);
  expect(story()).toContain(`SMARTSCALE_SEED=${seed} npx jest test/histories`);
  expect(story()).toMatch(/replica-\d+ accepts op\d+: (launch \d|give back one) \(.* asks for .*, have \d/);
});

async function aBrokenOne() {
  for (let seed = 1; ; seed += 1) {
    const outcome = await play(seed, SABOTAGES['cooldowns and back-off']?.());
    if (outcome.broken) return outcome;
  }
}
