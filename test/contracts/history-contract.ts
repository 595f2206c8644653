/** What every store does with more history than one answer holds. */
import type { StorePort } from '../../webhook/ports';
import { NOW, POOL } from './store-samples';

/** More than the megabyte after which DynamoDB ends a page. */
const ROWS = 40;
const TEXT = 'x'.repeat(60_000);

export function historyContract(name: string, makeStore: () => StorePort): void {
  describe(`${name}: much history`, () => {
    test('is read whole, and in parts', async () => {
      const store = makeStore();
      const times = Array.from({ length: ROWS }, (_, index) => NOW + index);
      for (const at of times) await store.appendHistory(POOL, { at, id: 'row', kind: 'decision', data: { TEXT } });
      const read = async (query: Parameters<StorePort['readHistory']>[1]) =>
        (await store.readHistory(POOL, query)).map((row) => row.at);
      const newestFirst = times.toReversed();
      expect(await read({ limit: 100 })).toEqual(newestFirst);
      expect(await read({ limit: 25 })).toEqual(newestFirst.slice(0, 25));
      expect(await read({ limit: 25, before: NOW + 15 })).toEqual(newestFirst.slice(25));
    });
  });
}
