import { Eip } from '@cdktf/provider-aws/lib/eip';
import type { InternetGateway } from '@cdktf/provider-aws/lib/internet-gateway';
import { NatGateway } from '@cdktf/provider-aws/lib/nat-gateway';
import type { Construct } from 'constructs';
import type { Names } from '../names';
import { componentTag } from '../tags';

export interface NatPlace {
  readonly names: Names;
  readonly vpcId: string;
  /** Block of the VPC, whose machines go out through it. */
  readonly cidr: string;
  readonly subnetId: string;
  readonly gateway: InternetGateway;
  /** Of the disk of a machine. */
  readonly volumeKey: string | undefined;
}

/** One, in the first zone: one a zone would survive a zone, and cost as much again for each. */
export function addNatGateway(scope: Construct, { names, subnetId, gateway }: NatPlace): NatGateway {
  const tags = componentTag('network', `${names.prefix}-nat`);
  const address = new Eip(scope, 'nat-address', { domain: 'vpc', tags, dependsOn: [gateway] });
  return new NatGateway(scope, 'nat', { allocationId: address.id, subnetId, tags, dependsOn: [gateway] });
}
