import { DynamoStore } from '../../webhook/adapters/dynamodb/dynamo-store';
import { makeLossyClient, type LossyClient } from '../adapters/dynamodb/lossy-client';
import { DATABASE, aTable, type Table } from './dynamodb-table';
import { historyContract } from './history-contract';
import { storeContract } from './store-contract';

let table: Table;
const clients: LossyClient[] = [];
const commands = new Set<string>();

beforeEach(async () => {
  table = await aTable();
});

afterEach(async () => {
  for (const lossy of clients.splice(0)) {
    for (const command of lossy.commands()) commands.add(command);
    lossy.client.destroy();
  }
  await table.stop();
});

function connect(): LossyClient {
  const lossy = makeLossyClient(table.endpoint);
  clients.push(lossy);
  return lossy;
}

storeContract(DATABASE, () => {
  const lossy = connect();
  return {
    store: new DynamoStore(lossy.client, table.tableName),
    other: new DynamoStore(connect().client, table.tableName),
    loseNextReply: () => lossy.loseReplies(1),
  };
});

historyContract(DATABASE, () => new DynamoStore(connect().client, table.tableName));

describe(`${DATABASE}: all of the above`, () => {
  test('takes four commands: no scan, no transaction, no index', () => {
    expect([...commands].sort()).toEqual(['GetItemCommand', 'PutItemCommand', 'QueryCommand', 'UpdateItemCommand']);
  });
});
