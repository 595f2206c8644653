/** The real SDK asks the simulator, for pools as the configuration gives them. */
import { Ec2Cloud } from '../../simulator/ec2/ec2-cloud';
import type { LaunchTemplate, TemplateDetails } from '../../simulator/ec2/ec2-types';
import { startEc2Server } from '../../simulator/ec2/http/server';
import { dryRunOf } from '../../simulator/ec2/request-gate';
import { DEFAULT_SETTINGS, DEFAULT_TEMPLATE_ID, type Ec2Settings } from '../../simulator/ec2/settings';
import { Ec2Adapter } from '../../webhook/adapters/ec2/ec2-adapter';
import { makeEc2Client } from '../../webhook/adapters/ec2/ec2-client';
import { PreflightAdapter } from '../../webhook/adapters/ec2/preflight';
import { makeQuotasClient } from '../../webhook/adapters/ec2/quotas';
import type { PoolPolicy } from '../../webhook/model/pool';
import type { Finding } from '../../webhook/preflight/judgement/finding';
import { preflightRegion } from '../../webhook/preflight/preflight-region';
import { configurationOf, type Pools } from '../scenarios/support/configuration';
import { TICK, ticksUntil } from '../support/ticks-until';
import { TAGS } from '../../webhook/model/names';

const CLUSTER = 'shop';
const POOL = `clusters.${CLUSTER}.pools.workers`;
const [A, B, C] = DEFAULT_SETTINGS.subnets.map(({ id, zone }) => ({ id, zone }));
const SOUND = {
  template: { id: DEFAULT_TEMPLATE_ID, version: '1' },
  subnets: [A, B, C],
  instanceTypes: ['m6i.large', 'm6a.large'],
};

function workers(launch: object = {}, rest: object = {}): Pools {
  return { workers: { launch: { ...SOUND, ...launch }, ...rest } };
}

function policiesOf(pools: Pools): Readonly<Record<string, PoolPolicy>> {
  return configurationOf('replica', { [CLUSTER]: pools }).clusters[CLUSTER]?.pools ?? {};
}

let cloud: Ec2Cloud;
let findings: (pools?: Pools) => Promise<readonly Finding[]>;
let end: () => Promise<void>;

async function begin(settings: Partial<Ec2Settings> = {}): Promise<void> {
  cloud = new Ec2Cloud({ clock: Date, ...settings });
  const server = await startEc2Server(cloud);
  const options = {
    region: cloud.settings.region,
    endpoint: server.url,
    credentials: { accessKeyId: 'simulated', secretAccessKey: 'simulated' },
    maxAttempts: 2,
  };
  const [client, quotas] = [makeEc2Client(options), makeQuotasClient(options)];
  const ports = { ec2: new Ec2Adapter(client), preflight: new PreflightAdapter(client, quotas) };
  findings = (pools = workers()) => preflightRegion(CLUSTER, policiesOf(pools), ports);
  end = async () => {
    client.destroy();
    quotas.destroy();
    await server.close();
  };
}

beforeEach(() => begin());
afterEach(() => end());

async function beginWith(settings: Partial<Ec2Settings>): Promise<void> {
  await end();
  await begin(settings);
}

/** Instances of the pool that are there already. */
function launch(count: number, subnetId = A?.id ?? ''): void {
  const spec = { imageId: 'ami-1', instanceType: 'm6i.large', subnetId, capacityType: 'on-demand' } as const;
  const tags = { [TAGS.cluster]: CLUSTER, [TAGS.pool]: 'workers' };
  cloud.runInstances({ ...spec, minCount: count, maxCount: count, tags });
}

const said = (found: readonly Finding[]) => found.map(({ code, key, what }) => ({ code, key, what }));
const codes = (found: readonly Finding[]) => found.map(({ code }) => code);

test('the simulator as it comes passes, empty and with instances, and nothing is changed', async () => {
  expect(await findings()).toEqual([]);
  launch(2);
  const before = cloud.instances.length;
  expect(await findings()).toEqual([]);
  expect(cloud.instances).toHaveLength(before);
  const asked = cloud.gate.requests.map(({ action }) => action);
  expect(asked).toContain(dryRunOf('TerminateInstances'));
  expect(asked.filter((action) => ['CreateFleet', 'RunInstances', 'TerminateInstances'].includes(action))).toEqual([]);
});

test('what pools share is asked once, however many pools there are', async () => {
  const many = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`pool-${i}`, { launch: SOUND }]));
  expect(await findings(many)).toEqual([]);
  const asked = cloud.gate.requests.map(({ action }) => action);
  for (const action of ['DescribeSubnets', 'DescribeInstanceTypes', 'DescribeInstanceTypeOfferings']) {
    expect(asked.filter((it) => it === action)).toHaveLength(1);
  }
  expect(asked.filter((it) => it === dryRunOf('CreateFleet'))).toHaveLength(20);
});

test('a version that is not there is found, and its launch not tried', async () => {
  expect(said(await findings(workers({ template: { id: DEFAULT_TEMPLATE_ID, version: '17' } })))).toEqual([
    {
      code: 'template-version-missing',
      key: `${POOL}.launch.template.version`,
      what: `launch template ${DEFAULT_TEMPLATE_ID} has no version 17`,
    },
  ]);
  expect(cloud.gate.requests.map(({ action }) => action)).not.toContain(dryRunOf('CreateFleet'));
});

test('a template that would be a poor node says all of it', async () => {
  const details: TemplateDetails = { httpTokens: 'optional', hopLimit: 3, marketType: 'spot', encrypted: false };
  const userData = Buffer.alloc(17_000, 'x').toString('base64');
  const launchTemplates: readonly LaunchTemplate[] = [
    {
      id: DEFAULT_TEMPLATE_ID,
      name: 'workers',
      defaultVersion: 1,
      versions: [{ number: 1, imageId: 'ami-0ofanotherregion', createdAt: 0, userData, details }],
    },
  ];
  await beginWith({ launchTemplates });
  expect(codes(await findings())).toEqual([
    'template-fixes-spot',
    'template-user-data-too-large',
    'template-answers-imdsv1',
    'template-metadata-reaches-pods',
    'template-without-profile',
    'template-stops-instead-of-terminates',
    'template-volume-not-encrypted',
    'image-missing',
  ]);
});

test('a subnet in another zone than configured is found with the zone where it is', async () => {
  const subnets = [A, { id: B?.id, zone: 'eu-central-1c' }];
  expect(said(await findings(workers({ subnets })))).toEqual([
    {
      code: 'subnet-in-another-zone',
      key: `${POOL}.launch.subnets.1.zone`,
      what: `subnet ${B?.id} is in eu-central-1b, not in eu-central-1c`,
    },
  ]);
});

test('an arm type beside an image for x86 is found, and a type that nobody has', async () => {
  const instanceTypes = ['m6g.large', 'm6i.large', 'z9.mega'];
  expect(said(await findings(workers({ instanceTypes })))).toMatchObject([
    { code: 'type-missing', what: 'there is no instance type z9.mega' },
    { code: 'type-of-another-architecture', what: expect.stringMatching(/^m6g\.large is arm64, image ami-/) as string },
  ]);
});

test('a type that one zone does not offer is found', async () => {
  const zones = [A?.zone ?? '', B?.zone ?? ''];
  await beginWith({
    instanceTypes: DEFAULT_SETTINGS.instanceTypes.map((it) => (it.name === 'm6a.large' ? { ...it, zones } : it)),
  });
  expect(said(await findings())).toEqual([
    {
      code: 'type-not-offered-in-zone',
      key: `${POOL}.launch.instanceTypes`,
      what: `m6a.large is not offered in ${C?.zone}`,
    },
  ]);
});

test('three free addresses are too few for what is still to come, and not for what is there', async () => {
  const subnets = DEFAULT_SETTINGS.subnets.map((it) => (it.id === A?.id ? { ...it, cidr: '10.9.0.0/28' } : it));
  await beginWith({ subnets });
  launch(8);
  const pool = workers({ subnets: [A] }, { max: 12 });
  expect(said(await findings(pool))).toEqual([
    {
      code: 'addresses-below-max',
      key: `${POOL}.launch.subnets`,
      what: '3 free addresses for 4 more nodes (max 12, 8 there)',
    },
  ]);
  expect(await findings(workers({ subnets: [A] }, { max: 11 }))).toEqual([]);
});

test('a quota below what max asks for is found with its code', async () => {
  cloud.setQuota('on-demand', 16);
  expect(said(await findings())).toEqual([
    {
      code: 'quota-below-max',
      key: `${POOL}.max`,
      what: 'max 10 times 2 vCPUs are 20, the on-demand quota L-1216C47A is 16',
    },
  ]);
  expect(await findings(workers({}, { max: 8 }))).toEqual([]);
});

describe('a role', () => {
  it.each([
    ['CreateFleet', 'launch-forbidden'],
    ['RunInstances', 'launch-forbidden'],
    ['TerminateInstances', 'terminate-forbidden'],
    ['DescribeInstances', 'observe-forbidden'],
    ['DescribeInstanceStatus', 'observe-forbidden'],
    ['DescribeSpotInstanceRequests', 'observe-forbidden'],
  ])('that may not %s is a problem', async (action, code) => {
    launch(1);
    cloud.gate.deny(action);
    const found = await findings();
    expect(found).toMatchObject([{ code, severity: 'problem' }]);
    expect(found[0]?.what).toContain('UnauthorizedOperation');
  });

  it.each([
    ['DescribeLaunchTemplateVersions', 'ec2:DescribeLaunchTemplateVersions'],
    ['DescribeImages', 'ec2:DescribeImages'],
    ['DescribeSubnets', 'ec2:DescribeSubnets'],
    ['DescribeInstanceTypes', 'ec2:DescribeInstanceTypes'],
    ['DescribeInstanceTypeOfferings', 'ec2:DescribeInstanceTypeOfferings'],
    ['GetServiceQuota', 'servicequotas:GetServiceQuota'],
  ])('that may not %s leaves that unchecked and the rest checked', async (action, permission) => {
    cloud.gate.deny(action);
    const found = await findings();
    expect(found).toMatchObject([{ code: 'not-checked', severity: 'unknown' }]);
    expect(found[0]?.what).toContain(permission);
  });

  it('without the service-linked role of spot is told how to make it', async () => {
    cloud.gate.failNext(dryRunOf('RunInstances'), 'AuthFailure.ServiceLinkedRoleCreationNotPermitted');
    const instanceTypes = ['m6i.large', 'm6a.large', 't3.large', 'r6i.large', 'm6i.xlarge'];
    const [found] = await findings(workers({ capacity: 'spot', instanceTypes }));
    expect(found).toMatchObject({ code: 'spot-role-missing', key: `${POOL}.launch.capacity` });
    expect(found?.advice).toContain('create-service-linked-role');
  });
});

describe('an answer', () => {
  it('that is throttled once is had at the next try, and after that it is not known', async () => {
    cloud.gate.failNext('DescribeSubnets', 'RequestLimitExceeded', { times: 1 });
    expect(await findings()).toEqual([]);
    cloud.gate.failNext('DescribeSubnets', 'RequestLimitExceeded', { times: 2 });
    const found = await findings(workers({ template: { id: DEFAULT_TEMPLATE_ID, version: '2' } }));
    expect(codes(found)).toEqual(['not-checked', 'template-version-missing']);
  });

  it('that never comes is one problem, soon', async () => {
    cloud.gate.setUnreachable(true);
    const found = findings();
    expect(await ticksUntil(found)).toBeLessThan(5000 / TICK);
    expect(codes(await found)).toEqual(['ec2-unreachable', 'not-checked']);
  });

  it('that EC2 refuses for another reason is told in its words', async () => {
    cloud.gate.failNext(dryRunOf('RunInstances'), 'InvalidGroup.NotFound', { message: 'no group sg-1' });
    expect(said(await findings())).toEqual([
      { code: 'launch-refused', key: `${POOL}.launch`, what: 'RunInstances: InvalidGroup.NotFound: no group sg-1' },
    ]);
  });
});
