import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { REPOSITORY } from '../../simulator/monitoring/shipped-files';
import { webhookConfig } from '../../simulator/stage/webhook-config';
import { version } from '../../webhook/version';
import { eventually } from '../end-to-end/support/eventually';
import { findNode, SHIPPED_NODE } from './support/node-release';

const MIB = 2 ** 20;
const NOWHERE = 'http://127.0.0.1:9';
let folder: string;

beforeAll(() => {
  execFileSync(process.execPath, [join(REPOSITORY, '.ci/bundle.mjs'), '--quiet']);
  folder = mkdtempSync(join(tmpdir(), 'smartscale-bundle-'));
  for (const name of ['webhook.js', 'webhook.js.map']) {
    copyFileSync(join(REPOSITORY, 'dist/bundle', name), join(folder, name));
  }
  const around = {
    cluster: 'shop',
    port: 0,
    replica: 'alone',
    timeScale: 1,
    ec2Url: NOWHERE,
    kubernetesUrl: NOWHERE,
    alertmanagerUrls: [NOWHERE],
    store: { endpoint: NOWHERE, tableName: 'smartscale' },
  };
  writeFileSync(join(folder, 'smartscale.yaml'), webhookConfig(around, { workers: {} }));
});

afterAll(() => rmSync(folder, { recursive: true }));

test('the bundle is one file, with its map, and not larger than docs/hosts.md says', () => {
  expect(readdirSync(join(REPOSITORY, 'dist/bundle')).sort()).toEqual([
    'webhook.js',
    'webhook.js.LEGAL.txt',
    'webhook.js.map',
  ]);
  expect(statSync(join(folder, 'webhook.js')).size).toBeLessThan(8 * MIB);
});

describe.each(['current', '20.10.0', '22.23.3', SHIPPED_NODE])('on Node %s', (release) => {
  let node: string | Error;

  beforeAll(() => {
    node = findNode(release);
    if (node instanceof Error) process.stderr.write(`the bundle was not tried on Node ${release}: ${node.message}\n`);
  }, 300_000);

  /** Nothing of this process' environment, and no package within reach. */
  const run = (program: string, args: readonly string[]) =>
    spawnSync(program, [join(folder, 'webhook.js'), ...args], {
      cwd: folder,
      encoding: 'utf8',
      env: {},
      timeout: 60_000,
    });

  test('it knows its version, and refuses a configuration that cannot be used', () => {
    if (node instanceof Error) return;
    expect(run(node, ['--help'])).toMatchObject({
      status: 0,
      stdout: expect.stringContaining(`smartscale webhook ${version}\n`) as string,
    });
    const { status, stderr } = run(node, ['check', '--config', 'absent.yaml']);
    expect([status, stderr]).toEqual([2, expect.stringMatching(/absent\.yaml.*\n.*cannot be read/)]);
  });

  test('with only a configuration file it serves, and ends when it is told to', async () => {
    if (node instanceof Error) return;
    const args = ['--enable-source-maps', 'webhook.js', '--config', 'smartscale.yaml'];
    const child = spawn(node, args, { cwd: folder, env: {}, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    try {
      const line = await eventually('a line that it listens', () => /\{.*"msg":"listening"\}/.exec(output)?.[0]);
      const { url } = JSON.parse(line) as { url: string };
      const health = (await (await fetch(`${url}/healthz`)).json()) as object;
      expect(health).toMatchObject({ status: 'ok', version, pools: [{ cluster: 'shop', pool: 'workers' }] });
      expect((await fetch(`${url}/metrics`)).status).toBe(200);
      const ended = once(child, 'close');
      child.kill('SIGTERM');
      expect(await ended).toEqual([0, null]);
    } finally {
      child.kill('SIGKILL');
    }
  });
});
