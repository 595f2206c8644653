import { Ec2Error } from './ec2-error';
import type { InstanceType, LaunchTemplate, Subnet, TemplateVersion } from './ec2-types';

/** How a request names a launch template: by id or by name, never both. */
export interface TemplateRef {
  readonly id?: string;
  readonly name?: string;
  /** A number, `$Latest` or `$Default`; absent is `$Default`. */
  readonly version?: string;
}

/** The things that a launch refers to, looked up with EC2's errors. */
export class Catalogue {
  constructor(
    readonly subnets: readonly Subnet[],
    readonly instanceTypes: readonly InstanceType[],
    readonly launchTemplates: readonly LaunchTemplate[],
  ) {}

  subnet(id: string): Subnet {
    const found = this.subnets.find((subnet) => subnet.id === id);
    if (!found) throw new Ec2Error('InvalidSubnetID.NotFound', `The subnet ID '${id}' does not exist`);
    return found;
  }

  instanceType(name: string): InstanceType {
    const found = this.instanceTypes.find((type) => type.name === name);
    if (!found) {
      throw new Ec2Error('InvalidInstanceType', `The following supplied instance types do not exist: [${name}]`);
    }
    return found;
  }

  isOffered({ zones }: InstanceType, zone: string): boolean {
    return zones === undefined || zones.includes(zone);
  }

  template({ id, name }: TemplateRef): LaunchTemplate {
    if ((id === undefined) === (name === undefined)) {
      throw new Ec2Error('MissingParameter', 'Either the launch template ID or the name must be specified, not both.');
    }
    const found = this.launchTemplates.find((template) => template.id === id || template.name === name);
    if (!found && id !== undefined) {
      throw new Ec2Error(
        'InvalidLaunchTemplateId.NotFound',
        `The specified launch template, with template ID ${id}, does not exist.`,
      );
    }
    if (!found) {
      throw new Ec2Error(
        'InvalidLaunchTemplateName.NotFoundException',
        `The specified launch template, with template name ${name}, does not exist.`,
      );
    }
    return found;
  }

  templateVersion(template: LaunchTemplate, version = '$Default'): TemplateVersion {
    const latest = Math.max(...template.versions.map(({ number }) => number));
    const words: Record<string, number> = { $Latest: latest, $Default: template.defaultVersion };
    const wanted = words[version] ?? Number(version);
    const found = template.versions.find(({ number }) => number === wanted);
    if (!found) {
      throw new Ec2Error(
        'InvalidLaunchTemplateId.VersionNotFound',
        `Could not find the specified version ${version} for the launch template with ID ${template.id}.`,
      );
    }
    return found;
  }
}
