import { Ticker } from '../../webhook/assembly/ticker';
import { FakeClock, settled } from '../support/fake-clock';

function aTicker() {
  const clock = new FakeClock();
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const ticker = new Ticker(clock, 1000, () => {
    begun.push(clock.now());
    return new Promise((resolve) => void ends.push(resolve));
  });
  const end = async () => {
    ends.shift()?.();
    await settled();
  };
  return { clock, ticker, begun, end };
}

test('works at once, and an interval after each end: never two at a time', async () => {
  const { clock, ticker, begun, end } = aTicker();
  const start = clock.now();
  ticker.start();
  expect(begun).toEqual([start]);
  await clock.advance(5000);
  expect(begun).toHaveLength(1);
  await end();
  await clock.advance(999);
  expect(begun).toHaveLength(1);
  await clock.advance(1);
  expect(begun).toEqual([start, start + 6000]);
  await end();
  await ticker.stop();
});

test('stops when the work under way has ended, and begins no more', async () => {
  const { clock, ticker, begun, end } = aTicker();
  ticker.start();
  let stopped = false;
  const stopping = ticker.stop().then(() => {
    stopped = true;
  });
  await clock.advance(10_000);
  expect(stopped).toBe(false);
  await end();
  await stopping;
  await clock.advance(10_000);
  expect(begun).toHaveLength(1);
});

test('stops at once while it waits, and if it was never started', async () => {
  const { clock, ticker, begun, end } = aTicker();
  ticker.start();
  await end();
  await ticker.stop();
  await clock.advance(10_000);
  expect(begun).toHaveLength(1);
  await aTicker().ticker.stop();
});
