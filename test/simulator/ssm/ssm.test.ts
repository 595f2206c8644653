import { GetParameterCommand, GetParametersByPathCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { startLoopbackServer, type LoopbackServer } from '../../../simulator/loopback-server';
import { ParameterStore } from '../../../simulator/ssm/parameter-store';
import { ssmHandler } from '../../../simulator/ssm/ssm-handler';

let store: ParameterStore;
let server: LoopbackServer;
let client: SSMClient;

beforeEach(async () => {
  store = new ParameterStore();
  server = await startLoopbackServer(ssmHandler(store));
  client = new SSMClient({
    region: 'eu-central-1',
    endpoint: server.url,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
});

afterEach(async () => {
  client.destroy();
  await server.close();
});

const put = (name: string, value: string, more: object = {}) =>
  client.send(new PutParameterCommand({ Name: name, Value: value, ...more }));

test('a parameter that was put is read, and only its secret with decryption', async () => {
  await put('/smartscale/prod/join-token', 'K10abc::node:secret', { Type: 'SecureString' });
  const read = async (WithDecryption: boolean) =>
    (await client.send(new GetParameterCommand({ Name: '/smartscale/prod/join-token', WithDecryption }))).Parameter;
  expect(await read(true)).toMatchObject({ Type: 'SecureString', Value: 'K10abc::node:secret', Version: 1 });
  expect((await read(false))?.Value).not.toContain('secret');
});

test('one that is there is replaced only when that is asked for', async () => {
  await put('/a', 'one');
  await expect(put('/a', 'two')).rejects.toMatchObject({ name: 'ParameterAlreadyExists' });
  expect(await put('/a', 'two', { Overwrite: true })).toMatchObject({ Version: 2 });
});

test('those below a path are listed, at any depth, and no others', async () => {
  for (const name of ['/p/config/cluster', '/p/config/pools/workers', '/p/configuration']) await put(name, '{}');
  const { Parameters = [] } = await client.send(new GetParametersByPathCommand({ Path: '/p/config', Recursive: true }));
  expect(Parameters.map(({ Name }) => Name)).toEqual(['/p/config/cluster', '/p/config/pools/workers']);
});

test('what is not there, not allowed or not simulated is refused in the words of AWS', async () => {
  const read = () => client.send(new GetParameterCommand({ Name: '/nowhere' }));
  await expect(read()).rejects.toMatchObject({ name: 'ParameterNotFound' });
  store.deny('GetParameter');
  await expect(read()).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message: expect.stringMatching(
      /not authorized to perform: ssm:GetParameter on resource: .*parameter\/nowhere/,
    ) as string,
  });
});
