/** What every store does with the rows beside the pool item: attempts, instances that joined, history, the lease. */
import { newMonth } from '../../webhook/cost/meter';
import { CLOCK_SKEW } from '../../webhook/model/clock-skew';
import type { StorePort } from '../../webhook/ports';
import { NOW, POOL, aMark, anAttempt } from './store-samples';

export interface StoreHarness {
  /** A store that nothing has been written to. */
  readonly store: StorePort;
  /** Another replica's view of the same store. */
  readonly other: StorePort;
  /** The next conditional write is applied, its reply is lost, and the client repeats the request by itself. */
  loseNextReply(): void;
}

const launchesWith = (token: string) => anAttempt().launches.map(({ request }) => ({ token, request }));

export function storeRowsContract(name: string, makeHarness: () => Promise<StoreHarness> | StoreHarness): void {
  describe(`${name}: rows`, () => {
    let harness: StoreHarness;
    let store: StorePort;
    beforeEach(async () => {
      harness = await makeHarness();
      store = harness.store;
    });

    test('an attempt is written once; later writes of its number get the first', async () => {
      await expect(store.readAttempt(POOL, 'up1', 1)).resolves.toBeNull();
      await expect(store.putAttempt(POOL, anAttempt())).resolves.toEqual(anAttempt());
      await expect(store.putAttempt(POOL, anAttempt({ launches: [], at: NOW + 1 }))).resolves.toEqual(anAttempt());
      await store.putAttempt(POOL, anAttempt({ number: 2, launches: [] }));
      await expect(store.readAttempt(POOL, 'up1', 2)).resolves.toMatchObject({ launches: [] });
    });

    test('of two replicas that store one attempt both go on with the same', async () => {
      const [a, b] = await Promise.all([
        store.putAttempt(POOL, anAttempt({ launches: launchesWith('a') })),
        harness.other.putAttempt(POOL, anAttempt({ launches: launchesWith('b') })),
      ]);
      expect(a).toEqual(b);
    });

    test('a stored request comes back letter for letter', async () => {
      await store.putAttempt(POOL, anAttempt());
      const read = await store.readAttempt(POOL, 'up1', 1);
      expect(JSON.stringify(read?.launches)).toBe(JSON.stringify(anAttempt().launches));
    });

    test('remembers a refusal of each scope, the last of each, apart for each pool', async () => {
      await expect(store.readMarks(POOL)).resolves.toEqual([]);
      const spot = aMark({ instanceType: 'm6i.large', zone: 'eu-west-1b', capacity: 'spot' });
      const quota = aMark({ capacity: 'on-demand' }, { kind: 'quota' });
      for (const mark of [spot, quota, aMark({ zone: 'eu-west-1a' })]) await store.putMark(POOL, mark, NOW + 90_000);
      await harness.other.putMark(POOL, { ...spot, failures: 2, until: NOW + 60_000 }, NOW + 90_000);
      const read = await store.readMarks(POOL);
      expect(read).toHaveLength(3);
      expect(read).toEqual(
        expect.arrayContaining([{ ...spot, failures: 2, until: NOW + 60_000 }, quota, aMark({ zone: 'eu-west-1a' })]),
      );
      await store.putMark(POOL, { ...spot, at: NOW - 1, failures: 7 }, NOW + 90_000);
      await expect(store.readMarks(POOL)).resolves.toEqual(expect.arrayContaining(read as unknown[]));
      await expect(store.readMarks({ ...POOL, pool: 'gpu' })).resolves.toEqual([]);
      await store.putMark(POOL, { ...spot, at: NOW + 2 * CLOCK_SKEW, failures: 8 }, NOW + 90_000);
      await store.putMark(POOL, { ...spot, failures: 3 }, NOW + 90_000);
      await expect(store.readMarks(POOL)).resolves.toContainEqual({ ...spot, failures: 3 });
      await expect(store.readHistory(POOL, { limit: 10 })).resolves.toEqual([]);
    });

    test('remembers which instances joined', async () => {
      await expect(store.hasJoined(POOL, 'i-1')).resolves.toBe(false);
      await store.putJoined(POOL, 'i-1', NOW);
      await store.putJoined(POOL, 'i-1', NOW + 1);
      await expect(harness.other.hasJoined(POOL, 'i-1')).resolves.toBe(true);
      await expect(store.hasJoined({ ...POOL, pool: 'gpu' }, 'i-1')).resolves.toBe(false);
    });

    test('history reads newest first, page by page, each row once', async () => {
      const rows = [999, 1000, 1_000_000, NOW, NOW + 1].map((at) => ({
        at,
        id: `row-${String(at)}`,
        kind: 'decision' as const,
        data: { at, asked: 1e300, list: [null, 'x', { deep: true }], empty: '' },
      }));
      for (const row of [...rows, rows[2]!]) await store.appendHistory(POOL, row);
      await expect(store.readHistory(POOL, { limit: 100 })).resolves.toEqual(rows.toReversed());
      const first = await store.readHistory(POOL, { limit: 2 });
      expect(first.map(({ at }) => at)).toEqual([NOW + 1, NOW]);
      const second = await store.readHistory(POOL, { limit: 2, before: NOW });
      expect(second.map(({ at }) => at)).toEqual([1_000_000, 1000]);
      await expect(store.readHistory(POOL, { limit: 2, before: 999 })).resolves.toEqual([]);
      await expect(store.readHistory({ ...POOL, pool: 'gpu' }, { limit: 2 })).resolves.toEqual([]);
    });

    test('a history row written again under its id is replaced', async () => {
      const row = { at: NOW, id: 'd1', kind: 'decision' as const };
      await store.appendHistory(POOL, { ...row, data: { count: 1 } });
      await store.appendHistory(POOL, { ...row, data: { count: 2 } });
      await expect(store.readHistory(POOL, { limit: 9 })).resolves.toEqual([{ ...row, data: { count: 2 } }]);
    });

    test('a row of an operation is replaced by one of the same or a later revision, never of an earlier one', async () => {
      const row = (revision: number, phase: string) => ({
        at: NOW,
        id: 'up1',
        kind: 'operation' as const,
        revision,
        data: { phase },
      });
      await store.appendHistory(POOL, row(7, 'rolled-back'));
      await harness.other.appendHistory(POOL, row(6, 'done'));
      await expect(store.readHistory(POOL, { limit: 9 })).resolves.toEqual([row(7, 'rolled-back')]);
      await store.appendHistory(POOL, row(7, 'done'));
      await expect(store.readHistory(POOL, { limit: 9 })).resolves.toEqual([row(7, 'done')]);
      await harness.other.appendHistory(POOL, row(8, 'rolled-back'));
      await expect(store.readHistory(POOL, { limit: 9 })).resolves.toEqual([row(8, 'rolled-back')]);
    });

    test('the cost of a month is written revision by revision, and by one of two', async () => {
      const cost = (revision: number, spent: number) => ({ ...newMonth('2026-11', NOW), revision, spent });
      await expect(store.readCost(POOL, '2026-11')).resolves.toBeNull();
      await expect(store.putCost(POOL, cost(2, 1))).resolves.toBe('lost');
      await expect(store.putCost(POOL, cost(1, 0.1035))).resolves.toBe('written');
      await expect(harness.other.putCost(POOL, cost(1, 7))).resolves.toBe('lost');
      const both = await Promise.all([store.putCost(POOL, cost(2, 2.5)), harness.other.putCost(POOL, cost(2, 3.5))]);
      expect(both.toSorted()).toEqual(['lost', 'written']);
      await expect(store.putCost(POOL, cost(2, 9))).resolves.toBe('lost');
      await expect(harness.other.readCost(POOL, '2026-11')).resolves.toEqual(
        cost(2, both[0] === 'written' ? 2.5 : 3.5),
      );
      await expect(store.readCost(POOL, '2026-12')).resolves.toBeNull();
      await expect(store.readCost({ ...POOL, pool: 'gpu' }, '2026-11')).resolves.toBeNull();
    });

    test('a cost whose reply was lost is written, once', async () => {
      const cost = (revision: number) => ({ ...newMonth('2026-11', NOW), revision, spent: revision / 3 });
      harness.loseNextReply();
      await expect(store.putCost(POOL, cost(1))).resolves.toBe('written');
      await expect(store.putCost(POOL, cost(1))).resolves.toBe('written');
      harness.loseNextReply();
      await expect(store.putCost(POOL, cost(2))).resolves.toBe('written');
      await expect(store.readCost(POOL, '2026-11')).resolves.toEqual(cost(2));
    });

    test('console output is kept by instance, as long as EC2 gives it, and the last one stands', async () => {
      const row = { instanceId: 'i-1', operation: 'up1', at: NOW, text: `first\n${'Ä'.repeat(65_530)}` };
      await expect(store.readConsole(POOL, 'i-1')).resolves.toBeNull();
      await store.putConsole(POOL, row);
      await expect(harness.other.readConsole(POOL, 'i-1')).resolves.toEqual(row);
      await store.putConsole(POOL, { ...row, text: 'second' });
      await expect(store.readConsole(POOL, 'i-1')).resolves.toEqual({ ...row, text: 'second' });
      await expect(store.readConsole({ ...POOL, pool: 'gpu' }, 'i-1')).resolves.toBeNull();
      await expect(store.readHistory(POOL, { limit: 9 })).resolves.toEqual([]);
    });

    test('the lease is held until its time, renewed by its owner, then free', async () => {
      await expect(store.takeLease('prod', 'a', NOW, NOW + 30)).resolves.toBe(true);
      await expect(harness.other.takeLease('prod', 'b', NOW + 29, NOW + 60)).resolves.toBe(false);
      await expect(store.takeLease('prod', 'a', NOW + 20, NOW + 50)).resolves.toBe(true);
      await expect(harness.other.takeLease('prod', 'b', NOW + 49, NOW + 80)).resolves.toBe(false);
      await expect(harness.other.takeLease('prod', 'b', NOW + 50, NOW + 80)).resolves.toBe(true);
      await expect(store.takeLease('prod', 'a', NOW + 60, NOW + 90)).resolves.toBe(false);
      await expect(store.takeLease('test', 'a', NOW + 60, NOW + 90)).resolves.toBe(true);
    });

    test('a lease of a clock that was far ahead holds nobody back, one that was a little ahead does', async () => {
      await store.takeLease('prod', 'ahead', NOW + 60_000, NOW + 60_030);
      await expect(harness.other.takeLease('prod', 'b', NOW, NOW + 30)).resolves.toBe(false);
      await store.takeLease('prod', 'ahead', NOW + 3_600_000, NOW + 3_600_030);
      await expect(harness.other.takeLease('prod', 'b', NOW, NOW + 30)).resolves.toBe(true);
    });

    test('of ten that want a free lease one gets it, also when its reply is lost', async () => {
      harness.loseNextReply();
      const owners = Array.from({ length: 10 }, (_, index) => `replica-${String(index)}`);
      const taken = await Promise.all(owners.map((owner) => store.takeLease('prod', owner, NOW, NOW + 30)));
      expect(taken.filter(Boolean)).toHaveLength(1);
    });
  });
}
