import {
  CreateTagsCommand,
  DescribeInstancesCommand,
  DescribeLaunchTemplateVersionsCommand,
  DescribeSubnetsCommand,
  type EC2Client,
  paginateDescribeInstances,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import { startEc2Server } from '../../../simulator/ec2/http/server';
import type { LoopbackServer } from '../../../simulator/loopback-server';
import { makeEc2Client } from '../../../webhook/adapters/ec2/ec2-client';
import { aCloud, aFleet, SUBNET_A, TEMPLATE, ZONE_A } from './sample';

let { cloud } = aCloud();
let server: LoopbackServer;
let client: EC2Client;

beforeEach(async () => {
  ({ cloud } = aCloud());
  server = await startEc2Server(cloud);
  client = makeEc2Client({
    region: cloud.settings.region,
    endpoint: server.url,
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    maxAttempts: 1,
  });
});
afterEach(async () => {
  client.destroy();
  await server.close();
});

async function post(body: string) {
  const response = await fetch(server.url, { method: 'POST', body });
  const text = await response.text();
  return { status: response.status, code: /<Code>(.*)<\/Code>/.exec(text)?.[1], text };
}

describe('the query protocol', () => {
  it.each([
    ['Action=MakeCoffee', 'InvalidAction', 400],
    ['', 'InvalidAction', 400],
    ['Action=DescribeInstances&Colour=red', 'UnknownParameter', 400],
    ['Action=DescribeInstances&InstanceId.1=nonsense', 'InvalidInstanceID.Malformed', 400],
    ['Action=DescribeInstances&MaxResults=many', 'InvalidParameterValue', 400],
    ['Action=DescribeInstances&Filter.1.Value.1=x', 'MissingParameter', 400],
    ['Action=CreateFleet', 'MissingParameter', 400],
    ['Action=CreateFleet&__proto__.1.Key=x', 'UnknownParameter', 400],
    ['Action=TerminateInstances&InstanceId.1=i-0123456789abcdef0&DryRun=true', 'DryRunOperation', 412],
    [`Action=DescribeInstances&Filter.1.Name=${'x'.repeat(1024 * 1024)}`, 'RequestEntityTooLarge', 413],
  ])('answers %.60s with an error of EC2', async (body, code, status) => {
    expect(await post(body)).toMatchObject({ code, status });
  });

  it('refuses a dry run to whom it would refuse the real thing', async () => {
    cloud.gate.deny('TerminateInstances');
    const answer = await post('Action=TerminateInstances&InstanceId.1=i-0123456789abcdef0&DryRun=true');
    expect(answer).toMatchObject({ code: 'UnauthorizedOperation', status: 403 });
  });

  it('counts past nine and does not mind gaps', async () => {
    cloud.createFleet(aFleet({ total: 12 }));
    const ids = cloud.instances.map(({ id }) => id);
    const indices = [1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 100];
    const { text } = await post(
      `Action=DescribeInstances&${indices.map((index, at) => `InstanceId.${index}=${ids[at]}`).join('&')}`,
    );
    expect([...text.matchAll(/<instanceId>(.*?)<\/instanceId>/g)].map(([, id]) => id)).toEqual(ids);
  });

  it('carries any text in a tag there and back', async () => {
    cloud.createFleet(aFleet());
    const Resources = cloud.instances.map(({ id }) => id);
    const texts = ['<a & "b">', "it's", 'ü 日本 🚀', 'a+b=c%20', ' spaced ', 'two\nlines\r\n', ''];
    await client.send(
      new CreateTagsCommand({ Resources, Tags: texts.map((Value, index) => ({ Key: `k${index}`, Value })) }),
    );
    const { Reservations } = await client.send(new DescribeInstancesCommand({ InstanceIds: Resources }));
    const tags = Reservations?.[0]?.Instances?.[0]?.Tags ?? [];
    expect(texts.map((_, index) => tags.find(({ Key }) => Key === `k${index}`)?.Value)).toEqual(texts);
  });

  it('pages through the SDK, and keeps reservations together', async () => {
    cloud.createFleet(aFleet({ total: 4 }));
    cloud.createFleet(aFleet({ total: 8 }));
    const pages = [];
    for await (const { Reservations = [] } of paginateDescribeInstances({ client, pageSize: 5 }, {})) {
      pages.push(Reservations.map(({ Instances = [] }) => Instances.length));
    }
    expect(pages).toEqual([[4, 1], [5], [2]]);
  });

  it('runs instances once a token through the SDK', async () => {
    const run = new RunInstancesCommand({
      LaunchTemplate: { LaunchTemplateId: TEMPLATE, Version: '$Latest' },
      MinCount: 1,
      MaxCount: 2,
      ClientToken: 'once',
      SubnetId: SUBNET_A,
      InstanceMarketOptions: { MarketType: 'spot' },
    });
    const first = await client.send(run);
    const second = await client.send(run);
    expect(second.Instances?.map(({ InstanceId }) => InstanceId)).toEqual(cloud.instances.map(({ id }) => id));
    expect(second.ReservationId).toBe(first.ReservationId);
    expect(first.Instances?.[0]).toMatchObject({
      State: { Name: 'pending', Code: 0 },
      InstanceLifecycle: 'spot',
      Placement: { AvailabilityZone: ZONE_A },
      ClientToken: 'once',
    });
  });

  it('describes the template of the defaults and how many addresses are left', async () => {
    const versions = await client.send(
      new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId: TEMPLATE, Versions: ['$Default', '1'] }),
    );
    expect(versions.LaunchTemplateVersions?.map(({ VersionNumber }) => VersionNumber)).toEqual([1, 1]);
    cloud.createFleet(aFleet({ total: 3 }));
    const { Subnets } = await client.send(
      new DescribeSubnetsCommand({ Filters: [{ Name: 'availability-zone', Values: [ZONE_A] }] }),
    );
    expect(Subnets?.map((subnet) => subnet.AvailableIpAddressCount)).toEqual([4091 - 3]);
  });
});

/** Resolves when the action has reached the cloud; fails after a minute. */
async function arrived(action: string): Promise<void> {
  const end = performance.now() + 60_000;
  while (!cloud.gate.requests.some((request) => request.action === action)) {
    if (performance.now() > end) throw new Error(`${action} never arrived`);
    await new Promise(setImmediate);
  }
}

describe('a broken connection', () => {
  const call = () => client.send(new DescribeInstancesCommand({}));

  it.each<[string, () => void]>([
    ['nobody is there', () => cloud.gate.setUnreachable(true)],
    ['the reply is lost', () => cloud.gate.loseNextReply('DescribeInstances')],
  ])('is what a client sees when %s', async (_, prepare) => {
    prepare();
    await expect(call()).rejects.toThrow(/socket hang up|ECONNRESET/);
  });

  it('comes when a silent server lets go', async () => {
    cloud.gate.hangNext('DescribeInstances');
    const hanging = call().then(
      () => 'answered',
      () => 'broken',
    );
    await arrived('DescribeInstances');
    expect((await post('Action=DescribeSubnets')).status).toBe(200);
    cloud.gate.releaseHung();
    expect(await hanging).toBe('broken');
    expect(cloud.gate.requests.map(({ action }) => action)).toEqual(['DescribeInstances', 'DescribeSubnets']);
  });

  it('does not keep the server from closing', async () => {
    cloud.gate.hangNext('DescribeInstances');
    const hanging = call().catch(() => 'broken');
    await arrived('DescribeInstances');
    await server.close();
    expect(await hanging).toBe('broken');
  });
});
