import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UpdateTimeToLiveCommand } from '@aws-sdk/client-dynamodb';
import { startDynamoDb } from '../../simulator/dynamodb';
import { freePort } from '../../simulator/monitoring/free-port';
import { REPOSITORY } from '../../simulator/monitoring/shipped-files';
import { webhookConfig } from '../../simulator/stage/webhook-config';
import { makeDynamoClient } from '../../webhook/adapters/dynamodb/client';
import { eventually } from './support/eventually';
import { run, start } from './support/processes';

const MAIN = 'webhook/main.js';

/** Required by a process beforehand: Ctrl-C finds the only thread that writes busy with something else for a while. */
const BUSY = `
  const { pbkdf2 } = require('node:crypto');
  process.once('SIGINT', () => pbkdf2('', '', 500_000, 64, 'sha512', () => undefined));
`;

describe('the command line of the webhook', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'smartscale-command-line-'));
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** A configuration for a place where nobody answers, or the store at most. */
  async function nowhere(
    store?: { readonly endpoint: string; readonly tableName: string },
    top: Readonly<Record<string, unknown>> = {},
  ): Promise<string> {
    const url = `http://127.0.0.1:${await freePort()}`;
    return webhookConfig(
      {
        cluster: 'demo',
        port: 0,
        replica: 'alone',
        timeScale: 30,
        ec2Url: url,
        kubernetesUrl: url,
        alertmanagerUrls: [url],
        store: store ?? { endpoint: url, tableName: 'smartscale' },
        ...('mode' in top ? { tokenVariable: 'TOKEN' } : {}),
      },
      { workers: {} },
      top,
    );
  }

  async function written(name: string, text: string): Promise<string> {
    const file = join(folder, name);
    await writeFile(file, text);
    return file;
  }

  it('explains itself: --help', async () => {
    const { code, stdout, stderr } = await run(MAIN, ['--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('--config FILE');
  }, 60_000);

  it('says how to give a configuration when there is none, or no such file', async () => {
    const none = await run(MAIN, []);
    expect(none).toMatchObject({ code: 1, stdout: '' });
    expect(none.stderr).toMatch(/no configuration: give --config FILE or set SMARTSCALE_CONFIG/);
    const absent = await run(MAIN, [], { SMARTSCALE_CONFIG: join(folder, 'absent.yaml') });
    expect(absent).toMatchObject({ code: 1, stdout: '' });
    expect(absent.stderr).toMatch(/absent\.yaml.*\n.*cannot be read/);
    expect(none.stderr + absent.stderr).not.toMatch(/^\s+at /m);
  }, 60_000);

  it('lists five mistakes when there are five, and does not start', async () => {
    const wrong = (await nowhere())
      .replace('replica: alone', 'replica: all alone')
      .replace('timeScale: 30', 'timeScale: fast')
      .replace('workers:', 'workers:\n        min: -1\n        maximum: 5\n        cooldown: { up: 300 }');
    const { code, stdout, stderr } = await run(MAIN, ['--config', await written('wrong.yaml', wrong)]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    const mistakes = stderr.split('\n').filter((line) => line.startsWith('  - '));
    for (const key of ['replica', 'timeScale', 'min', 'maximum', 'cooldown.up']) {
      expect(mistakes).toContainEqual(expect.stringMatching(`line \\d+: .*\\b${key}\\b`));
    }
    expect(mistakes).toHaveLength(5);
  }, 60_000);

  it('says with which command a table without TTL is mended', async () => {
    const database = await startDynamoDb();
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    const client = makeDynamoClient({ region: 'local', endpoint: database.endpoint, credentials });
    const TimeToLiveSpecification = { AttributeName: 'expiresAt', Enabled: false };
    await client.send(new UpdateTimeToLiveCommand({ TableName: database.tableName, TimeToLiveSpecification }));
    client.destroy();
    const webhook = start(MAIN, ['--config', await written('table.yaml', await nowhere(database))]);
    try {
      const line = await eventually(
        'a line about the table',
        () => /\{.*"part":"store".*\}/.exec(webhook.output())?.[0],
      );
      expect(JSON.parse(line)).toMatchObject({
        level: 'warn',
        msg: 'out of order',
        fault: {
          code: 'store-without-ttl',
          message: expect.stringMatching(/aws dynamodb update-time-to-live .* --table-name smartscale /) as string,
        },
        advice: expect.stringContaining('command') as string,
      });
    } finally {
      webhook.child.kill('SIGKILL');
      await webhook.ended;
      await database.stop();
    }
  }, 60_000);

  it('ends on Ctrl-C with 0 and its last words in order, also where nobody answers it', async () => {
    const webhook = start(MAIN, ['--config', await written('nowhere.yaml', await nowhere())], {
      NODE_OPTIONS: `--require=${await written('busy.cjs', BUSY)}`,
      UV_THREADPOOL_SIZE: '1',
    });
    try {
      const line = await eventually(
        'a line that it listens',
        () => /\{.*"msg":"listening"\}/.exec(webhook.output())?.[0],
      );
      const { url } = JSON.parse(line) as { url: string };
      expect((await fetch(`${url}/healthz`)).status).toBe(200);
      expect((await fetch(`${url}/readyz`)).status).toBe(503);
      webhook.child.kill('SIGINT');
      expect(await webhook.ended).toBe(0);
      const told = [...webhook.output().matchAll(/"msg":"(\w+)"/g)].map(([, message]) => message);
      expect(told.slice(-2)).toEqual(['stopping', 'stopped']);
    } finally {
      webhook.child.kill('SIGKILL');
    }
  }, 60_000);

  it.each([
    ['0.0.0.0', 'http', true],
    ['127.0.0.1', 'http', false],
    ['0.0.0.0', 'https', false],
  ])(
    'listening on %s for %s it warns of tokens in the clear: %s',
    async (host, scheme, warns) => {
      const fixture = (name: string) => join(REPOSITORY, 'test/fixtures/tls', name);
      const tls = { certFile: fixture('certificate.pem'), keyFile: fixture('key.pem') };
      const listen = { host, port: 0, ...(scheme === 'https' ? { tls } : {}) };
      const store = { endpoint: 'http://127.0.0.1:9', tableName: 'smartscale' };
      const text = await nowhere(store, { listen, mode: 'production' });
      const environment = { TOKEN: 'a-token-of-a-test', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };
      const webhook = start(MAIN, ['--config', await written('listening.yaml', text)], environment);
      try {
        const line = await eventually(
          'a line that it listens',
          () => /\{.*"msg":"listening"\}/.exec(webhook.output())?.[0],
        );
        expect((JSON.parse(line) as { url: string }).url).toMatch(new RegExp(`^${scheme}://`));
        webhook.child.kill('SIGINT');
        await webhook.ended;
        expect(webhook.output().includes('listening beyond loopback without TLS')).toBe(warns);
      } finally {
        webhook.child.kill('SIGKILL');
      }
    },
    60_000,
  );
});
