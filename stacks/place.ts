import { DataAwsCallerIdentity } from '@cdktf/provider-aws/lib/data-aws-caller-identity';
import { DataAwsPartition } from '@cdktf/provider-aws/lib/data-aws-partition';
import { Construct } from 'constructs';

/** The account and region that everything is made in. */
export class Place extends Construct {
  readonly account: string;
  readonly partition: string;

  constructor(
    scope: Construct,
    id: string,
    readonly region: string,
  ) {
    super(scope, id);
    this.account = new DataAwsCallerIdentity(this, 'account').accountId;
    this.partition = new DataAwsPartition(this, 'partition').partition;
  }

  /** ARN of something in this account and region. */
  arn(service: string, resource: string): string {
    return `arn:${this.partition}:${service}:${this.region}:${this.account}:${resource}`;
  }

  /** ARN of something that belongs to no account or may belong to another, such as an image. */
  anyonesArn(service: string, resource: string): string {
    return `arn:${this.partition}:${service}:${this.region}::${resource}`;
  }
}
