import { join } from 'node:path';
import { architectureOf } from '../../stacks/configuration/architecture';
import { nearest } from '../../stacks/configuration/nearest';
import { ConfigurationError, parseConfiguration, readConfiguration } from '../../stacks/configuration';
import { checkUserData } from '../../stacks/hosts/check-user-data';
import { readHostFiles } from '../../stacks/hosts/host-files';
import { MOST_BYTES } from '../../stacks/hosts/user-data';
import { hostRoot } from './support/host-files';

const WORKERS = { instanceTypes: ['m6i.large'] };
const POOLS = { workers: WORKERS };

function parse(smartscale: object) {
  return parseConfiguration({ context: { smartscale } }, 'cdktf.json');
}

/** Without the place that they all have. */
function mistakes(smartscale: object): readonly string[] {
  return mistakesOf(() => parse(smartscale)).map((line) => line.replace('context.smartscale.', ''));
}

function mistakesOf(act: () => unknown): readonly string[] {
  try {
    act();
  } catch (error) {
    if (error instanceof ConfigurationError) return error.mistakes;
    throw error;
  }
  return [];
}

test('the shipped cdktf.json is valid, names no region, and protects what it makes', () => {
  const shipped = readConfiguration(join(__dirname, '..', '..', 'cdktf.json'));
  expect(shipped).toMatchObject({ cluster: 'main', tableName: 'smartscale', deletionProtection: true, tags: {} });
  expect(shipped.region).toBeUndefined();
});

test('everything but the types of a pool has a default', () => {
  expect(parse({ pools: POOLS })).toEqual({
    cluster: 'main',
    network: {
      cidr: '10.40.0.0/16',
      podCidr: '10.42.0.0/16',
      serviceCidr: '10.43.0.0/16',
      nat: 'nat-gateway',
      flowLogs: false,
    },
    server: { instanceType: 't4g.medium', architecture: 'arm64', diskGiB: 30 },
    k3s: { version: 'v1.34.3+k3s1', sha256: {} },
    pools: {
      workers: {
        min: 2,
        max: 10,
        instanceTypes: ['m6i.large'],
        architecture: 'x86_64',
        capacity: 'on-demand',
        diskGiB: 20,
        labels: {},
        taints: [],
        policy: {},
      },
    },
    tableName: 'smartscale',
    deletionProtection: true,
    logs: { journal: true, retentionDays: 30 },
    alarms: {},
    bundle: 'dist/bundle/webhook.js',
    tags: {},
  });
});

test('lists every mistake, each with its place and what is allowed', () => {
  const smartscale = {
    region: 'Frankfurt',
    tableName: 'my table',
    deletionProtection: 'yes',
    network: { cidr: '10.0.0.1/16', nat: 'none' },
    pools: { workers: { max: 1, instanceTypes: [] }, Batch: { min: 5, max: 3, instanceTypes: ['m7g.large'] } },
    tags: { 'aws:team': 'x' },
    tabelName: 'x',
  };
  expect(mistakes(smartscale)).toEqual([
    'region: must be the name of an AWS region, as `aws ec2 describe-regions` lists them, not "Frankfurt"',
    'network.cidr: must be an IPv4 block that begins with its own first address, such as 10.40.0.0/16, not "10.0.0.1/16"',
    'network.nat: must be one of nat-gateway, nat-instance, public-subnets, not "none"',
    'pools.workers.instanceTypes: must be a list of 1 to 60 entries, not of 0',
    'tableName: must be 3 to 255 letters, digits, "_", "." or "-", not "my table"',
    'deletionProtection: must be true or false, not "yes"',
    expect.stringMatching(/^tabelName: is no key; did you mean tableName\? The keys here are cluster, region, zones/),
    'tags.aws:team: must not begin with aws: or smartscale:, which are not for people',
    'pools.Batch: must be a name of at most 30 lower case letters, digits and dashes',
    'pools.Batch.instanceTypes.0: must be a type of architecture x86_64; m7g.large is arm64',
    'pools.Batch.max: must not be less than min, which is 5, not 3',
  ]);
});

describe.each<[what: string, smartscale: object, mistake: string]>([
  ['no pools', {}, 'pools: must be a map of names; it is missing'],
  ['an empty map of pools', { pools: {} }, 'pools: must have at least one entry'],
  [
    'a pool without types',
    { pools: { workers: {} } },
    'pools.workers.instanceTypes: must be a list of 1 to 60 entries; it is missing',
  ],
  ['zones without a region', { pools: POOLS, zones: ['eu-west-1a', 'eu-west-1b'] }, 'zones: must go with region'],
  [
    'zones of another region',
    { pools: POOLS, region: 'eu-central-1', zones: ['eu-central-1a', 'eu-west-1b'] },
    'zones.1: must be a zone of eu-central-1, not eu-west-1b',
  ],
  [
    'the same zone twice',
    { pools: POOLS, region: 'eu-west-1', zones: ['eu-west-1a', 'eu-west-1a'] },
    'zones.1: must not be there twice',
  ],
  [
    'one zone',
    { pools: POOLS, region: 'eu-west-1', zones: ['eu-west-1a'] },
    'zones: must be a list of 2 to 6 entries, not of 1',
  ],
  [
    'a VPC that is too small',
    { pools: POOLS, network: { cidr: '10.0.0.0/25' } },
    'network.cidr: must be from /16 to /24, not /25',
  ],
  [
    'a VPC without room for all workers',
    { pools: { workers: { ...WORKERS, max: 40 } }, network: { cidr: '10.0.0.0/24' } },
    'network.cidr: must have room for 42 machines; the subnets have 22 addresses',
  ],
  [
    'pods in the VPC',
    { pools: POOLS, network: { cidr: '10.42.0.0/16' } },
    'network.podCidr: must not overlap network.cidr: 10.42.0.0/16 and 10.42.0.0/16',
  ],
  [
    'services among the pods',
    { pools: POOLS, network: { podCidr: '10.42.0.0/15', serviceCidr: '10.43.0.0/16' } },
    'network.serviceCidr: must not overlap network.podCidr: 10.43.0.0/16 and 10.42.0.0/15',
  ],
  [
    'subnets that overlap each other',
    { pools: POOLS, network: { privateSubnets: ['10.40.0.0/20', '10.40.8.0/21'] } },
    'network.privateSubnets.1: must not overlap network.privateSubnets.0: 10.40.8.0/21 and 10.40.0.0/20',
  ],
  [
    'private subnets in the place of the public ones',
    { pools: POOLS, network: { privateSubnets: ['10.40.0.0/20', '10.40.128.0/20'] } },
    'network.privateSubnets.1: must not overlap network.publicSubnets: 10.40.128.0/20 and 10.40.128.0/20',
  ],
  [
    'a subnet outside of the VPC',
    { pools: POOLS, network: { publicSubnets: ['10.40.64.0/24', '10.41.0.0/24'] } },
    'network.publicSubnets.1: must lie in network.cidr, 10.40.0.0/16, not 10.41.0.0/24',
  ],
  [
    'another number of subnets than of zones',
    { pools: POOLS, network: { privateSubnets: ['10.40.0.0/24', '10.40.1.0/24', '10.40.2.0/24'] } },
    'network.privateSubnets: must be one block for each of the 2 zones',
  ],
  [
    'a network beside one that is there',
    {
      pools: POOLS,
      network: { nat: 'nat-gateway', existing: { vpcId: 'vpc-1', subnetIds: ['subnet-1', 'subnet-2'] } },
    },
    'network.nat: must not stand beside network.existing, whose VPC and subnets decide it',
  ],
  [
    'the same subnet twice',
    { pools: POOLS, network: { existing: { vpcId: 'vpc-1', subnetIds: ['subnet-1', 'subnet-1'] } } },
    'network.existing.subnetIds.1: must not be there twice',
  ],
  [
    'a server of the wrong architecture',
    { pools: POOLS, server: { instanceType: 't3.medium' } },
    'server.instanceType: must be a type of architecture arm64; t3.medium is x86_64',
  ],
  [
    'a K3s that nobody knows',
    { pools: POOLS, k3s: { version: 'v1.35.0+k3s1', sha256: { arm64: 'a'.repeat(64) } } },
    'k3s.sha256.x86_64: must be the SHA-256 of the binary of v1.35.0+k3s1; it is known for v1.33.7+k3s1, v1.34.3+k3s1 only',
  ],
  [
    'an image that is none',
    { pools: { workers: { ...WORKERS, image: 'debian' } } },
    'pools.workers.image: must be the id of an AMI, ami-..., or the path of a public SSM parameter that holds one, /aws/service/..., not "debian"',
  ],
  [
    'a key of the webhook that it does not have',
    { pools: { workers: { ...WORKERS, policy: { cooldown: { upp: '5m' } } } } },
    'pools.workers.policy.cooldown.upp: is no key; did you mean up? The keys here are up, down, backoffFirst, backoffMax, topUp',
  ],
  [
    'a value that the webhook would refuse',
    { pools: { workers: { ...WORKERS, policy: { settle: 'soon' } } } },
    'pools.workers.policy.settle: must be a length of time with its unit, such as 250ms, 90s, 5m or 1h30m, of at most 7d, not "soon"',
  ],
  [
    'what follows from elsewhere, among what does not',
    { pools: { workers: { ...WORKERS, policy: { launch: { subnets: [] } } } } },
    'pools.workers.policy.launch.subnets: must not be set: it follows from what is made',
  ],
  [
    'what has a key of its own',
    { pools: { workers: { ...WORKERS, policy: { max: 3 } } } },
    'pools.workers.policy.max: must not be set here, but as pools.workers.max',
  ],
  [
    'labels of nodes in the place of the fit check alone',
    { pools: { workers: { ...WORKERS, policy: { node: { labels: { team: 'shop' } } } } } },
    'pools.workers.policy.node.labels: must not be set here, but as pools.workers.labels',
  ],
  [
    'what a node offers, as no amount',
    { pools: { workers: { ...WORKERS, policy: { node: { allocatable: { memory: 'much' } } } } } },
    'pools.workers.policy.node.allocatable.memory: must be an amount of memory such as 7500Mi or 8Gi, not "much"',
  ],
  [
    'what only both together make wrong',
    { pools: { workers: { ...WORKERS, instanceTypes: ['m6i.large', 'm6i.large'] } } },
    'pools.workers.instanceTypes.1: must not be there twice, not "m6i.large"',
  ],
  [
    'a retention that CloudWatch does not have',
    { pools: POOLS, logs: { retentionDays: 31 } },
    'logs.retentionDays: must be one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653, not 31',
  ],
  [
    'a mail to nobody',
    { pools: POOLS, alarms: { email: 'ops' } },
    'alarms.email: must be an e-mail address, not "ops"',
  ],
  [
    'a state without a bucket',
    { pools: POOLS, backend: { s3: { region: 'eu-west-1' } } },
    'backend.s3.bucket: must be the name of a bucket that exists; it is missing',
  ],
  [
    'addresses that no machine has',
    { pools: POOLS, network: { cidr: '127.0.0.0/16' } },
    'network.cidr: must be apart from 0.0.0.0/8, 127.0.0.0/8, 169.254.0.0/16, 224.0.0.0/3, not "127.0.0.0/16"',
  ],
  [
    'pods without room for all nodes',
    { pools: { workers: { ...WORKERS, max: 30, policy: { maxSurge: 2 } } }, network: { podCidr: '10.42.0.0/19' } },
    'network.podCidr: must have a /24 for each of 33 machines; 10.42.0.0/19 has 32',
  ],
  [
    'services without room for the addresses of the monitoring',
    { pools: POOLS, network: { serviceCidr: '10.43.0.0/26' } },
    'network.serviceCidr: must be from /12 to /24, not /26',
  ],
  [
    'services among the pods of a VPC that is there',
    {
      pools: POOLS,
      network: {
        serviceCidr: '10.42.128.0/20',
        existing: { vpcId: 'vpc-1', subnetIds: ['subnet-1', 'subnet-2'] },
      },
    },
    'network.serviceCidr: must not overlap network.podCidr: 10.42.128.0/20 and 10.42.0.0/16',
  ],
  ['a pool that is nothing', { pools: { workers: null } }, 'pools.workers: must be a map of keys, not null'],
  ['pools as a list', { pools: [WORKERS] }, 'pools: must be a map of names, not a list'],
  [
    'a number in quotes',
    { pools: { workers: { ...WORKERS, max: '3' } } },
    'pools.workers.max: must be a whole number from 1 to 1000, not "3"',
  ],
  [
    'less than nothing',
    { pools: { workers: { ...WORKERS, diskGiB: -1 } } },
    'pools.workers.diskGiB: must be a whole number from 8 to 16384, not -1',
  ],
  [
    'a name with a capital',
    { pools: POOLS, cluster: 'Main' },
    'cluster: must be at most 20 lower case letters, digits and dashes, beginning with a letter, not "Main"',
  ],
  [
    'subnets that are left out',
    { pools: POOLS, network: { existing: { vpcId: 'vpc-1' } } },
    'network.existing.subnetIds: must be a list of 2 to 6 entries; it is missing',
  ],
  [
    'a tag that IAM does not take',
    { pools: POOLS, tags: { team: '50%' } },
    'tags.team: must be at most 256 letters, digits, spaces and + - = . _ : / @, not "50%"',
  ],
  [
    'a tag that machines cannot read',
    { pools: POOLS, tags: { 'my team': 'x' } },
    'tags.my team: must be a name of 1 to 128 letters, digits and + - = . _ : @, which is what machines can read and IAM takes, and none of . .. _index',
  ],
  [
    'a tag of ours',
    { pools: POOLS, tags: { Component: 'x' } },
    'tags.Component: must be another name: application, smartscale-cluster, component, Name are set by the stacks',
  ],
  [
    'one tag twice, for IAM',
    { pools: POOLS, tags: { team: 'x', Team: 'y' } },
    'tags.Team: must differ from team in more than capitals',
  ],
  [
    'more tags than AWS takes',
    { pools: POOLS, tags: Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`t${i}`, ''])) },
    'tags: must be at most 39, so that ours find room, not 40',
  ],
  [
    'a key that is none',
    { pools: POOLS, volumeKey: 'alias/volumes' },
    'volumeKey: must be the ARN of a KMS key, arn:aws:kms:<region>:<account>:key/..., not "alias/volumes"',
  ],
  [
    'a key of another region',
    { pools: POOLS, region: 'eu-central-1', volumeKey: 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd' },
    'volumeKey: must be a key of eu-central-1, not of eu-west-1',
  ],
  ['a tag that is no text', { pools: POOLS, tags: { team: 5 } }, 'tags.team: must be text, not 5'],
])('%s', (_what, smartscale, mistake) => {
  test('is told with its key and what is allowed', () => {
    expect(mistakes(smartscale)).toEqual([mistake]);
  });
});

test.each([
  ['m6i.large', 'x86_64'],
  ['m7i-flex.large', 'x86_64'],
  ['c7a.xlarge', 'x86_64'],
  ['g4dn.xlarge', 'x86_64'],
  ['g6e.xlarge', 'x86_64'],
  ['t4g.nano', 'arm64'],
  ['a1.medium', 'arm64'],
  ['c6gn.medium', 'arm64'],
  ['x2gd.medium', 'arm64'],
  ['im4gn.large', 'arm64'],
  ['g5g.xlarge', 'arm64'],
  ['u-6tb1.metal', null],
  ['mac2.metal', null],
])('%s is of architecture %s, by its name', (type, architecture) => {
  expect(architectureOf(type)).toBe(architecture);
});

test('what one key demands of another is looked at beside keys that nobody knows', () => {
  const workers = { ...WORKERS, min: 5, max: 3, lables: { team: 'shop' }, labels: { 'smartscale/pool': 'x' } };
  const told = mistakes({
    pools: { workers },
    server: { instanceType: 't3.medium', dikGiB: 20 },
    network: { cidr: '10.42.0.0/16', natt: 1 },
  });
  expect(told.map((it) => it.split(':')[0])).toEqual([
    'network.natt',
    'server.dikGiB',
    'pools.workers.lables',
    'network.podCidr',
    'server.instanceType',
    'pools.workers.labels.smartscale/pool',
    'pools.workers.max',
  ]);
});

test.each([
  ['regoin', 'region'],
  ['lables', 'labels'],
  ['instanceType', 'instanceTypes'],
  ['maximum', 'max'],
  ['DISKGIB', 'diskGiB'],
  ['frobnicate', null],
  ['x', null],
  ['', null],
])('%p was meant to be %p', (written, meant) => {
  expect(nearest(written, ['region', 'labels', 'max', 'min', 'instanceTypes', 'diskGiB'])).toBe(meant);
});

describe('what machines run', () => {
  const ROOT = join(__dirname, '..', '..');

  test('is shipped: it fits into user data, and the server finds in its release what it begins with', () => {
    // Any file stands for the bundle, which is only built when it is needed.
    const files = readHostFiles(ROOT, 'package.json');
    checkUserData(readConfiguration(join(ROOT, 'cdktf.json')), files);
    const paths = files.release.map(({ path }) => path);
    const fetched = /^ *for file in ([^;]+); do$/m.exec(files.scripts.worker)?.[1]?.split(' ') ?? [];
    expect(fetched.length).toBeGreaterThan(2);
    const needed = ['webhook.js', 'k3s/server/install.sh', 'prometheus-rules/smartscale.rules.yaml'];
    expect(paths).toEqual(expect.arrayContaining([...needed, ...fetched.map((it) => `k3s/worker/${it}`)]));
    expect(paths.filter((it) => /\.(ts|md)$/.test(it))).toEqual([]);
  });

  const read = (changes: Readonly<Record<string, string | null>>, bundle = 'dist/bundle/webhook.js') =>
    readHostFiles(hostRoot(changes), bundle);

  test('has to be there: every file that is missing is told', () => {
    expect(mistakesOf(() => read({ 'k3s/server/bootstrap.sh': null }, 'dist'))).toEqual([
      expect.stringMatching(/^k3s\/server\/bootstrap\.sh is not there/),
      expect.stringMatching(/^context\.smartscale\.bundle: must be the path of the built webhook, and dist is no file/),
    ]);
  });

  test.each([
    [0, []],
    [
      1,
      [
        expect.stringMatching(
          /^context\.smartscale\.pools\.workers: its user data must be at most 16384 bytes, not 16385: k3s\/worker\/bootstrap\.sh takes \d+, settings with labels and taints \d+$/,
        ),
      ],
    ],
  ])('fits into user data or is told (%i bytes too much)', (excess, told) => {
    const configuration = parse({ pools: POOLS });
    const sizeWith = (length: number) => {
      const files = read({ 'k3s/worker/bootstrap.sh': `#!/bin/sh\n${'#'.repeat(length)}\n` });
      return mistakesOf(() => checkUserData(configuration, files));
    };
    const [message = ''] = sizeWith(MOST_BYTES);
    const rest = Number(/not (\d+):/.exec(message)?.[1]) - MOST_BYTES;
    expect(sizeWith(MOST_BYTES - rest + excess)).toEqual(told);
  });
});
