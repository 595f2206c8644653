import { makeDynamoClient } from '../../../webhook/adapters/dynamodb/client';
import { inspectTable } from '../../../webhook/adapters/dynamodb/inspect-table';
import type { StoreInspection } from '../../../webhook/ports';
import { ScriptedServer, type Answer } from '../scripted-server';

const TABLE = { name: 'smartscale', region: 'eu-west-1' };
const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };

const refused = (type: string): Answer => ({ status: 400, body: { __type: `com.amazonaws#${type}`, message: 'no' } });
const described: Answer = {
  status: 200,
  body: {
    Table: {
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
      ],
    },
  },
};
const ttl = (TimeToLiveStatus: string): Answer => ({
  status: 200,
  body: { TimeToLiveDescription: { TimeToLiveStatus, AttributeName: 'expiresAt' } },
});

let server: ScriptedServer;
beforeEach(async () => {
  server = await ScriptedServer.start();
});
afterEach(() => server.stop());

async function inspect(...answers: readonly Answer[]): Promise<StoreInspection> {
  server.willAnswer(...answers);
  const client = makeDynamoClient({ region: 'local', endpoint: server.url, credentials, requestTimeout: 100 });
  try {
    return await inspectTable(client, TABLE);
  } finally {
    client.destroy();
  }
}

test('a role that may not ask is no trouble', async () => {
  const denied = refused('AccessDeniedException');
  expect(await inspect(denied, denied)).toEqual({
    faults: [],
    unknown: ['DescribeTable: AccessDeniedException', 'DescribeTimeToLive: AccessDeniedException'],
  });
});

test('an emulator without the call is no trouble', async () => {
  expect(await inspect(described, refused('UnknownOperationException'))).toEqual({
    faults: [],
    unknown: ['DescribeTimeToLive: UnknownOperationException'],
  });
});

test('a role that may ask for one of both is told what that one says', async () => {
  const { faults, unknown } = await inspect(refused('AccessDeniedException'), ttl('DISABLED'));
  expect(faults).toMatchObject([{ code: 'store-without-ttl' }]);
  expect(unknown).toEqual(['DescribeTable: AccessDeniedException']);
});

test.each([
  ['ENABLED', 0],
  ['ENABLING', 0],
  ['DISABLING', 1],
  ['DISABLED', 1],
])('TTL that is %s: %i faults', async (status, count) => {
  expect((await inspect(described, ttl(status))).faults).toHaveLength(count);
});

test.each([
  ['a throttle', refused('ThrottlingException')],
  ['no answer', 'reset' as const],
  ['credentials that are not known', refused('UnrecognizedClientException')],
])('%s is no answer: it is asked again', async (_what, answer) => {
  await expect(inspect(answer, answer, answer)).rejects.toMatchObject({ code: 'store-unreachable' });
  await expect(inspect(described, answer, answer, answer)).rejects.toMatchObject({ code: 'store-unreachable' });
});
