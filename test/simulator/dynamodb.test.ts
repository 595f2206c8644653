import { makeDynamoClient } from '../../webhook/adapters/dynamodb/client';
import { DynamoStore } from '../../webhook/adapters/dynamodb/dynamo-store';
import { startDynamoDb } from '../../simulator/dynamodb';
import { POOL } from '../contracts/store-samples';

const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };

test('several run beside each other, and stopping ends only one', async () => {
  const [first, second] = await Promise.all([startDynamoDb(), startDynamoDb()]);
  expect(first.endpoint).not.toBe(second.endpoint);
  await first.stop();
  const client = makeDynamoClient({ region: 'local', endpoint: second.endpoint, credentials });
  await expect(new DynamoStore(client, second.tableName).ping()).resolves.toBeUndefined();
  client.destroy();
  await second.stop();
});

test('stops while requests are under way: they fail, nothing else does', async () => {
  const database = await startDynamoDb();
  const client = makeDynamoClient({ region: 'local', endpoint: database.endpoint, credentials });
  const store = new DynamoStore(client, database.tableName);
  const writes = Array.from({ length: 50 }, () => store.setPause(POOL, 'up', null));
  await Promise.race(writes);
  await database.stop();
  const outcomes = await Promise.allSettled(writes);
  expect(outcomes.some(({ status }) => status === 'fulfilled')).toBe(true);
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'store-unreachable' });
  }
  client.destroy();
});

test('is out of reach and comes back with everything that was stored', async () => {
  const database = await startDynamoDb();
  const client = makeDynamoClient({ region: 'local', endpoint: database.endpoint, credentials });
  const store = new DynamoStore(client, database.tableName);
  const pause = { by: 'ops', reason: 'maintenance', since: 1, until: null };
  await store.setPause(POOL, 'up', pause);
  database.setUnreachable(true);
  await expect(store.readPool(POOL)).rejects.toMatchObject({ code: 'store-unreachable' });
  database.setUnreachable(false);
  await expect(store.readPool(POOL)).resolves.toMatchObject({ pauses: { up: pause } });
  client.destroy();
  await database.stop();
});

test('counts what it is asked for, by operation', async () => {
  const database = await startDynamoDb();
  const client = makeDynamoClient({ region: 'local', endpoint: database.endpoint, credentials });
  const store = new DynamoStore(client, database.tableName);
  const before = database.requests('GetItem');
  for (let i = 0; i < 3; i += 1) await store.readPool(POOL);
  database.setDelay(1);
  await store.readPool(POOL);
  expect(database.requests('GetItem') - before).toBe(4);
  expect(database.requests('UpdateItem')).toBe(0);
  expect(database.requests('Scan')).toBe(0);
  client.destroy();
  await database.stop();
});

test('two that read and then write race when it is slow, and one of them wins', async () => {
  const database = await startDynamoDb();
  const client = makeDynamoClient({ region: 'local', endpoint: database.endpoint, credentials });
  const store = new DynamoStore(client, database.tableName);
  await store.setPause(POOL, 'up', null);
  database.setDelay(50);
  const began = Date.now();
  const readAndWrite = async () => {
    const { version } = await store.readPool(POOL);
    return store.accept(POOL, { version, operations: [], cancel: [], upAcceptedAt: version });
  };
  expect((await Promise.all([readAndWrite(), readAndWrite()])).sort()).toEqual(['lost', 'written']);
  expect(Date.now() - began).toBeGreaterThanOrEqual(95);
  client.destroy();
  await database.stop();
});
