import { MemoryStore } from '../../webhook/adapters/memory-store';
import { Lease } from '../../webhook/assembly/lease';
import { SmartScaleError } from '../../webhook/errors';
import { makeLogger } from '../../webhook/telemetry/logger';
import { MINUTE, SECOND } from '../support/builders';
import { FakeClock } from '../support/fake-clock';
import { SettableClock } from '../support/settable-clock';

const DURATION = 45 * SECOND;

function twoReplicas() {
  const [store, clock] = [new MemoryStore(), new FakeClock()];
  const log = makeLogger({ level: 'silent' });
  const lease = (owner: string) => new Lease({ cluster: 'shop', owner, duration: DURATION, store, clock, log });
  return { store, clock, a: lease('a'), b: lease('b') };
}

test('one holds it, the other gets it when it runs out, and the first then knows that it has it no more', async () => {
  const { clock, a, b } = twoReplicas();
  expect(await a.renew()).toBe(true);
  expect(await b.renew()).toBe(false);
  await clock.advance(DURATION - 1);
  expect(a.isHeld()).toBe(true);
  expect(await b.renew()).toBe(false);
  await clock.advance(1);
  expect(a.isHeld()).toBe(false);
  expect(await b.renew()).toBe(true);
  expect(await a.renew()).toBe(false);
});

test('renewed in time it is kept for ever', async () => {
  const { clock, a, b } = twoReplicas();
  for (let tick = 0; tick < 20; tick += 1) {
    expect(await a.renew()).toBe(true);
    expect(await b.renew()).toBe(false);
    await clock.advance(15 * SECOND);
  }
});

test('a store that does not answer is no loss until it would have run out anyway', async () => {
  const { store, clock, a } = twoReplicas();
  await a.renew();
  store.failWith(new SmartScaleError('store-unreachable', 'gone'));
  await clock.advance(15 * SECOND);
  expect(await a.renew()).toBe(true);
  await clock.advance(30 * SECOND);
  expect(await a.renew()).toBe(false);
});

test('what is released can be taken at once, and only by its holder is it released', async () => {
  const { a, b } = twoReplicas();
  await a.renew();
  await b.release();
  expect(await b.renew()).toBe(false);
  await a.release();
  expect(a.isHeld()).toBe(false);
  expect(await b.renew()).toBe(true);
});

test('a release that the store does not hear of ends nothing but our own holding', async () => {
  const { store, a } = twoReplicas();
  await a.renew();
  store.failWith(new SmartScaleError('store-unreachable', 'gone'));
  await a.release();
  expect(a.isHeld()).toBe(false);
});

test('one whose clock is set back does not hold it for as long as that clock was wrong', async () => {
  const { store, clock, b } = twoReplicas();
  const wrong = new SettableClock(clock);
  const log = makeLogger({ level: 'silent' });
  const a = new Lease({ cluster: 'shop', owner: 'a', duration: DURATION, store, clock: wrong, log });
  wrong.jump(60 * MINUTE);
  await a.renew();
  wrong.jump(-60 * MINUTE);
  expect(a.isHeld()).toBe(false);
  expect(await b.renew()).toBe(true);
});
