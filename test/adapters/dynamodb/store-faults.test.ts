/** Each way in which DynamoDB fails, and the word that the service has for it. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { makeDynamoClient, type DynamoSettings } from '../../../webhook/adapters/dynamodb/client';
import { DynamoStore } from '../../../webhook/adapters/dynamodb/dynamo-store';
import { storeError } from '../../../webhook/adapters/dynamodb/store-error';
import { SmartScaleError } from '../../../webhook/errors';
import { startDynamoDb } from '../../../simulator/dynamodb';
import { POOL, aScaleUp, begin } from '../../contracts/store-samples';
import { ScriptedServer } from '../scripted-server';
import { makeLossyClient } from './lossy-client';

const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
const saying = (text: string): unknown => expect.stringContaining(text);
const cleanups: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function connect(endpoint: string, settings: Partial<DynamoSettings> = {}): DynamoStore {
  const client = makeDynamoClient({ region: 'local', endpoint, credentials, requestTimeout: 5000, ...settings });
  cleanups.push(() => client.destroy());
  return new DynamoStore(client, 'smartscale');
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

/** Answers everything with one error of AWS and counts. */
async function refusing(status: number, type: string): Promise<{ endpoint: string; calls: () => number }> {
  let calls = 0;
  const server = createServer((request, response) => {
    calls += 1;
    request.resume();
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: `because of ${type}` }));
  });
  return { endpoint: await listen(server), calls: () => calls };
}

test('a table that does not exist is named', async () => {
  const database = await startDynamoDb('another');
  cleanups.push(() => database.stop());
  const store = connect(database.endpoint, { requestTimeout: 2000 });
  for (const call of [
    store.ping(),
    store.readPool(POOL),
    begin(store, aScaleUp()),
    store.readHistory(POOL, { limit: 1 }),
  ]) {
    await expect(call).rejects.toMatchObject({
      code: 'store-table-missing',
      message: saying('"smartscale"'),
    });
  }
});

test.each([
  [400, 'ThrottlingException', 3],
  [400, 'ProvisionedThroughputExceededException', 3],
  [400, 'RequestLimitExceeded', 3],
  [500, 'InternalServerError', 3],
  [503, 'ServiceUnavailable', 3],
  [400, 'AccessDeniedException', 1],
  [400, 'ExpiredTokenException', 1],
])('HTTP %i %s means unreachable, after %i attempts', async (status, type, attempts) => {
  const { endpoint, calls } = await refusing(status, type);
  await expect(connect(endpoint).readPool(POOL)).rejects.toMatchObject({
    code: 'store-unreachable',
    message: saying(`because of ${type}`),
  });
  expect(calls()).toBe(attempts);
});

test.each(['ProvisionedThroughputExceededException', 'ThrottlingException'])(
  'a write that meets %s twice is written at the third attempt, with a wait before each',
  async (type) => {
    const throttle = {
      status: 400,
      body: { __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: 'The level of configured throughput' },
    };
    const server = await ScriptedServer.start();
    cleanups.push(() => server.stop());
    server.willAnswer(throttle, throttle, { status: 200, body: {} });
    await expect(connect(server.url).takeLease('prod', 'a', 1, 2)).resolves.toBe(true);
    expect(server.asked).toHaveLength(3);
    expect(new Set(server.asked.map(({ body }) => body)).size).toBe(1);
  },
);

test('an answer that is slow is waited for; one that is slower than the limit is asked for again, three times in all', async () => {
  const database = await startDynamoDb();
  cleanups.push(() => database.stop());
  const store = connect(database.endpoint, { requestTimeout: 400 });
  database.setDelay(200);
  await expect(store.readPool(POOL)).resolves.toMatchObject({ version: 0 });
  database.setDelay(600);
  const begun = Date.now();
  await expect(store.readPool(POOL)).rejects.toMatchObject({ code: 'store-unreachable' });
  expect(Date.now() - begun).toBeGreaterThanOrEqual(1190);
});

test('a request that DynamoDB calls malformed is our own mistake', async () => {
  const { endpoint } = await refusing(400, 'ValidationException');
  await expect(connect(endpoint).readPool(POOL)).rejects.toMatchObject({ code: 'internal' });
});

test('a server that accepts and never answers is given up', async () => {
  let asked = 0;
  const endpoint = await listen(createServer(() => void (asked += 1)));
  await expect(connect(endpoint, { requestTimeout: 100 }).ping()).rejects.toMatchObject({ code: 'store-unreachable' });
  expect(asked).toBe(3);
});

test('a closed port and missing credentials mean unreachable', async () => {
  const server = createServer();
  const endpoint = await listen(server);
  server.close();
  await expect(connect(endpoint).ping()).rejects.toMatchObject({
    code: 'store-unreachable',
    message: saying('ECONNREFUSED'),
  });
  const none = Object.assign(new Error('no credentials found'), { name: 'CredentialsProviderError' });
  expect(storeError(none, 'smartscale').code).toBe('store-unreachable');
});

test('a page of a proxy instead of an answer means unreachable', async () => {
  const endpoint = await listen(createServer((_request, response) => response.end('<html>Please log in</html>')));
  await expect(connect(endpoint).readPool(POOL)).rejects.toMatchObject({ code: 'store-unreachable' });
});

test('what cannot be stored is our own mistake and never leaves the process', async () => {
  const { endpoint, calls } = await refusing(500, 'InternalServerError');
  await expect(begin(connect(endpoint), aScaleUp({ planned: NaN }))).rejects.toMatchObject({ code: 'internal' });
  expect(calls()).toBe(0);
});

test('when every reply is lost the caller hears nothing, and repeating the call finds it written', async () => {
  const database = await startDynamoDb();
  cleanups.push(() => database.stop());
  const lossy = makeLossyClient(database.endpoint);
  cleanups.push(() => lossy.client.destroy());
  const store = new DynamoStore(lossy.client, database.tableName);
  lossy.loseReplies(3);
  await expect(begin(store, aScaleUp())).rejects.toBeInstanceOf(SmartScaleError);
  await expect(begin(store, aScaleUp())).resolves.toBeUndefined();
  expect((await store.readPool(POOL)).version).toBe(1);
});
