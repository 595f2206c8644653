/** What lies in the table, and what happens when something else lies there. */
import { DynamoDBDocumentClient, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { newMonth } from '../../../webhook/cost/meter';
import { DynamoStore } from '../../../webhook/adapters/dynamodb/dynamo-store';
import { startDynamoDb, type EmbeddedDynamoDb } from '../../../simulator/dynamodb';
import { NOW, POOL, aScaleDown, aScaleUp, anAttempt, begin } from '../../contracts/store-samples';
import { makeLossyClient, type LossyClient } from './lossy-client';

const PK = 'prod#workers';
const DAY_S = 86_400;
let database: EmbeddedDynamoDb;
let lossy: LossyClient;
let raw: DynamoDBDocumentClient;
let store: DynamoStore;

beforeEach(async () => {
  database = await startDynamoDb('other-name');
  lossy = makeLossyClient(database.endpoint);
  raw = DynamoDBDocumentClient.from(lossy.client);
  store = new DynamoStore(lossy.client, database.tableName);
});

afterEach(async () => {
  lossy.client.destroy();
  await database.stop();
});

async function rowsOf(pk: string): Promise<Record<string, unknown>[]> {
  const query = { KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: { ':pk': pk } };
  return (await raw.send(new QueryCommand({ TableName: 'other-name', ...query }))).Items ?? [];
}

const putRaw = (item: Record<string, unknown>) => raw.send(new PutCommand({ TableName: 'other-name', Item: item }));

test('rows have the documented keys, and only what may be forgotten expires', async () => {
  await begin(store, aScaleUp());
  await store.putAttempt(POOL, anAttempt());
  await store.putJoined(POOL, 'i-1', NOW);
  await store.appendHistory(POOL, { at: NOW, id: 'up1', kind: 'operation', data: {} });
  await store.putCost(POOL, { ...newMonth('2026-11', NOW), revision: 1 });
  await store.takeLease('prod', 'replica-a', NOW, NOW + 30_000);
  const seconds = Math.floor(NOW / 1000);
  const summary = (await rowsOf(PK)).map(({ sk, expiresAt }) => [sk, expiresAt]);
  expect(summary).toEqual([
    ['attempt#up1#1', seconds + 30 * DAY_S],
    ['cost#2026-11', expect.any(Number)],
    [`history#00${String(NOW)}#up1`, seconds + 90 * DAY_S],
    ['joined#i-1', seconds + 90 * DAY_S],
    ['pool', undefined],
  ]);
  await expect(rowsOf('prod')).resolves.toEqual([{ pk: 'prod', sk: 'lease', owner: 'replica-a', until: NOW + 30_000 }]);
});

test('each write is one request while nobody interferes', async () => {
  const counted = async (action: () => Promise<unknown>): Promise<number> => {
    const before = lossy.sent();
    await action();
    return lossy.sent() - before;
  };
  const seen = { revision: 1, owner: 'replica-a' };
  const next = { version: 1, operations: [aScaleUp({ id: 'up2' })], cancel: [{ id: 'up1', revision: 1, by: 'up2' }] };
  expect(await counted(() => begin(store, aScaleUp()))).toBe(1);
  expect(await counted(() => store.accept(POOL, next))).toBe(1);
  expect(await counted(() => store.saveOperation(POOL, aScaleUp({ id: 'up2', revision: 2 }), seen))).toBe(1);
  const closed = aScaleUp({ id: 'up2', revision: 3 });
  const closing = { closedAt: NOW };
  expect(await counted(() => store.closeOperation(POOL, closed, { ...seen, revision: 2, version: 2 }, closing))).toBe(
    1,
  );
  expect(await counted(() => store.putAttempt(POOL, anAttempt()))).toBe(1);
});

test('a lost reply is repeated by the SDK and recognised with one read', async () => {
  const before = lossy.sent();
  lossy.loseReplies(1);
  await begin(store, aScaleUp());
  expect(lossy.sent() - before).toBe(3);
});

test('history longer than one page of DynamoDB (1 MB) is read on', async () => {
  const text = 'x'.repeat(300_000);
  for (let at = 1; at <= 5; at += 1) {
    await store.appendHistory(POOL, { at, id: 'row', kind: 'decision', data: { text } });
  }
  const rows = await store.readHistory(POOL, { limit: 5 });
  expect(rows.map(({ at }) => at)).toEqual([5, 4, 3, 2, 1]);
});

test('what a newer version wrote into an operation survives a save by this one', async () => {
  const foreign = { ...aScaleUp(), surge: true, lastError: { code: 'from-the-future', retryable: true, message: 'm' } };
  await putRaw({ pk: PK, sk: 'pool', version: 4, operations: { up1: foreign }, region: 'eu' });
  const { operations } = await store.readPool(POOL);
  expect(operations['up1']?.lastError).toEqual({ code: 'internal', retryable: true, message: 'm' });
  const { lastError: _mended, ...read } = operations['up1']!;
  await expect(store.saveOperation(POOL, { ...read, revision: 2 }, { revision: 1, owner: 'replica-a' })).resolves.toBe(
    'written',
  );
  const [item] = await rowsOf(PK);
  expect(item).toMatchObject({ region: 'eu', operations: { up1: { surge: true, revision: 2 } } });
});

test.each([
  ['no version', { operations: {} }, 'version'],
  ['operations as a list', { version: 1, operations: [] }, 'operations'],
  [
    'an unknown phase',
    { version: 1, operations: { up1: { ...aScaleUp(), phase: 'napping' } } },
    'operations.up1.phase',
  ],
  ['an unknown kind', { version: 1, operations: { up1: { ...aScaleUp(), kind: 'sideways' } } }, 'operations.up1.kind'],
  [
    'text for the time since when a node is empty',
    { version: 1, operations: { down1: { ...aScaleDown(), emptiedAt: 'noon' } } },
    'operations.down1.emptiedAt',
  ],
  ['text for a time', { version: 1, operations: {}, closedAt: 'yesterday' }, 'closedAt'],
])('a pool item with %s is refused by name', async (_what, attributes, mistake) => {
  await putRaw({ pk: PK, sk: 'pool', ...attributes });
  const reading = store.readPool(POOL);
  await expect(reading).rejects.toMatchObject({ code: 'internal', name: 'SmartScaleError' });
  await expect(reading).rejects.toThrow(`prod#workers / pool cannot be read: ${mistake}: `);
});

test('a history row or attempt of another shape is refused by name', async () => {
  await putRaw({ pk: PK, sk: 'history#000000000000001#x', at: 1, id: 'x', kind: 'gossip', data: '{}' });
  await expect(store.readHistory(POOL, { limit: 1 })).rejects.toThrow('history#000000000000001#x cannot be read: kind');
  await putRaw({ pk: PK, sk: 'attempt#up1#1', operation: 'up1' });
  await expect(store.readAttempt(POOL, 'up1', 1)).rejects.toThrow('attempt#up1#1 cannot be read: number');
});
