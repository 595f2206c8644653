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

const releases = ['current', '20.10.0', '22.23.3', SHIPPED_NODE].map((release) => ({
  release,
  node: findNode(release),
}));

describe.each(releases)('on Node $release', ({ release, node }) => {
  const missing = node instanceof Error ? ` (skipped: ${node.message})` : '';
  const testThere = missing === '' ? test : test.skip;
  const program = String(node);

  /** Nothing of this process' environment, and no package within reach. */
  const run = (args: readonly string[]) =>
    spawnSync(program, [join(folder, 'webhook.js'), ...args], {
      cwd: folder,
      encoding: 'utf8',
      env: {},
      timeout: 60_000,
    });

  testThere(
    `it is that release, and the webhook knows its version and refuses a configuration that cannot be used${missing}`,
    () => {
      const { stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' });
      expect(stdout.trim()).toBe(release === 'current' ? process.version : `v${release}`);
      expect(run(['--help'])).toMatchObject({
        status: 0,
        stdout: expect.stringContaining(`smartscale webhook ${version}\n`) as string,
      });
      const { status, stderr } = run(['check', '--config', 'absent.yaml']);
      expect([status, stderr]).toEqual([2, expect.stringMatching(/absent\.yaml.*\n.*cannot be read/)]);
    },
  );

  testThere(`with only a configuration file it serves, and ends when it is told to${missing}`, async () => {
    const args = ['--enable-source-maps', 'webhook.js', '--config', 'smartscale.yaml'];
    const child = spawn(program, args, { cwd: folder, env: {}, stdio: ['ignore', 'pipe', 'pipe'] });
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
