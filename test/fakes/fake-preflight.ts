import { Ec2Error } from '../../simulator/ec2/ec2-error';
import type { Ec2Cloud } from '../../simulator/ec2/ec2-cloud';
import type { TemplateVersion as SimTemplateVersion } from '../../simulator/ec2/ec2-types';
import { dryRunAnswer, missingTemplate, smartScaleErrorOf } from '../../webhook/adapters/ec2/error-table';
import { SmartScaleError } from '../../webhook/errors';
import type {
  DryRunAnswer,
  InstanceTypeFacts,
  Subnet,
  TemplateAnswer,
  TemplateVersion,
  TypeOffering,
  VcpuQuotas,
} from '../../webhook/model/region';
import type { FleetRequest, PreflightPort } from '../../webhook/ports';

const MIB = 1024 * 1024;
const MOST_VCPUS = 1_000_000;

/** The preflight's questions to the simulator's core, without HTTP and SDK; trouble and denials are those of its gate. */
export class FakePreflight implements PreflightPort {
  constructor(private readonly cloud: Ec2Cloud) {}

  async templateVersion(template: FleetRequest['template']): Promise<TemplateAnswer> {
    try {
      return await this.arrive('DescribeLaunchTemplateVersions', { ...template }, () => {
        const found = this.cloud.catalogue.template({ id: template.id });
        return versionOf(this.cloud.catalogue.templateVersion(found, template.version));
      });
    } catch (error) {
      const missing = missingTemplate(error);
      if (missing !== null) return missing;
      throw smartScaleErrorOf(error);
    }
  }

  async architectures(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return this.ask('DescribeImages', ids, () => {
      const known = this.cloud.settings.images.filter(({ id }) => ids.includes(id));
      return new Map(known.map(({ id, arch }) => [id, arch]));
    });
  }

  subnets(ids: readonly string[]): Promise<readonly Subnet[]> {
    return this.ask('DescribeSubnets', ids, () =>
      this.cloud.catalogue.subnets
        .filter(({ id }) => ids.includes(id))
        .map(({ id, zone, vpcId, state = 'available' }) => ({
          id,
          zone,
          vpc: vpcId,
          state,
          freeAddresses: this.cloud.freeAddresses(id),
        })),
    );
  }

  offerings(types: readonly string[]): Promise<readonly TypeOffering[]> {
    const { instanceTypes, subnets } = this.cloud.catalogue;
    return this.ask('DescribeInstanceTypeOfferings', types, () =>
      instanceTypes
        .filter(({ name }) => types.includes(name))
        .flatMap((type) =>
          subnets
            .filter(({ zone }) => this.cloud.catalogue.isOffered(type, zone))
            .map(({ zone }) => ({ type: type.name, zone })),
        ),
    );
  }

  instanceTypes(names: readonly string[]): Promise<readonly InstanceTypeFacts[]> {
    return this.ask('DescribeInstanceTypes', names, () =>
      this.cloud.catalogue.instanceTypes
        .filter(({ name }) => names.includes(name))
        .map(({ name, vcpu, memoryMib, arch, capacityTypes = ['on-demand', 'spot'] }) => ({
          name,
          vcpus: vcpu,
          memory: memoryMib * MIB,
          architectures: [arch],
          capacityTypes,
        })),
    );
  }

  tryFleet(request: FleetRequest): Promise<DryRunAnswer> {
    return this.dryRun('CreateFleet', { request });
  }

  tryInstance(request: FleetRequest): Promise<DryRunAnswer> {
    return this.dryRun('RunInstances', { request });
  }

  tryTerminate(instanceId: string): Promise<DryRunAnswer> {
    return this.dryRun('TerminateInstances', { ids: [instanceId] });
  }

  quotas(): Promise<VcpuQuotas> {
    const of = (capacity: 'spot' | 'on-demand') => Math.min(this.cloud.quota(capacity), MOST_VCPUS);
    return this.ask('GetServiceQuota', [], () => ({ 'on-demand': of('on-demand'), spot: of('spot') }));
  }

  private async dryRun(action: string, params: Record<string, unknown>): Promise<DryRunAnswer> {
    try {
      return await this.arrive(action, { ...params, DryRun: 'true' }, () => ({ kind: 'allowed' as const }));
    } catch (error) {
      return dryRunAnswer(error);
    }
  }

  private async ask<T>(action: string, values: readonly string[], answer: () => T): Promise<T> {
    try {
      return await this.arrive(action, { values }, answer);
    } catch (error) {
      throw smartScaleErrorOf(error);
    }
  }

  /** One request on its way there and back; silence is not played. */
  private async arrive<T>(action: string, params: Record<string, unknown>, answer: () => T): Promise<T> {
    await Promise.resolve();
    const trouble = this.cloud.gate.admit(action, params, this.cloud.now());
    try {
      if (trouble?.kind === 'fail') throw trouble.error;
      if (trouble) throw new SmartScaleError('ec2-unreachable', `${action}: socket hang up`);
      return answer();
    } catch (error) {
      if (!(error instanceof Ec2Error)) throw error;
      const { message, code, status } = error;
      throw Object.assign(new Error(message), { Code: code, $metadata: { httpStatusCode: status } });
    }
  }
}

function versionOf({
  imageId,
  userData = '',
  details = { httpTokens: 'required' },
}: SimTemplateVersion): TemplateVersion {
  const { httpTokens, hopLimit, instanceProfile, marketType, shutdownBehavior, encrypted } = details;
  return {
    imageId,
    tokensRequired: httpTokens === 'required',
    hopLimit: hopLimit ?? null,
    instanceProfile: instanceProfile ?? null,
    hasMarketOptions: marketType !== undefined,
    onShutdown: shutdownBehavior ?? 'stop',
    userDataBytes: Buffer.from(userData, 'base64').length,
    volumes: encrypted === undefined ? 'not-said' : encrypted ? 'encrypted' : 'unencrypted',
  };
}
