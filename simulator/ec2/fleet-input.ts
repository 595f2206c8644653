import type { Catalogue, TemplateRef } from './catalogue';
import { Ec2Error } from './ec2-error';
import type { CapacityType, LaunchTemplate, Tags, TemplateVersion } from './ec2-types';

/** A CreateFleet request, read. */
export interface FleetInput {
  readonly clientToken?: string;
  readonly type: string;
  readonly configs: readonly { readonly template: TemplateRef; readonly overrides: readonly FleetOverride[] }[];
  readonly total: number;
  readonly defaultCapacityType: string;
  /** How much of the total is fixed as one capacity type; the rest is of the default. */
  readonly fixed: Partial<Readonly<Record<CapacityType, number>>>;
  readonly strategies: Partial<Readonly<Record<CapacityType, string>>>;
  readonly tags: { readonly instance: Tags; readonly fleet: Tags };
}

export interface FleetOverride {
  readonly instanceType?: string;
  readonly subnetId?: string;
  readonly zone?: string;
  readonly priority?: number;
}

/** An override with its template: what an answer names, and if it can be had at all, where. */
export interface FleetPool {
  readonly template: LaunchTemplate;
  readonly version: TemplateVersion;
  readonly override: FleetOverride;
}

/** The pools that a fleet may use, in the order of the request. Throws for a request that is wrong as a whole. */
export function poolsOf(input: FleetInput, catalogue: Catalogue): readonly FleetPool[] {
  if (input.type !== 'instant') {
    throw new Ec2Error('InvalidParameterValue', `The simulator knows fleets of type instant only, not ${input.type}.`);
  }
  if (input.configs.length === 0) {
    throw new Ec2Error('MissingParameter', 'The request must contain the parameter LaunchTemplateConfigs');
  }
  const pools = input.configs.flatMap((config) => {
    const template = catalogue.template(config.template);
    const version = catalogue.templateVersion(template, config.template.version);
    const overrides = config.overrides.length > 0 ? config.overrides : [{}];
    return overrides.map((override) => ({ template, version, override }));
  });
  refuseDuplicates(pools, catalogue);
  return pools;
}

/** Two subnets of one zone with the same type are the same pool to EC2, and refused. */
function refuseDuplicates(pools: readonly FleetPool[], catalogue: Catalogue): void {
  const keys = pools.map(({ version, override }) => {
    const subnetId = override.subnetId ?? version.subnetId;
    const zone = catalogue.subnets.find(({ id }) => id === subnetId)?.zone ?? override.zone ?? subnetId;
    return `${override.instanceType ?? version.instanceType}/${zone}`;
  });
  if (new Set(keys).size < keys.length) {
    throw new Ec2Error('InvalidFleetConfig', 'The fleet configuration contains duplicate instance pools.');
  }
}

/** How many instances of each capacity type. */
export function targetsOf({
  total,
  defaultCapacityType,
  fixed,
}: FleetInput): readonly (readonly [CapacityType, number])[] {
  if (!Number.isInteger(total) || total < 1) {
    throw new Ec2Error('InvalidParameterValue', `TotalTargetCapacity must be a positive whole number, not ${total}.`);
  }
  if (defaultCapacityType !== 'spot' && defaultCapacityType !== 'on-demand') {
    throw new Ec2Error('InvalidParameterValue', `DefaultTargetCapacityType ${defaultCapacityType} is invalid.`);
  }
  const rest = total - (fixed.spot ?? 0) - (fixed['on-demand'] ?? 0);
  if (rest < 0) throw new Ec2Error('InvalidFleetConfig', 'The target capacities add up to more than the total.');
  const types: readonly CapacityType[] = ['on-demand', 'spot'];
  return types.map((type) => [type, (fixed[type] ?? 0) + (type === defaultCapacityType ? rest : 0)] as const);
}
