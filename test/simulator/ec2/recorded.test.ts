/** The recorded requests of the SDK go to the simulator; its answers and the recorded ones through the SDK's deserialiser. */
import {
  CreateFleetCommand,
  DescribeInstanceStatusCommand,
  DescribeInstanceTypeOfferingsCommand,
  DescribeInstanceTypesCommand,
  DescribeInstancesCommand,
  DescribeLaunchTemplateVersionsCommand,
  DescribeLaunchTemplatesCommand,
  DescribeSpotInstanceRequestsCommand,
  DescribeSpotPriceHistoryCommand,
  DescribeSubnetsCommand,
  type EC2Client,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { answer } from '../../../simulator/ec2/http/answer';
import { QueryParams } from '../../../simulator/ec2/http/query-params';
import { makeEc2Client } from '../../../webhook/adapters/ec2/ec2-client';
import { ScriptedServer } from '../../adapters/scripted-server';
import { recordedExchange } from './recorded-exchange';
import { recordedRegion } from './recorded-region';
import { shapeOf, surplus } from './shape';

type Send = (client: EC2Client) => Promise<object>;

const fleet: Send = (client) =>
  client.send(new CreateFleetCommand({ LaunchTemplateConfigs: [], TargetCapacitySpecification: undefined }));
const run: Send = (client) => client.send(new RunInstancesCommand({ MinCount: 1, MaxCount: 1 }));
const instances: Send = (client) => client.send(new DescribeInstancesCommand({}));
const terminate: Send = (client) => client.send(new TerminateInstancesCommand({ InstanceIds: [] }));
const types: Send = (client) => client.send(new DescribeInstanceTypesCommand({}));
const offerings: Send = (client) => client.send(new DescribeInstanceTypeOfferingsCommand({}));
const subnets: Send = (client) => client.send(new DescribeSubnetsCommand({}));
const templates: Send = (client) => client.send(new DescribeLaunchTemplatesCommand({}));
const versions: Send = (client) => client.send(new DescribeLaunchTemplateVersionsCommand({}));

const status: Send = (client) => client.send(new DescribeInstanceStatusCommand({}));
const spotRequests: Send = (client) => client.send(new DescribeSpotInstanceRequestsCommand({}));

const spotPrices: Send = (client) => client.send(new DescribeSpotPriceHistoryCommand({}));

/** Not simulated: nothing reads them. */
const SPOT_LAUNCH = /\.LaunchSpecification\.(EbsOptimized|SecurityGroups|Monitoring)/;
const NETWORK = /\.(NetworkInterfaces|SecurityGroups|PublicDnsName|PublicIpAddress|Platform|SriovNetSupport)\b/;
const TYPE_DETAILS =
  /\.(EbsInfo|NetworkInfo|PlacementGroupInfo|VCpuInfo\.(DefaultC|DefaultT|Valid)|ProcessorInfo\.(S|M)|Hibernation|Dedicated|AutoRecovery|Supported(BootModes|InRegion)|NitroEnclaves|NitroTpm|PhcSupport|RebootMigration)/;
const NOTHING = /^$/;

/** Moto repeats the name that the request gave; AWS answers with the id. */
const MOTO_ONLY: Readonly<Record<string, readonly string[]>> = {
  'CreateFleet-instant-ondemand': [
    'Instances[].LaunchTemplateAndOverrides.LaunchTemplateSpecification.LaunchTemplateName: string',
  ],
};

/** Documented elements that moto leaves out. */
const AWS_ONLY: Readonly<Record<string, readonly string[]>> = {
  DescribeSpotPriceHistory: ['NextToken: string'],
  'RunInstances-spot': ['Instances[].SpotInstanceRequestId: string'],
  'DescribeInstances-by-tag': [
    'Reservations[].Instances[].ClientToken: string',
    'Reservations[].Instances[].SpotInstanceRequestId: string',
  ],
  'CreateFleet-instant-spot': fleetItem(),
  'CreateFleet-instant-ondemand': fleetItem(),
};

function fleetItem(): readonly string[] {
  return ['AvailabilityZone', 'AvailabilityZoneId', 'SubnetId'].map((element) => `Instances[].${element}: string`);
}

let peer: ScriptedServer;
let client: EC2Client;

beforeAll(async () => {
  peer = await ScriptedServer.start();
  client = makeEc2Client({
    region: 'ap-southeast-1',
    endpoint: peer.url,
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    maxAttempts: 1,
  });
});
afterAll(async () => {
  client.destroy();
  await peer.stop();
});

/** What the SDK makes of an answer. */
async function parsed(send: Send, { status, xml }: { status: number; xml: string }): Promise<object> {
  peer.willAnswer({ status, headers: { 'content-type': 'text/xml' }, body: xml });
  const { $metadata: _, ...output } = (await send(client)) as { $metadata: unknown };
  return output;
}

async function failure(send: Send, answered: { status: number; xml: string }) {
  const error: unknown = await parsed(send, answered).then(
    () => 'no error',
    (reason: unknown) => reason,
  );
  const { Code, $metadata } = error as { Code?: string; $metadata?: { httpStatusCode?: number } };
  return { code: Code, status: $metadata?.httpStatusCode };
}

const RECORDED_IDS = ['i-47b99d8d65a8f5766', 'i-4e93ee9fb141ee61e', 'i-2966007df4ffaf14c'];

/** The recorded request, about our instances where it names instances. */
function ours(name: string, cloud = recordedRegion()) {
  const { request } = recordedExchange(name);
  const ids = cloud.instances.map(({ id }) => id);
  const adapted = RECORDED_IDS.reduce((text, id, index) => text.replaceAll(id, ids[index] ?? id), request);
  const { status, body } = answer(cloud, QueryParams.parse(adapted));
  return { status, xml: body };
}

/** The instances that the recording had. */
function populatedRegion() {
  const cloud = recordedRegion();
  for (const name of ['CreateFleet-instant-spot', 'CreateFleet-instant-ondemand']) {
    expect(ours(name, cloud).status).toBe(200);
  }
  return cloud;
}

describe('answers have the elements of the recorded ones', () => {
  it.each<[string, Send, RegExp]>([
    ['DescribeInstanceTypes', types, TYPE_DETAILS],
    ['DescribeInstanceTypeOfferings', offerings, NOTHING],
    ['DescribeSubnets', subnets, NOTHING],
    ['DescribeSubnets-filter', subnets, NOTHING],
    ['DescribeLaunchTemplates', templates, NOTHING],
    ['DescribeLaunchTemplateVersions', versions, /VersionDescription/],
    ['DescribeInstanceStatus', status, NOTHING],
    ['DescribeSpotInstanceRequests', spotRequests, SPOT_LAUNCH],
    ['DescribeSpotPriceHistory', spotPrices, NOTHING],
    ['DescribeInstances-none', instances, NOTHING],
    ['DescribeInstances-by-tag', instances, NETWORK],
    ['RunInstances', run, NETWORK],
    ['RunInstances-spot', run, NETWORK],
    ['TerminateInstances', terminate, NOTHING],
    ['CreateFleet-instant-spot', fleet, NOTHING],
    ['CreateFleet-instant-ondemand', fleet, NOTHING],
  ])('%s', async (name, send, notSimulated) => {
    const theirs = shapeOf(await parsed(send, recordedExchange(name)));
    const mine = shapeOf(await parsed(send, ours(name, populatedRegion())));
    expect({
      missing: surplus(theirs, mine).filter((path) => !notSimulated.test(path)),
      extra: surplus(mine, theirs),
    }).toEqual({ missing: MOTO_ONLY[name] ?? [], extra: AWS_ONLY[name] ?? [] });
  });

  it('a terminated instance keeps its reason and tags and loses its address', async () => {
    const cloud = populatedRegion();
    const before = cloud.instances.map(({ id }) => id);
    cloud.terminateInstances(before.slice(0, 1));
    cloud.finishTerminations();
    const output = (await parsed(instances, ours('DescribeInstances-terminated', cloud))) as {
      Reservations: { Instances: object[] }[];
    };
    expect(output.Reservations[0]?.Instances[0]).toMatchObject({
      InstanceId: before[0],
      State: { Code: 48, Name: 'terminated' },
      StateReason: { Code: 'Client.UserInitiatedShutdown' },
      StateTransitionReason: 'User initiated (2026-11-22 03:32:18 GMT)',
      Tags: expect.arrayContaining([{ Key: 'spot:run', Value: 'r-1' }]) as object,
    });
    expect(output.Reservations[0]?.Instances[0]).not.toHaveProperty('PrivateIpAddress');
  });
});

describe('errors have the code and status of the recorded ones', () => {
  it.each<[string, Send]>([
    ['CreateFleet-DryRun', fleet],
    ['CreateFleet-unknown-template', fleet],
    ['DescribeInstances-unknown-id', instances],
    ['DescribeInstanceTypes-unknown', types],
    ['DescribeLaunchTemplateVersions-unknown', versions],
    ['DescribeSubnets-unknown', subnets],
    ['RunInstances-DryRun', run],
    ['TerminateInstances-DryRun', terminate],
    ['TerminateInstances-unknown', terminate],
  ])('%s', async (name, send) => {
    const theirs = await failure(send, recordedExchange(name));
    expect(theirs.code).toMatch(/./);
    expect(await failure(send, ours(name))).toEqual(theirs);
  });
});
