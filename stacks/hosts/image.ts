import { DataAwsAmi } from '@cdktf/provider-aws/lib/data-aws-ami';
import { DataAwsSsmParameter } from '@cdktf/provider-aws/lib/data-aws-ssm-parameter';
import { Construct } from 'constructs';
import type { Architecture } from '../configuration/architecture';

interface Wanted {
  /** Of the configuration, below context.smartscale: what a message names. */
  readonly key: string;
  readonly architecture: Architecture;
  /** Id, or path of a parameter that holds one; absent: the newest Amazon Linux 2023. */
  readonly image?: string | undefined;
}

/** An AMI as it is when the plan is made: a launch template names one, not whatever is newest when it is used. */
export class Image extends Construct {
  readonly id: string;
  readonly rootDevice: string;

  constructor(scope: Construct, id: string, { key, architecture, image = newestAmazonLinux(architecture) }: Wanted) {
    super(scope, id);
    this.id = image.startsWith('ami-')
      ? image
      : new DataAwsSsmParameter(this, 'parameter', { name: image }).insecureValue;
    const found = new DataAwsAmi(this, 'ami', {
      filter: [{ name: 'image-id', values: [this.id] }],
      lifecycle: {
        postcondition: [
          {
            condition: `\${self.architecture == "${architecture}"}`,
            errorMessage: `context.smartscale.${key}: must be an image of architecture ${architecture}; \${self.id} is \${self.architecture}.`,
          },
        ],
      },
    });
    this.rootDevice = found.rootDeviceName;
  }
}

/** It brings the AWS CLI and the agent of Session Manager. */
export function newestAmazonLinux(architecture: Architecture): string {
  return `/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-${architecture}`;
}
