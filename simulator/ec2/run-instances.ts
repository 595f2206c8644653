import type { Catalogue, TemplateRef } from './catalogue';
import { Ec2Error } from './ec2-error';
import type { CapacityType, SimInstance, Subnet, Tags, TemplateVersion } from './ec2-types';
import type { LaunchWorld } from './fleet';
import { type LaunchSpec, notOffered, type Place, templateTags } from './launcher';

/** A RunInstances request, read. */
export interface RunInput {
  readonly clientToken?: string;
  readonly template?: TemplateRef;
  readonly imageId?: string;
  readonly instanceType?: string;
  readonly subnetId?: string;
  readonly zone?: string;
  readonly minCount: number;
  readonly maxCount: number;
  readonly capacityType: CapacityType;
  readonly userData?: string;
  readonly tags: Tags;
}

/** One type in one place: between MinCount and MaxCount instances, or an error that is thrown. */
export function runInstances(input: RunInput, { catalogue, launcher, now }: LaunchWorld): readonly SimInstance[] {
  const { minCount, maxCount } = input;
  if (!(minCount >= 1 && maxCount >= minCount)) {
    throw new Ec2Error('InvalidParameterValue', `MinCount ${minCount} and MaxCount ${maxCount} do not fit together.`);
  }
  const { version, tags } = templateOf(input, catalogue);
  const place: Place = {
    capacityType: input.capacityType,
    type: catalogue.instanceType(input.instanceType ?? version?.instanceType ?? 'm1.small'),
    subnet: subnetOf(input, version, catalogue.subnets),
  };
  if (!catalogue.isOffered(place.type, place.subnet.zone)) {
    const { code, message } = notOffered(place.type, place.subnet);
    throw new Ec2Error(code, message);
  }
  const { count, shortage } = launcher.available(place);
  if (count < minCount) throw new Ec2Error(shortage.code, shortage.message);
  return launcher.launch(place, specOf(input, version, tags), Math.min(count, maxCount), now);
}

function templateOf({ template: ref }: RunInput, catalogue: Catalogue): { version?: TemplateVersion; tags: Tags } {
  if (!ref) return { tags: {} };
  const template = catalogue.template(ref);
  const version = catalogue.templateVersion(template, ref.version);
  return { version, tags: { ...version.instanceTags, ...templateTags(template, version) } };
}

function specOf(input: RunInput, version: TemplateVersion | undefined, tags: Tags): LaunchSpec {
  const imageId = input.imageId ?? version?.imageId;
  if (imageId === undefined) throw new Ec2Error('MissingParameter', 'The request must contain the parameter ImageId');
  const userData = input.userData ?? version?.userData;
  return {
    imageId,
    tags: { ...tags, ...input.tags },
    ...(userData !== undefined && { userData }),
    ...(input.clientToken !== undefined && { clientToken: input.clientToken }),
  };
}

function subnetOf(input: RunInput, version: TemplateVersion | undefined, subnets: readonly Subnet[]): Subnet {
  const id = input.subnetId ?? version?.subnetId;
  const fits = (subnet: Subnet) =>
    id !== undefined ? subnet.id === id : input.zone === undefined || subnet.zone === input.zone;
  const found = subnets.find(fits);
  if (found) return found;
  if (id !== undefined) throw new Ec2Error('InvalidSubnetID.NotFound', `The subnet ID '${id}' does not exist`);
  throw new Ec2Error('InvalidParameterValue', `Invalid availability zone: [${input.zone}]`);
}
