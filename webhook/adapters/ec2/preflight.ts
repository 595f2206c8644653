import {
  CreateFleetCommand,
  DescribeLaunchTemplateVersionsCommand,
  type EC2Client,
  type Filter,
  type InstanceTypeInfo,
  paginateDescribeImages,
  paginateDescribeInstanceTypeOfferings,
  paginateDescribeInstanceTypes,
  paginateDescribeSubnets,
  RunInstancesCommand,
  type Subnet as SdkSubnet,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import type { ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { SmartScaleError } from '../../errors';
import type { Capacity } from '../../model/offering';
import type {
  DryRunAnswer,
  InstanceTypeFacts,
  Subnet,
  TemplateAnswer,
  TypeOffering,
  VcpuQuotas,
} from '../../model/region';
import type { FleetRequest, PreflightPort } from '../../ports';
import { dryRunAnswer, missingTemplate, smartScaleErrorOf } from './error-table';
import { fleetInput, runInput } from './fleet-request';
import { vcpuQuota } from './quotas';
import { templateVersionOf } from './template-version';

/** EC2 takes so many values in all filters of a call. */
const MOST_VALUES = 200;
const MIB = 1024 * 1024;
/** A dry run launches nothing, so it uses up no token. */
const TOKEN = 'smartscale-preflight';

/**
 * The preflight's questions on the AWS SDK. Things are asked for by filter: one that is unknown spoils a call that names
 * it as a parameter, and a filter leaves it out.
 */
export class PreflightAdapter implements PreflightPort {
  constructor(
    private readonly ec2: EC2Client,
    private readonly serviceQuotas: ServiceQuotasClient,
  ) {}

  async templateVersion({ id, version }: FleetRequest['template']): Promise<TemplateAnswer> {
    try {
      const input = { LaunchTemplateId: id, Versions: [version] };
      const { LaunchTemplateVersions } = await this.ec2.send(new DescribeLaunchTemplateVersionsCommand(input));
      const versions = LaunchTemplateVersions ?? notEc2('launch-template-version');
      const found = versions.find(({ VersionNumber }) => String(VersionNumber) === version);
      return found ? templateVersionOf(found.LaunchTemplateData ?? {}) : 'no-version';
    } catch (error) {
      const missing = missingTemplate(error);
      if (missing !== null) return missing;
      throw smartScaleErrorOf(error);
    }
  }

  async architectures(imageIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const images = await everyPage(
      filters('image-id', imageIds),
      (input) => paginateDescribeImages({ client: this.ec2 }, input),
      ({ Images }) => Images,
    );
    return new Map(
      images.flatMap(({ ImageId, Architecture }) => (ImageId && Architecture ? [[ImageId, Architecture]] : [])),
    );
  }

  async subnets(ids: readonly string[]): Promise<readonly Subnet[]> {
    const subnets = await everyPage(
      filters('subnet-id', ids),
      (input) => paginateDescribeSubnets({ client: this.ec2 }, input),
      ({ Subnets }) => Subnets,
    );
    return subnets.map(subnetOf);
  }

  async offerings(types: readonly string[]): Promise<readonly TypeOffering[]> {
    const byZone = { LocationType: 'availability-zone' } as const;
    const offerings = await everyPage(
      filters('instance-type', types),
      (input) => paginateDescribeInstanceTypeOfferings({ client: this.ec2 }, { ...byZone, ...input }),
      ({ InstanceTypeOfferings }) => InstanceTypeOfferings,
    );
    return offerings.map(({ InstanceType = '', Location = '' }) => ({ type: InstanceType, zone: Location }));
  }

  async instanceTypes(names: readonly string[]): Promise<readonly InstanceTypeFacts[]> {
    const types = await everyPage(
      filters('instance-type', names),
      (input) => paginateDescribeInstanceTypes({ client: this.ec2 }, input),
      ({ InstanceTypes }) => InstanceTypes,
    );
    return types.map(typeFacts);
  }

  tryFleet(request: FleetRequest): Promise<DryRunAnswer> {
    return dryRun(this.ec2.send(new CreateFleetCommand({ ...fleetInput(request, TOKEN), DryRun: true })));
  }

  tryInstance(request: FleetRequest): Promise<DryRunAnswer> {
    return dryRun(
      this.ec2.send(new RunInstancesCommand({ ...runInput({ ...request, count: 1 }, TOKEN), DryRun: true })),
    );
  }

  tryTerminate(instanceId: string): Promise<DryRunAnswer> {
    return dryRun(this.ec2.send(new TerminateInstancesCommand({ InstanceIds: [instanceId], DryRun: true })));
  }

  async quotas(): Promise<VcpuQuotas> {
    try {
      const ask = (capacity: Capacity) => vcpuQuota(this.serviceQuotas, capacity);
      return { 'on-demand': await ask('on-demand'), spot: await ask('spot') };
    } catch (error) {
      throw smartScaleErrorOf(error);
    }
  }
}

interface Filtered {
  readonly Filters: Filter[];
}

/** One call each. */
function filters(name: string, values: readonly string[]): readonly Filtered[] {
  const distinct = [...new Set(values)];
  return Array.from({ length: Math.ceil(distinct.length / MOST_VALUES) }, (_, index) => ({
    Filters: [{ Name: name, Values: distinct.slice(index * MOST_VALUES, (index + 1) * MOST_VALUES) }],
  }));
}

async function everyPage<Page, Item>(
  inputs: readonly Filtered[],
  pagesOf: (input: Filtered) => AsyncIterable<Page>,
  itemsOf: (page: Page) => readonly Item[] | undefined,
): Promise<readonly Item[]> {
  const found: Item[] = [];
  try {
    for (const input of inputs) {
      for await (const page of pagesOf(input)) found.push(...(itemsOf(page) ?? notEc2(input.Filters[0]?.Name)));
    }
  } catch (error) {
    throw smartScaleErrorOf(error);
  }
  return found;
}

async function dryRun(call: Promise<unknown>): Promise<DryRunAnswer> {
  try {
    await call;
  } catch (error) {
    return dryRunAnswer(error);
  }
  throw new SmartScaleError('internal', 'a dry run was answered like the real thing');
}

function typeFacts(info: InstanceTypeInfo): InstanceTypeFacts {
  const { InstanceType = '', VCpuInfo, MemoryInfo, ProcessorInfo, SupportedUsageClasses = [] } = info;
  return {
    name: InstanceType,
    vcpus: VCpuInfo?.DefaultVCpus ?? 0,
    memory: (MemoryInfo?.SizeInMiB ?? 0) * MIB,
    architectures: ProcessorInfo?.SupportedArchitectures ?? [],
    capacityTypes: SupportedUsageClasses.filter((it) => it === 'spot' || it === 'on-demand'),
  };
}

function subnetOf(subnet: SdkSubnet): Subnet {
  const { SubnetId = '', AvailabilityZone = '', VpcId = '', State = '', AvailableIpAddressCount = 0 } = subnet;
  return { id: SubnetId, zone: AvailabilityZone, vpc: VpcId, state: State, freeAddresses: AvailableIpAddressCount };
}

/** An empty or foreign body of status 200 parses as an empty answer: "no subnets" would be a lie. */
function notEc2(what = 'unknown'): never {
  throw new SmartScaleError('ec2-unreachable', `What was asked for ${what} was not EC2.`);
}
