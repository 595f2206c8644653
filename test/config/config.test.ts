import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, configPath, loadConfig, parseConfig, secretsOf } from '../../webhook/config';
import { parse } from 'yaml';
import { configWith, ENVIRONMENT, example, mistakesIn, POOL, SHIPPED } from './example';

const GIB = 2 ** 30;

test('the shipped example is what the service runs with, defaults filled in', () => {
  const { clusters, ...service } = configWith();
  expect(service).toEqual({
    mode: 'production',
    listen: { host: '0.0.0.0', port: 8787 },
    replica: hostname(),
    timeScale: 1,
    log: 'info',
    store: { table: 'smartscale', region: 'eu-central-1' },
    ownerLease: 30_000,
    shutdownGrace: 10_000,
    timings: {
      evaluationInterval: 15_000,
      runnerInterval: 1000,
      observationMaxAge: 5000,
      observationGap: expect.any(Number) as number,
      graceAfterGap: 120_000,
      costInterval: 300_000,
      confirmGone: 60_000,
      heardFor: 220_000,
      watchdogFresh: 180_000,
      didNotHelpAfter: 60_000,
      orphanGrace: 300_000,
    },
  });
  expect(clusters['prod']?.pools['workers']).toEqual({
    min: 2,
    max: 10,
    step: 1,
    maxNodesPerDecision: 10,
    maxConcurrentDrains: 1,
    maxSurge: 1,
    dryRun: false,
    node: { allocatable: { cpu: 1.93, memory: 7 * GIB, pods: 110 }, labels: {}, taints: [] },
    launch: {
      template: { id: 'lt-0123456789abcdef0', version: '1' },
      subnets: [
        { id: 'subnet-0123456789abcdef0', zone: 'eu-central-1a' },
        { id: 'subnet-0123456789abcdef1', zone: 'eu-central-1b' },
      ],
      instanceTypes: ['m6i.large', 'm6a.large'],
      capacity: 'on-demand',
      spotFallback: 'on-demand',
      onDemandBase: 0,
      returnToSpot: { every: 600_000 },
      balance: 'zones',
    },
    cooldown: { up: 300_000, down: 600_000, backoffFirst: 30_000, backoffMax: 1_800_000, topUp: 30_000 },
    circuit: { opensAfter: 3, openFor: 300_000 },
    unavailable: { first: 180_000, max: 1_800_000 },
    deadline: {
      confirm: 300_000,
      join: 600_000,
      running: 120_000,
      registered: 300_000,
      ready: 300_000,
      cordon: 120_000,
      drain: 900_000,
    },
    settle: 5000,
    drain: { maxGrace: 600_000, force: false, backoffFirst: 180_000, backoffMax: 1_800_000, graceSecond: 1000 },
    removal: {
      policy: 'emptiest',
      minNodeAge: 300_000,
      minPerZone: 0,
      evictionRound: 60_000,
      blockedWindows: [],
      hostNode: hostname(),
    },
  });
});

test.each([
  ['the file', 'k3s-7', { NODE_NAME: 'k3s-8' }, 'k3s-7'],
  ['NODE_NAME, which a pod has from Kubernetes', undefined, { NODE_NAME: 'k3s-8' }, 'k3s-8'],
  ['the machine, where NODE_NAME is empty', undefined, { NODE_NAME: '' }, hostname()],
])('the node that SmartScale runs on is named by %s', (_by, named, environment, host) => {
  const text = example([[['hostNode'], named]]);
  const { clusters } = parseConfig(text, 'test.yaml', { ...ENVIRONMENT, ...environment });
  expect(clusters['prod']?.pools['workers']?.removal.hostNode).toBe(host);
});

test('the configuration cannot be changed, however deep', () => {
  const config = configWith();
  const pool = config.clusters['prod']?.pools['workers'];
  for (const part of [
    config,
    config.listen,
    config.timings,
    config.clusters,
    pool,
    pool?.cooldown,
    pool?.launch.subnets,
  ]) {
    expect(Object.isFrozen(part)).toBe(true);
  }
});

test('the Redis that the example shows commented out is one that can be configured', () => {
  const shown = SHIPPED.split('\n').filter((line) => /^#redis:|^# {2}/.test(line));
  const { redis } = parse(shown.map((line) => line.slice(1)).join('\n')) as { redis: { password: object } };
  expect(configWith([['redis'], { ...redis, password: { env: 'ALERTS_TOKEN' } }]).redis).toEqual({
    url: 'rediss://redis.internal:6379',
    password: expect.any(Function) as () => string,
    keyPrefix: 'smartscale',
    rememberFor: 10_000,
  });
  expect(Object.keys(redis.password)).toEqual(['file']);
});

test('the password of Redis is a secret like the tokens: no line of the log may carry it', () => {
  const config = configWith([['redis'], { url: 'redis://redis', password: { env: 'REDIS_PASSWORD' } }]);
  expect(secretsOf(config)).toContain(ENVIRONMENT.REDIS_PASSWORD);
  expect(secretsOf(configWith())).not.toContain(ENVIRONMENT.REDIS_PASSWORD);
});

test.each(['redis://redis', 'redis://redis:6380', 'rediss://ann@redis.internal:6379/15', 'redis://[::1]:6379/'])(
  'Redis may be at %s',
  (url) => {
    expect(configWith([['redis'], { url }]).redis?.url).toBe(url);
  },
);

test('the cluster and the API server are named in one of two ways', () => {
  const at = ['clusters', 'prod', 'kubernetes'];
  expect(configWith([at, { kubeconfig: '/etc/kube' }]).clusters['prod']?.kubernetes).toEqual({
    kubeconfig: '/etc/kube',
  });
  expect(configWith([at, { server: 'http://127.0.0.1:6443' }]).clusters['prod']?.kubernetes).toEqual({
    server: 'http://127.0.0.1:6443',
  });
});

describe('without tokens', () => {
  const bare = (host: string) =>
    example([
      [['mode'], 'local'],
      [['listen', 'host'], host],
      [['clusters', 'prod', 'tokens'], []],
      [['clusters', 'prod', 'operatorTokens'], undefined],
    ]);

  test.each(['127.0.0.1', '127.8.8.8', '::1', 'localhost'])('local mode listens on %s', (host) => {
    expect(parseConfig(bare(host), 'test.yaml', {}).clusters['prod']?.tokens).toEqual([]);
  });

  test.each(['0.0.0.0', '::', '10.0.0.7', '127.evil.example', '128.0.0.1', '::ffff:127.0.0.1'])(
    'local mode does not listen on %s',
    (host) => {
      expect(mistakesIn(bare(host))).toEqual([
        expect.stringMatching(/listen\.host must be a loopback address in local mode/),
      ]);
    },
  );

  test('local mode with tokens does not listen elsewhere either', () => {
    expect(mistakesIn(example([[['mode'], 'local']]))).toHaveLength(1);
  });
});

describe('where the file is', () => {
  test('--config names it, before the environment', () => {
    expect(configPath(['--config', 'a.yaml'], { SMARTSCALE_CONFIG: 'b.yaml' })).toBe('a.yaml');
    expect(configPath([], { SMARTSCALE_CONFIG: 'b.yaml' })).toBe('b.yaml');
  });

  test.each([[[]], [['--config']], [['--config', '--help']]])('%j does not say, the message says how', (args) => {
    expect(() => configPath(args, {})).toThrow(/--config FILE or set SMARTSCALE_CONFIG; .*example\.yaml/);
  });

  test('a file that is not there: the message names it and says how', () => {
    const load = () => loadConfig('/nowhere/smartscale.yaml', {});
    expect(load).toThrow(ConfigError);
    expect(load).toThrow(
      /^\/nowhere\/smartscale\.yaml: 1 problem\n {2}- the file cannot be read \(.*ENOENT.*--config FILE/,
    );
  });

  test('a file without end is not read to its end', () => {
    expect(() => loadConfig('/dev/zero', {})).toThrow(/the file must not be larger than 256 KiB/);
  });

  test('a file that is there is read', () => {
    const folder = mkdtempSync(join(tmpdir(), 'smartscale-config-'));
    try {
      const path = join(folder, 'smartscale.yaml');
      writeFileSync(path, example([[[...POOL, 'max'], 7]]));
      expect(loadConfig(path, ENVIRONMENT).clusters['prod']?.pools['workers']?.max).toBe(7);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
