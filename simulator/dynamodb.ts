/** DynamoDB on loopback, in memory: on disk dynalite is known to lose consistency when it is killed. */
import { once } from 'node:events';
import { Server, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { DEFAULT_TABLE_NAME, TABLE } from '../webhook/adapters/dynamodb/table';
import { withTimeToLive } from './time-to-live';

export interface EmbeddedDynamoDb {
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string;
  readonly tableName: string;
  /** While true every connection breaks at once; nothing is forgotten. */
  setUnreachable(unreachable: boolean): void;
  /** From now on every request waits so many milliseconds before it is looked at: who reads and then writes, races. */
  setDelay(ms: number): void;
  /** Requests that have arrived since the beginning, of one operation such as `GetItem` or of all. */
  requests(operation?: string): number;
  /** For a port of somebody else's, who may let some requests through and others not. */
  readonly handle: RequestListener;
  /** Closes the port and forgets everything. */
  stop(): Promise<void>;
}

const ACTIVE_WITHIN_MS = 5000;

/** Listens on a free port; resolves when the table takes writes. */
export async function startDynamoDb(tableName: string = DEFAULT_TABLE_NAME): Promise<EmbeddedDynamoDb> {
  const server = dynalite({ createTableMs: 0 });
  wrap(server, withTimeToLive);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  try {
    await createTable(endpoint, tableName);
  } catch (error) {
    await stop(server);
    throw error;
  }
  const setDelay = brake(server);
  const requests = counter(server);
  return {
    endpoint,
    tableName,
    setUnreachable: breaker(server),
    setDelay,
    requests,
    handle: (request, response) => void server.emit('request', request, response),
    stop: () => stop(server),
  };
}

/** The port stays ours: a closed one could be taken by somebody else before it is opened again. */
function breaker(server: Server): (unreachable: boolean) => void {
  let broken = false;
  server.on('connection', (socket: Socket) => {
    if (broken) socket.destroy();
  });
  return (unreachable) => {
    broken = unreachable;
    if (broken) server.closeAllConnections();
  };
}

function counter(server: Server): EmbeddedDynamoDb['requests'] {
  const counts = new Map<string, number>();
  server.on('request', ({ headers }: IncomingMessage) => {
    // "DynamoDB_20120810.GetItem"
    const operation = String(headers['x-amz-target']).split('.')[1] ?? '';
    counts.set(operation, (counts.get(operation) ?? 0) + 1);
  });
  const all = () => [...counts.values()].reduce((sum, count) => sum + count, 0);
  return (operation) => (operation === undefined ? all() : (counts.get(operation) ?? 0));
}

function brake(server: Server): (ms: number) => void {
  let delay = 0;
  wrap(server, (handle) => (request, response) => {
    if (delay === 0) handle(request, response);
    else setTimeout(() => handle(request, response), delay);
  });
  return (ms) => {
    delay = ms;
  };
}

function wrap(server: Server, layer: (handle: RequestListener) => RequestListener): void {
  const handle = server.listeners('request')[0] as RequestListener;
  server.removeAllListeners('request').on('request', layer(handle));
}

/** Creates the table of table.ts, TTL included, on any DynamoDB that asks for no real credentials; resolves when it takes writes. */
export async function createTable(endpoint: string, TableName: string): Promise<void> {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new DynamoDBClient({ endpoint, region: 'local', credentials });
  const { partitionKey, sortKey } = TABLE;
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [partitionKey, sortKey].map((name) => ({ AttributeName: name, AttributeType: 'S' })),
      KeySchema: [
        { AttributeName: partitionKey, KeyType: 'HASH' },
        { AttributeName: sortKey, KeyType: 'RANGE' },
      ],
    }),
  );
  const giveUpAt = Date.now() + ACTIVE_WITHIN_MS;
  while ((await client.send(new DescribeTableCommand({ TableName }))).Table?.TableStatus !== 'ACTIVE') {
    if (Date.now() > giveUpAt) throw new Error(`the embedded table ${TableName} did not become active`);
    await sleep(10);
  }
  const TimeToLiveSpecification = { AttributeName: TABLE.ttl, Enabled: true };
  await client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
  client.destroy();
}

/**
 * Closes the HTTP server alone: dynalite's own `close` also closes the memory behind it, and a request that is still under
 * way then throws where nobody can catch it.
 */
async function stop(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => Server.prototype.close.call(server, () => resolve()));
  server.closeAllConnections();
  await closed;
}
