import type { CreateFleetCommandInput, ResourceType, RunInstancesCommandInput } from '@aws-sdk/client-ec2';
import type { FleetRequest } from '../../ports';

const TAGGED: readonly ResourceType[] = ['fleet', 'instance', 'volume'];

/** Depends on nothing but its arguments: the same stored request gives the same bytes on every try. */
export function fleetInput(request: FleetRequest, token: string): CreateFleetCommandInput {
  const { template, overrides, count, capacity, tags } = request;
  const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  return {
    // One synchronous try; other types would replace instances behind our back.
    Type: 'instant',
    ClientToken: token,
    LaunchTemplateConfigs: [
      {
        LaunchTemplateSpecification: { LaunchTemplateId: template.id, Version: template.version },
        Overrides: overrides.map(({ instanceType, subnetId, zone }) => ({
          InstanceType: instanceType as NonNullable<Override['InstanceType']>,
          SubnetId: subnetId,
          AvailabilityZone: zone,
        })),
      },
    ],
    TargetCapacitySpecification: { TotalTargetCapacity: count, DefaultTargetCapacityType: capacity },
    ...(capacity === 'spot'
      ? { SpotOptions: { AllocationStrategy: 'price-capacity-optimized' } }
      : { OnDemandOptions: { AllocationStrategy: 'lowest-price' } }),
    TagSpecifications: TAGGED.map((ResourceType) => ({ ResourceType, Tags })),
  };
}

/** For a pool of one type in one zone. Fewer than asked for is better than nothing; without a market it is on demand. */
export function runInput(request: FleetRequest, token: string): RunInstancesCommandInput {
  const { template, overrides, count, capacity, tags } = request;
  const [only] = overrides;
  const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  return {
    ClientToken: token,
    LaunchTemplate: { LaunchTemplateId: template.id, Version: template.version },
    InstanceType: only?.instanceType as NonNullable<Override['InstanceType']>,
    SubnetId: only?.subnetId,
    MinCount: 1,
    MaxCount: count,
    ...(capacity === 'spot' && {
      InstanceMarketOptions: { MarketType: 'spot', SpotOptions: { SpotInstanceType: 'one-time' } },
    }),
    TagSpecifications: TAGGED.filter((it) => it !== 'fleet').map((ResourceType) => ({ ResourceType, Tags })),
  };
}

type Override = NonNullable<NonNullable<CreateFleetCommandInput['LaunchTemplateConfigs']>[number]['Overrides']>[number];
