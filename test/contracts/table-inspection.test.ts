import {
  CreateTableCommand,
  UpdateTimeToLiveCommand,
  type CreateTableCommandInput,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { makeDynamoClient } from '../../webhook/adapters/dynamodb/client';
import { inspectTable } from '../../webhook/adapters/dynamodb/inspect-table';
import type { StoreInspection } from '../../webhook/ports';
import { DATABASE, aTable, type Table } from './dynamodb-table';

const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
let table: Table;
let client: DynamoDBClient;

beforeEach(async () => {
  table = await aTable();
  client = makeDynamoClient({ region: 'local', endpoint: table.endpoint, credentials });
});

afterEach(async () => {
  client.destroy();
  await table.stop();
});

function inspect(name = table.tableName): Promise<StoreInspection> {
  return inspectTable(client, { name, region: 'eu-west-1', endpoint: table.endpoint });
}

const setTtl = (AttributeName: string, Enabled: boolean) =>
  client.send(
    new UpdateTimeToLiveCommand({
      TableName: table.tableName,
      TimeToLiveSpecification: { AttributeName, Enabled },
    }),
  );

describe(`${DATABASE}: the inspection`, () => {
  test('finds nothing to say about the table that the stack deploys', async () => {
    expect(await inspect()).toEqual({ faults: [], unknown: [] });
  });

  test('names a table that is not there', async () => {
    expect(await inspect('nowhere')).toMatchObject({
      faults: [{ code: 'store-table-missing', message: 'there is no DynamoDB table "nowhere"' }],
    });
  });

  test('says how to enable TTL', async () => {
    await setTtl('expiresAt', false);
    const command = `aws dynamodb update-time-to-live --region eu-west-1 --endpoint-url ${table.endpoint} --table-name ${table.tableName} --time-to-live-specification Enabled=true,AttributeName=expiresAt`;
    expect(await inspect()).toEqual({
      faults: [
        {
          code: 'store-without-ttl',
          retryable: false,
          message: `TTL of DynamoDB table "${table.tableName}" is disabled, expected on "expiresAt": ${command}`,
        },
      ],
      unknown: [],
    });
    await setTtl('expiresAt', true);
    expect((await inspect()).faults).toEqual([]);
  });

  test('says that TTL on another attribute has to go first', async () => {
    await setTtl('expiresAt', false);
    await setTtl('until', true);
    const [fault] = (await inspect()).faults;
    expect(fault?.code).toBe('store-without-ttl');
    expect(fault?.message).toMatch(
      /is on "until", expected on "expiresAt": aws .* Enabled=false,AttributeName=until, an hour later, aws .* Enabled=true,AttributeName=expiresAt$/,
    );
  });

  const S = 'S' as const;
  test.each<[string, Pick<CreateTableCommandInput, 'KeySchema' | 'AttributeDefinitions'>, string]>([
    [
      'one key',
      {
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: S }],
      },
      'pk (S, HASH)',
    ],
    [
      'other names and types',
      {
        KeySchema: [
          { AttributeName: 'id', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        AttributeDefinitions: [
          { AttributeName: 'id', AttributeType: S },
          { AttributeName: 'sk', AttributeType: 'N' },
        ],
      },
      'id (S, HASH), sk (N, RANGE)',
    ],
  ])('says which keys it expects of a table with %s', async (_what, schema, shown) => {
    const name = `${table.tableName}-other`;
    await client.send(new CreateTableCommand({ TableName: name, BillingMode: 'PAY_PER_REQUEST', ...schema }));
    expect(await inspect(name)).toMatchObject({
      faults: [
        {
          code: 'store-table-unusable',
          message: `the keys of DynamoDB table "${name}" are ${shown}, expected pk (S, HASH), sk (S, RANGE)`,
        },
      ],
    });
  });
});
