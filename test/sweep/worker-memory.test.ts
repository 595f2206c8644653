import { MemoryStore } from '../../webhook/adapters/memory-store';
import { SmartScaleError } from '../../webhook/errors';
import { TAGS } from '../../webhook/model/names';
import type { CompleteObservation } from '../../webhook/model/observation';
import { WorkerMemory } from '../../webhook/sweep/worker-memory';
import { FakeClock } from '../support/fake-clock';
import { KEY, aNode, anInstance, observation, workers } from '../support/builders';

const DAY = 86_400_000;

let store: MemoryStore;
let clock: FakeClock;
let memory: WorkerMemory;
let written: string[];

beforeEach(() => {
  [store, clock, written] = [new MemoryStore(), new FakeClock(), []];
  const putJoined: MemoryStore['putJoined'] = async (key, id, at) => {
    await store.putJoined(key, id, at);
    written.push(id);
  };
  memory = new WorkerMemory(KEY.cluster, { putJoined }, clock);
});

async function remember(seen: CompleteObservation): Promise<readonly string[]> {
  const before = written.length;
  await memory.remember(seen, new Set(['workers']));
  return written.slice(before);
}

test('a worker is told to the store once, and again every 30 days: rows live 90', async () => {
  expect(await remember(workers(2))).toEqual(['i-1', 'i-2']);
  expect(await store.hasJoined(KEY, 'i-1')).toBe(true);
  await clock.advance(30 * DAY - 1);
  expect(await remember(workers(3))).toEqual(['i-3']);
  await clock.advance(1);
  expect(await remember(workers(3))).toEqual(['i-1', 'i-2']);
});

test('under the pool of the instance, whatever its node is labelled with', async () => {
  const nodes = [aNode('i-1', { pool: 'gpu' })];
  expect(await remember(observation({ nodes, instances: [anInstance('i-1')] }))).toEqual(['i-1']);
  expect(await store.hasJoined(KEY, 'i-1')).toBe(true);
});

test.each([
  ['without a node', observation({ instances: [anInstance('i-1')] })],
  ['whose node is not Ready', workers(1, { nodes: [aNode('i-1', { ready: false })] })],
  ['of another cluster', workers(1, { instances: [anInstance('i-1', { tags: { [TAGS.cluster]: 'other' } })] })],
  ['of a pool that is not swept', workers(1, { instances: [anInstance('i-1', { tags: { [TAGS.pool]: 'gpu' } })] })],
])('an instance %s is not told', async (_what, seen) => {
  expect(await remember(seen)).toEqual([]);
});

test('hundreds are told a few at each look', async () => {
  const told = [];
  for (let look = 0; look < 6; look += 1) told.push((await remember(workers(110))).length);
  expect(told).toEqual([25, 25, 25, 25, 10, 0]);
});

test('what the store did not take is told again', async () => {
  store.failWith(new SmartScaleError('store-unreachable', 'gone'));
  await expect(remember(workers(1))).rejects.toMatchObject({ code: 'store-unreachable' });
  store.failWith(null);
  expect(await remember(workers(1))).toEqual(['i-1']);
});
