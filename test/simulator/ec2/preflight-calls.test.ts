import {
  DescribeImagesCommand,
  DescribeInstanceTypeOfferingsCommand,
  DescribeInstanceTypesCommand,
  DescribeLaunchTemplateVersionsCommand,
  type EC2Client,
} from '@aws-sdk/client-ec2';
import { GetServiceQuotaCommand, ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import type { Ec2Cloud } from '../../../simulator/ec2/ec2-cloud';
import { startEc2Server } from '../../../simulator/ec2/http/server';
import { DEFAULT_SETTINGS } from '../../../simulator/ec2/settings';
import type { LoopbackServer } from '../../../simulator/loopback-server';
import { makeEc2Client } from '../../../webhook/adapters/ec2/ec2-client';
import { aCloud, aFleet, aRun, codeOf, SUBNET_A, SUBNET_B, TEMPLATE, ZONE_A, ZONE_B } from './sample';

let cloud: Ec2Cloud;
let server: LoopbackServer;
let client: EC2Client;
let quotas: ServiceQuotasClient;

const instanceTypes = DEFAULT_SETTINGS.instanceTypes.map((type) =>
  type.name === 'm6g.large' ? { ...type, zones: [ZONE_B], capacityTypes: ['on-demand'] as const } : type,
);

beforeEach(async () => {
  ({ cloud } = aCloud({ instanceTypes }));
  server = await startEc2Server(cloud);
  const settings = {
    region: cloud.settings.region,
    endpoint: server.url,
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    maxAttempts: 1,
  };
  client = makeEc2Client(settings);
  quotas = new ServiceQuotasClient(settings);
});
afterEach(async () => {
  client.destroy();
  quotas.destroy();
  await server.close();
});

describe('what a preflight asks EC2, through the SDK', () => {
  it('is which types are offered in which zones', async () => {
    const Filters = [{ Name: 'instance-type', Values: ['m6i.large', 'm6g.large', 'z9.mega'] }];
    const { InstanceTypeOfferings } = await client.send(
      new DescribeInstanceTypeOfferingsCommand({ LocationType: 'availability-zone', Filters }),
    );
    const places = InstanceTypeOfferings?.map(({ InstanceType, Location }) => `${InstanceType} ${Location}`);
    const zones = cloud.catalogue.subnets.map(({ zone }) => zone);
    expect(places?.toSorted()).toEqual([`m6g.large ${ZONE_B}`, ...zones.map((zone) => `m6i.large ${zone}`)]);
  });

  it('is what a type is: those that it does not know are left out by a filter', async () => {
    const Filters = [{ Name: 'instance-type', Values: ['m6g.large', 'z9.mega'] }];
    const { InstanceTypes } = await client.send(new DescribeInstanceTypesCommand({ Filters }));
    expect(InstanceTypes).toMatchObject([
      {
        InstanceType: 'm6g.large',
        ProcessorInfo: { SupportedArchitectures: ['arm64'] },
        VCpuInfo: { DefaultVCpus: 2 },
        MemoryInfo: { SizeInMiB: 8192 },
        SupportedUsageClasses: ['on-demand'],
      },
    ]);
  });

  it('is what the launch template says of metadata, profile, shutdown and disk, and for which processor its image is', async () => {
    const { LaunchTemplateVersions } = await client.send(
      new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId: TEMPLATE, Versions: ['1'] }),
    );
    const data = LaunchTemplateVersions?.[0]?.LaunchTemplateData;
    expect(data).toMatchObject({
      MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 1 },
      IamInstanceProfile: { Name: 'smartscale-worker' },
      InstanceInitiatedShutdownBehavior: 'terminate',
      BlockDeviceMappings: [{ Ebs: { Encrypted: true } }],
    });
    const Filters = [{ Name: 'image-id', Values: [data?.ImageId ?? '', 'ami-0123456789abcdef0'] }];
    const { Images } = await client.send(new DescribeImagesCommand({ Filters }));
    expect(Images).toMatchObject([{ ImageId: data?.ImageId, Architecture: 'x86_64', State: 'available' }]);
  });
});

describe('a type that a zone does not have', () => {
  it('cannot be launched there: a fleet takes another place, a single launch is refused', () => {
    const places = [`m6g.large@${SUBNET_A}`, `m6i.large@${SUBNET_A}`];
    const { launched, errors } = cloud.createFleet(aFleet({ places }));
    expect(launched.map(({ place }) => place.type.name)).toEqual(['m6i.large']);
    expect(errors.map(({ error }) => error.code)).toEqual(['Unsupported']);
    const run = { instanceType: 'm6g.large', subnetId: SUBNET_A };
    expect(codeOf(() => cloud.runInstances(aRun(run)))).toBe('Unsupported');
    expect(codeOf(() => cloud.runInstances(aRun({ ...run, subnetId: SUBNET_B })))).toBe('none');
    expect(cloud.instances.map(({ zone }) => zone)).toEqual([ZONE_A, ZONE_B]);
  });
});

describe('Service Quotas, through its SDK', () => {
  const ask = (QuotaCode: string, ServiceCode = 'ec2') =>
    quotas.send(new GetServiceQuotaCommand({ ServiceCode, QuotaCode }));

  it('knows how many vCPUs of the standard families the account may have, on demand and as spot', async () => {
    cloud.setQuota('on-demand', 64);
    expect((await ask('L-1216C47A')).Quota).toMatchObject({ QuotaCode: 'L-1216C47A', Value: 64 });
    expect((await ask('L-34B43A08')).Quota?.Value).toBe(1_000_000);
    expect(cloud.gate.requests.map(({ action }) => action)).toEqual(['GetServiceQuota', 'GetServiceQuota']);
  });

  it.each([
    ['L-00000000', 'ec2'],
    ['L-1216C47A', 'lambda'],
    ['constructor', 'ec2'],
  ])('knows no quota %s of %s', async (code, service) => {
    await expect(ask(code, service)).rejects.toMatchObject({ name: 'NoSuchResourceException' });
  });

  it('refuses in its own words', async () => {
    cloud.gate.deny('GetServiceQuota');
    await expect(ask('L-1216C47A')).rejects.toMatchObject({ name: 'AccessDeniedException' });
    cloud.gate.failNext('GetServiceQuota', 'TooManyRequestsException', { status: 429 });
    await expect(ask('L-1216C47A')).rejects.toMatchObject({ name: 'TooManyRequestsException' });
  });
});
