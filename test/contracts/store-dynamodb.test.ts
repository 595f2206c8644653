/**
 * Against the embedded dynalite; with SMARTSCALE_STORE_PEER set to the address of another DynamoDB (such as Amazon's DynamoDB
 * Local, `http://127.0.0.1:8000`) the same suite holds the adapter against that.
 */
import { randomUUID } from 'node:crypto';
import { DynamoStore } from '../../webhook/adapters/dynamodb/dynamo-store';
import { createTable, startDynamoDb, type EmbeddedDynamoDb } from '../../simulator/dynamodb';
import { makeLossyClient, type LossyClient } from '../adapters/dynamodb/lossy-client';
import { storeContract } from './store-contract';

/** What a peer has too. */
type Table = Pick<EmbeddedDynamoDb, 'endpoint' | 'tableName' | 'stop'>;

const peer = process.env['SMARTSCALE_STORE_PEER'];
let database: Table;
const clients: LossyClient[] = [];

beforeEach(async () => {
  database = peer === undefined ? await startDynamoDb() : await tableOf(peer);
});

afterEach(async () => {
  for (const { client } of clients.splice(0)) client.destroy();
  await database.stop();
});

async function tableOf(endpoint: string): Promise<Table> {
  const tableName = `contract-${randomUUID()}`;
  await createTable(endpoint, tableName);
  return { endpoint, tableName, stop: () => Promise.resolve() };
}

function connect(): LossyClient {
  const lossy = makeLossyClient(database.endpoint);
  clients.push(lossy);
  return lossy;
}

storeContract(peer === undefined ? 'DynamoDB' : `DynamoDB at ${peer}`, () => {
  const lossy = connect();
  return {
    store: new DynamoStore(lossy.client, database.tableName),
    other: new DynamoStore(connect().client, database.tableName),
    loseNextReply: () => lossy.loseReplies(1),
  };
});
