import { MemoryStore } from '../../webhook/adapters/memory-store';
import { CostKeeper } from '../../webhook/assembly/cost-keeper';
import { beginOf, endOf } from '../../webhook/cost/months';
import type { MeterReading } from '../../webhook/cost/meter';
import { SmartScaleError } from '../../webhook/errors';
import { anInstance, aPriceBook, KEY, MINUTE, NOW } from '../support/builders';

const HOUR = 60 * MINUTE;
const MONTH = '2026-01';

function reading(seenAt: number, launchedAt: number): MeterReading {
  const life = { instance: anInstance('i-1'), launchedAt, endedAt: null };
  return { lives: [life], seenAt, book: aPriceBook(), staticFleet: { nodes: 1, dollarsPerHour: 1 } };
}

test('counts from the first instance of the pool on, then from where it was', async () => {
  const store = new MemoryStore();
  const keeper = new CostKeeper(store);
  await keeper.count(KEY, NOW, reading(NOW, NOW - HOUR));
  const month = await keeper.count(KEY, NOW + HOUR, reading(NOW + HOUR, NOW - HOUR));
  expect(month).toMatchObject({ revision: 2, from: NOW - HOUR, through: NOW + HOUR, instanceHours: 2 });
  await expect(store.readCost(KEY, MONTH)).resolves.toEqual(month);
});

test('two that count at the same moment, and one whose reply is lost, count nothing twice', async () => {
  const store = new MemoryStore();
  const [a, b] = [new CostKeeper(store), new CostKeeper(store)];
  await a.count(KEY, NOW, reading(NOW, NOW - HOUR));
  const both = await Promise.all([
    a.count(KEY, NOW + HOUR, reading(NOW + HOUR, NOW - HOUR)),
    b.count(KEY, NOW + HOUR + MINUTE, reading(NOW + HOUR, NOW - HOUR)),
  ]);
  expect(both[0]).toEqual(both[1]);
  store.loseNextReply();
  await a.count(KEY, NOW + 2 * HOUR, reading(NOW + 2 * HOUR, NOW - HOUR));
  const month = await b.count(KEY, NOW + 3 * HOUR, reading(NOW + 3 * HOUR, NOW - HOUR));
  expect(month.instanceHours).toBeCloseTo(4, 10);
});

test('the turn of a month ends the one and begins the other, also when nobody looked for hours', async () => {
  const store = new MemoryStore();
  const keeper = new CostKeeper(store);
  const turn = endOf(MONTH);
  await keeper.count(KEY, turn - HOUR, reading(turn, turn - 2 * HOUR));
  const february = await keeper.count(KEY, turn + 5 * HOUR, reading(turn + 5 * HOUR, turn - 2 * HOUR));
  expect(february).toMatchObject({ month: '2026-02', from: turn, instanceHours: 5 });
  await expect(store.readCost(KEY, MONTH)).resolves.toMatchObject({ through: turn, instanceHours: 2 });
  expect(february.from).toBe(beginOf('2026-02'));
});

test('a store that is away makes a gap that the next count fills', async () => {
  const store = new MemoryStore();
  const keeper = new CostKeeper(store);
  await keeper.count(KEY, NOW, reading(NOW, NOW - HOUR));
  store.failWith(new SmartScaleError('store-unreachable', 'gone'));
  await expect(keeper.count(KEY, NOW + HOUR, reading(NOW + HOUR, NOW - HOUR))).rejects.toMatchObject({
    code: 'store-unreachable',
  });
  store.failWith(null);
  const month = await keeper.count(KEY, NOW + 2 * HOUR, reading(NOW + 2 * HOUR, NOW - HOUR));
  expect(month.instanceHours).toBe(3);
});
