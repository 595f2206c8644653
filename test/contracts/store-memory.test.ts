import { SmartScaleError } from '../../webhook/errors';
import { MemoryStore } from '../../webhook/adapters/memory-store';
import { historyContract } from './history-contract';
import { storeContract } from './store-contract';
import { POOL } from './store-samples';

storeContract('memory store', () => {
  const store = new MemoryStore();
  return { store, other: store, loseNextReply: () => store.loseNextReply() };
});

historyContract('memory store', () => new MemoryStore());

test('memory store: fails on request until told otherwise', async () => {
  const store = new MemoryStore();
  store.failWith(new SmartScaleError('store-unreachable', 'gone'));
  await expect(store.ping()).rejects.toMatchObject({ code: 'store-unreachable' });
  await expect(store.readPool(POOL)).rejects.toMatchObject({ code: 'store-unreachable' });
  await expect(store.takeLease('prod', 'a', 1, 2)).rejects.toMatchObject({ code: 'store-unreachable' });
  store.failWith(null);
  await expect(store.ping()).resolves.toBeUndefined();
});
