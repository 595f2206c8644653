/** `check` as a process of its own, against everything that it asks. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDynamoDb, type EmbeddedDynamoDb } from '../../simulator/dynamodb';
import { freePort } from '../../simulator/monitoring/free-port';
import { startSimulator, type Simulator } from '../../simulator/server';
import { webhookConfig, type PoolOverrides, type WebhookSurroundings } from '../../simulator/stage/webhook-config';
import { AlertmanagerStandIn } from '../contracts/alertmanager-stand-in';
import { eventually } from './support/eventually';
import { run, start, type Ended } from './support/processes';

let folder: string;
let simulator: Simulator;
let store: EmbeddedDynamoDb;
const alertmanager = new AlertmanagerStandIn();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'smartscale-check-'));
  [simulator, store] = await Promise.all([startSimulator(), startDynamoDb(), alertmanager.start()]);
});

afterEach(() => simulator.world.cloud.gate.endTrouble());

afterAll(async () => {
  await Promise.all([simulator.stop(), store.stop(), alertmanager.stop()]);
  await rm(folder, { recursive: true, force: true });
});

type Pools = Readonly<Record<string, PoolOverrides>>;

async function configured(pools: Pools, changes: Partial<WebhookSurroundings> = {}): Promise<string> {
  const around: WebhookSurroundings = {
    cluster: 'shop',
    port: 0,
    replica: 'alone',
    timeScale: 1,
    ec2Url: simulator.ec2Url,
    kubernetesUrl: simulator.kubernetesUrl,
    alertmanagerUrls: [alertmanager.url],
    store,
    ...changes,
  };
  const file = join(folder, 'smartscale.yaml');
  await writeFile(file, webhookConfig(around, pools));
  return file;
}

async function check(
  pools: Pools,
  { args = [], ...changes }: Partial<WebhookSurroundings> & { readonly args?: readonly string[] } = {},
): Promise<Ended> {
  const file = await configured(pools, changes);
  const quiet = { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' };
  return run('webhook/main.js', ['check', '--config', file, ...args], quiet);
}

/** Keys of the launch of the simulator's pool, with one of them changed. */
function launching(changes: object): PoolOverrides {
  const [subnet] = simulator.world.settings.ec2.subnets;
  const template = { id: simulator.world.settings.ec2.launchTemplates[0]?.id, version: '1' };
  const subnets = [{ id: subnet?.id, zone: subnet?.zone }];
  return { launch: { template, subnets, instanceTypes: ['m6i.large'], ...changes } };
}

test('what the simulator offers is in order: 0, one line, and nothing was changed', async () => {
  const before = simulator.world.cloud.instances.length;
  const ended = await check({ workers: {} });
  expect(ended).toEqual({ code: 0, stdout: '1 pool of shop: everything is in order\n', stderr: '' });
  expect(simulator.world.cloud.instances).toHaveLength(before);
}, 60_000);

test('every problem of every pool is told at once, with its key and what to do: 1', async () => {
  simulator.world.cloud.gate.deny('RunInstances');
  const pools = {
    workers: launching({ template: { id: 'lt-0123456789abcdef0', version: '3' } }),
    batch: launching({ instanceTypes: ['m6i.large', 'm6g.large'] }),
    fine: {},
  };
  const { code, stdout, stderr } = await check(pools);
  expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
  expect(stdout.split('\n').filter((line) => line.startsWith('problem: '))).toEqual([
    'problem: template-missing (clusters.shop.pools.workers.launch.template.id)',
    'problem: type-of-another-architecture (clusters.shop.pools.batch.launch.instanceTypes)',
    'problem: launch-forbidden (clusters.shop.pools.batch.launch)',
    'problem: launch-forbidden (clusters.shop.pools.fine.launch)',
  ]);
  expect(stdout).toContain('  launch template lt-0123456789abcdef0 does not exist\n  -> Correct launch.template.id');
  expect(stdout).toMatch(/3 pools of shop: 4 problems\n$/);
}, 60_000);

test('warnings and what could not be checked are told, and are no failure; --json is for programs', async () => {
  simulator.world.cloud.gate.deny('GetServiceQuota');
  const { code, stdout } = await check({ workers: launching({ capacity: 'spot' }) }, { args: ['--json'] });
  expect(code).toBe(0);
  const report = JSON.parse(stdout) as { readonly findings: readonly Record<string, unknown>[] };
  expect(report).toMatchObject({ ok: true, counts: { problem: 0, warning: 2, unknown: 1 } });
  expect(report.findings.map((it) => it['code'])).toEqual(['spot-few-types', 'spot-few-zones', 'not-checked']);
  expect(report.findings[2]?.['what']).toContain('servicequotas:GetServiceQuota');
}, 60_000);

test('a place where nobody answers is a list of who does not, and comes to its end', async () => {
  const url = `http://127.0.0.1:${await freePort()}`;
  const nobody = {
    ec2Url: url,
    kubernetesUrl: url,
    alertmanagerUrls: [url],
    store: { endpoint: url, tableName: 'none' },
  };
  const { code, stdout } = await check({ workers: {} }, { ...nobody, args: ['--json'] });
  const { findings } = JSON.parse(stdout) as { readonly findings: readonly { readonly code: string }[] };
  expect(code).toBe(1);
  expect(findings.map((it) => it.code)).toEqual([
    'store-unusable',
    'kubernetes-unreachable',
    'alertmanager-unreachable',
    'ec2-unreachable',
    'not-checked',
  ]);
}, 60_000);

test('a configuration that cannot be used is 2, and nobody was asked', async () => {
  const asked = simulator.world.cloud.gate.requests.length;
  const wrong = await check({ workers: { minimum: 2 } });
  expect(wrong).toMatchObject({ code: 2, stdout: '' });
  expect(wrong.stderr).toMatch(/pools\.workers\.minimum is no key/);
  expect(await run('webhook/main.js', ['check'])).toMatchObject({ code: 2, stdout: '' });
  expect(simulator.world.cloud.gate.requests).toHaveLength(asked);
}, 60_000);

test('a command that is none is refused, and the service not started', async () => {
  const { code, stderr } = await run('webhook/main.js', ['chekc', '--config', 'smartscale.yaml']);
  expect(code).toBe(1);
  expect(stderr).toMatch(/there is no command chekc/);
}, 60_000);

test('the service looks at it too, after it listens, and goes on', async () => {
  const file = await configured({ workers: {}, batch: launching({ instanceTypes: ['z9.mega'] }) });
  const service = start('webhook/main.js', ['--config', file]);
  try {
    const line = await eventually(
      'a finding',
      () => /\{.*"msg":"preflight found something"\}/.exec(service.output())?.[0],
    );
    expect(JSON.parse(line)).toMatchObject({ cluster: 'shop', pool: 'batch', finding: { code: 'type-missing' } });
    const messages = service
      .output()
      .split('\n')
      .flatMap((it) => /"msg":"([^"]+)"/.exec(it)?.[1] ?? []);
    expect(messages.indexOf('listening')).toBeLessThan(messages.indexOf('preflight found something'));
    const { url } = JSON.parse(/\{.*"msg":"listening"\}/.exec(service.output())?.[0] ?? '{}') as { url: string };
    const ready = await fetch(`${url}/readyz`);
    expect(ready.status).toBe(200);
    expect(await ready.text()).toContain('type-missing (clusters.shop.pools.batch.launch.instanceTypes)');
    expect(await (await fetch(`${url}/metrics`)).text()).toContain(
      'smartscale_preflight_findings{cluster="shop",pool="batch",severity="problem",code="type-missing"} 1',
    );
  } finally {
    service.child.kill('SIGTERM');
    await service.ended;
  }
}, 60_000);
