/** A region with a VPC, three zones and a launch template, in the simulator or in an independent emulator of EC2. */
import {
  CreateLaunchTemplateCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  ModifyInstanceAttributeCommand,
  type EC2Client,
} from '@aws-sdk/client-ec2';
import { Ec2Cloud } from '../../../simulator/ec2/ec2-cloud';
import { startEc2Server } from '../../../simulator/ec2/http/server';
import { DEFAULT_SETTINGS, DEFAULT_TEMPLATE_ID, type Ec2Settings } from '../../../simulator/ec2/settings';
import { Ec2Adapter } from '../../../webhook/adapters/ec2/ec2-adapter';
import { makeEc2Client } from '../../../webhook/adapters/ec2/ec2-client';
import { TAGS } from '../../../webhook/model/names';
import type { Ec2Port, FleetRequest } from '../../../webhook/ports';

export interface Region {
  readonly client: EC2Client;
  readonly port: Ec2Port;
  readonly template: FleetRequest['template'];
  /** One a zone; then `small`, in the first zone, with eleven free addresses. */
  readonly subnets: readonly Place[];
  readonly small: Place;
  protect(id: string): Promise<void>;
  stop(): Promise<void>;
}

interface Place {
  readonly id: string;
  readonly zone: string;
}

/** Set by `npm run test:peers`. */
const PEER = process.env['SMARTSCALE_EC2_PEER'];
const { region: REGION, subnets: SUBNETS } = DEFAULT_SETTINGS;
const ZONES = SUBNETS.map(({ zone }) => zone);
const SMALL_CIDR = '10.0.48.0/28';

type Open = (settings?: Partial<Ec2Settings>) => Promise<Region>;

/** The simulator, and the peer where there is one. */
export const regions: [name: 'simulator' | 'moto', open: Open][] = [['simulator', simulated]];
if (PEER !== undefined) regions.push(['moto', () => emulated(PEER)]);

async function simulated(settings: Partial<Ec2Settings> = {}): Promise<Region> {
  const small = { ...(SUBNETS[0] as (typeof SUBNETS)[number]), id: 'subnet-0smartscalesmall', cidr: SMALL_CIDR };
  const cloud = new Ec2Cloud({ clock: Date, ...settings, subnets: [...SUBNETS, small] });
  const server = await startEc2Server(cloud);
  const client = clientOf(server.url);
  return {
    client,
    port: new Ec2Adapter(client),
    template: { id: DEFAULT_TEMPLATE_ID, version: '1' },
    subnets: SUBNETS,
    small,
    protect: (id) => Promise.resolve(cloud.protect(id)),
    stop: async () => {
      client.destroy();
      await server.close();
    },
  };
}

async function emulated(endpoint: string): Promise<Region> {
  const client = clientOf(endpoint);
  const { Vpc } = await client.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }));
  const subnet = async (zone: string, CidrBlock: string): Promise<Place> => {
    const input = { VpcId: Vpc?.VpcId, CidrBlock, AvailabilityZone: zone };
    const { Subnet } = await client.send(new CreateSubnetCommand(input));
    return { id: Subnet?.SubnetId ?? '', zone };
  };
  const LaunchTemplateData = { ImageId: 'ami-0123456789abcdef0', InstanceType: 'm6i.large' as const };
  const LaunchTemplateName = `workers-${Vpc?.VpcId}`;
  const made = await client.send(new CreateLaunchTemplateCommand({ LaunchTemplateName, LaunchTemplateData }));
  return {
    client,
    port: new Ec2Adapter(client),
    template: { id: made.LaunchTemplate?.LaunchTemplateId ?? '', version: '1' },
    subnets: await Promise.all(ZONES.map((zone, i) => subnet(zone, `10.0.${i * 16}.0/20`))),
    small: await subnet(ZONES[0] ?? '', SMALL_CIDR),
    protect: async (InstanceId) => {
      const input = { InstanceId, DisableApiTermination: { Value: true } };
      await client.send(new ModifyInstanceAttributeCommand(input));
    },
    stop: () => Promise.resolve(client.destroy()),
  };
}

/** One try per call: what is wrong is to be seen. */
function clientOf(endpoint: string): EC2Client {
  const credentials = { accessKeyId: 'simulated', secretAccessKey: 'simulated' };
  return makeEc2Client({ region: REGION, endpoint, credentials, maxAttempts: 1 });
}

interface Wish extends Partial<FleetRequest> {
  readonly types?: readonly string[];
  readonly places?: readonly Place[];
  readonly cluster?: string;
}

/** One instance on demand, of one type in the first zone, unless told otherwise. */
export function aLaunch({ template, subnets }: Region, wish: Wish = {}): FleetRequest {
  const { types = ['m6i.large'], places = subnets.slice(0, 1), cluster = 'shop', ...rest } = wish;
  return {
    template,
    overrides: places.flatMap(({ id, zone }) => types.map((instanceType) => ({ instanceType, subnetId: id, zone }))),
    count: 1,
    capacity: 'on-demand',
    tags: { [TAGS.cluster]: cluster, [TAGS.pool]: 'workers', [TAGS.operation]: 'op1' },
    ...rest,
  };
}
