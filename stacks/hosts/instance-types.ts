import { DataAwsEc2InstanceType } from '@cdktf/provider-aws/lib/data-aws-ec2-instance-type';
import { Construct } from 'constructs';
import type { Architecture } from '../configuration/architecture';

/** AWS's word on types, asked while planning: one that the region does not have, or of another architecture, stops the plan. */
export class InstanceTypes extends Construct {
  readonly #asked = new Map<string, DataAwsEc2InstanceType>();

  /** `key`: of the configuration, below context.smartscale. */
  ask(type: string, architecture: Architecture, key: string): DataAwsEc2InstanceType {
    const name = `${type.replace('.', '-')}-${architecture.replace('_', '-')}`;
    const known = this.#asked.get(name);
    if (known) return known;
    const found = new DataAwsEc2InstanceType(this, name, {
      instanceType: type,
      lifecycle: {
        postcondition: [
          {
            condition: `\${contains(self.supported_architectures, "${architecture}")}`,
            errorMessage: `context.smartscale.${key}: must be a type of architecture ${architecture}; ${type} is \${join(", ", self.supported_architectures)}.`,
          },
        ],
      },
    });
    this.#asked.set(name, found);
    return found;
  }
}
