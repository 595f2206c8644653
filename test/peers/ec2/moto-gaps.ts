/**
 * Where moto is not EC2, as questions that can be asked of it: whoever trusts an answer of moto reads this first, and a
 * newer moto that closes a gap is noticed. docs/simulator.md lists them by the same words.
 */
import {
  DescribeInstancesCommand,
  DescribeSpotInstanceRequestsCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import type { FleetAnswer } from '../../../webhook/ports';
import { idsOf } from '../../contracts/ec2-contract';
import { aLaunch, type Region } from './region';

type Answer = string | number | boolean | undefined;

export interface Gap {
  /** The first cell of its row in docs/simulator.md. */
  readonly what: string;
  readonly ask: (region: Region) => Promise<Answer>;
  /** As EC2 answers, says its documentation; and so does the simulator. */
  readonly ec2: Answer;
  readonly moto: Answer;
}

let tokens = 0;
const token = () => `gap-${(tokens += 1)}`;
const kindOf = (answer: FleetAnswer) =>
  answer.kind === 'launched' ? 'launched' : `${answer.kind}: ${answer.fault.code}`;

async function launched(region: Region, wish: Parameters<typeof aLaunch>[1] = {}): Promise<readonly string[]> {
  return idsOf(await region.port.createFleet(aLaunch(region, wish), token()));
}

async function launchedTwice(region: Region, wish: Parameters<typeof aLaunch>[1]): Promise<number> {
  const [request, same] = [aLaunch(region, wish), token()];
  const answers = [await region.port.createFleet(request, same), await region.port.createFleet(request, same)];
  return new Set(answers.flatMap(idsOf)).size;
}

async function described({ client }: Region, id: string | undefined) {
  const { Reservations = [] } = await client.send(new DescribeInstancesCommand({ InstanceIds: [id ?? ''] }));
  return Reservations[0]?.Instances?.[0];
}

export const MOTO_GAPS: readonly Gap[] = [
  {
    what: 'CreateFleet with the same client token again',
    ask: (region) => launchedTwice(region, {}),
    ec2: 1,
    moto: 2,
  },
  {
    what: 'RunInstances with the same client token again',
    ask: (region) => launchedTwice(region, { call: 'RunInstances' }),
    ec2: 1,
    moto: 2,
  },
  {
    what: 'the same client token with another request',
    ask: async (region) => {
      const same = token();
      await region.port.createFleet(aLaunch(region), same);
      return kindOf(await region.port.createFleet(aLaunch(region, { count: 2 }), same));
    },
    ec2: 'unknown: ec2-token-reused',
    moto: 'launched',
  },
  {
    what: 'instances of RunInstances with MinCount 1 and MaxCount 3',
    ask: async (region) => (await launched(region, { call: 'RunInstances', count: 3 })).length,
    ec2: 3,
    moto: 1,
  },
  {
    what: 'the type of `lowest-price` when the first override is the dearer one',
    ask: async (region) =>
      (await described(region, (await launched(region, { types: ['m6i.large', 'm6a.large'] }))[0]))?.InstanceType,
    ec2: 'm6a.large',
    moto: 'm6i.large',
  },
  {
    what: 'CreateFleet of 20 in a subnet with eleven free addresses',
    ask: async (region) =>
      kindOf(await region.port.createFleet(aLaunch(region, { count: 20, places: [region.small] }), token())),
    ec2: 'launched',
    moto: 'unknown: ec2-unreachable',
  },
  {
    what: 'CreateFleet of a type that does not exist',
    ask: async (region) => kindOf(await region.port.createFleet(aLaunch(region, { types: ['m99.large'] }), token())),
    ec2: 'refused: ec2-bad-configuration',
    moto: 'launched',
  },
  {
    what: 'CreateFleet with a subnet and the zone of another',
    ask: async (region) => {
      const places = [{ id: region.subnets[0]?.id ?? '', zone: region.subnets[1]?.zone ?? '' }];
      return kindOf(await region.port.createFleet(aLaunch(region, { places }), token()));
    },
    ec2: 'refused: ec2-bad-configuration',
    moto: 'launched',
  },
  {
    what: 'RunInstances with an unknown launch template',
    ask: async (region) => {
      const template = { id: 'lt-0123456789abcdef0', version: '1' };
      return kindOf(await region.port.createFleet(aLaunch(region, { call: 'RunInstances', template }), token()));
    },
    ec2: 'refused: ec2-bad-configuration',
    moto: 'unknown: ec2-unreachable',
  },
  {
    what: 'instances found by a tag whose value has a backslash, which filters escape',
    ask: async (region) => {
      const cluster = 'a\\b';
      await launched(region, { cluster });
      return (await region.port.listInstances(cluster)).length;
    },
    ec2: 1,
    moto: 0,
  },
  {
    what: 'the state right after the launch',
    ask: async (region) => (await described(region, (await launched(region))[0]))?.State?.Name,
    ec2: 'pending',
    moto: 'running',
  },
  {
    what: 'the state right after TerminateInstances',
    ask: async (region) => {
      const [id = ''] = await launched(region);
      await region.port.terminate([id]);
      return (await described(region, id))?.State?.Name;
    },
    ec2: 'shutting-down',
    moto: 'terminated',
  },
  {
    what: 'what TerminateInstances says of an instance that it is ending already',
    ask: async (region) => {
      const InstanceIds = [...(await launched(region))];
      await region.port.terminate(InstanceIds);
      const { TerminatingInstances = [] } = await region.client.send(new TerminateInstancesCommand({ InstanceIds }));
      return TerminatingInstances[0]?.PreviousState?.Name;
    },
    ec2: 'shutting-down',
    moto: 'terminated',
  },
  {
    what: 'the tag of the launch template on an instance of a fleet',
    ask: async (region) => {
      const instance = await described(region, (await launched(region))[0]);
      return instance?.Tags?.find(({ Key }) => Key === 'aws:ec2launchtemplate:version')?.Value;
    },
    ec2: '1',
    moto: undefined,
  },
  {
    what: 'the spot request on a spot instance of a fleet',
    ask: async (region) => {
      const instance = await described(region, (await launched(region, { capacity: 'spot' }))[0]);
      return instance?.SpotInstanceRequestId !== undefined;
    },
    ec2: true,
    moto: false,
  },
  {
    what: 'the kind of the spot request of an instant fleet',
    ask: async (region) => {
      const Filters = [{ Name: 'instance-id', Values: [...(await launched(region, { capacity: 'spot' }))] }];
      const { SpotInstanceRequests } = await region.client.send(new DescribeSpotInstanceRequestsCommand({ Filters }));
      return SpotInstanceRequests?.[0]?.Type;
    },
    ec2: 'one-time',
    moto: 'persistent',
  },
];
