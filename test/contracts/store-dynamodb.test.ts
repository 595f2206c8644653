import { DynamoStore } from '../../webhook/adapters/dynamodb/dynamo-store';
import { startDynamoDb, type EmbeddedDynamoDb } from '../../simulator/dynamodb';
import { makeLossyClient, type LossyClient } from '../adapters/dynamodb/lossy-client';
import { storeContract } from './store-contract';

let database: EmbeddedDynamoDb;
const clients: LossyClient[] = [];

beforeEach(async () => {
  database = await startDynamoDb();
});

afterEach(async () => {
  for (const { client } of clients.splice(0)) client.destroy();
  await database.stop();
});

function connect(): LossyClient {
  const lossy = makeLossyClient(database.endpoint);
  clients.push(lossy);
  return lossy;
}

storeContract('DynamoDB', () => {
  const lossy = connect();
  return {
    store: new DynamoStore(lossy.client, database.tableName),
    other: new DynamoStore(connect().client, database.tableName),
    loseNextReply: () => lossy.loseReplies(1),
  };
});
