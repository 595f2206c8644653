import { DataAwsSubnet } from '@cdktf/provider-aws/lib/data-aws-subnet';
import { DataAwsVpc } from '@cdktf/provider-aws/lib/data-aws-vpc';
import { Construct } from 'constructs';
import type { Network } from './network';

interface Existing {
  readonly vpcId: string;
  readonly subnetIds: readonly string[];
  /** Addresses inside of the cluster, which its machines must not have. */
  readonly podCidr: string;
  readonly serviceCidr: string;
}

/** Subnets that somebody else made. That they fit is found out while planning. */
export class ExistingNetwork extends Construct implements Network {
  readonly vpcId: string;
  readonly subnets: Network['subnets'];
  /** Whatever their route tables say, it is theirs. */
  readonly publicAddresses = false;

  constructor(scope: Construct, id: string, { vpcId, subnetIds, podCidr, serviceCidr }: Existing) {
    super(scope, id);
    this.vpcId = vpcId;
    new DataAwsVpc(this, 'vpc', {
      id: vpcId,
      lifecycle: { postcondition: [apart('podCidr', podCidr), apart('serviceCidr', serviceCidr)] },
    });
    const key = 'context.smartscale.network.existing.subnetIds';
    const found: DataAwsSubnet[] = [];
    for (const [i, subnetId] of subnetIds.entries()) {
      const earlier = found.map((it) => it.fqn);
      const subnet = new DataAwsSubnet(this, `subnet-${i}`, { id: subnetId });
      subnet.lifecycle = {
        postcondition: [
          {
            condition: `\${self.vpc_id == "${vpcId}"}`,
            errorMessage: `${key}.${i}: must be a subnet of ${vpcId}; ${subnetId} is one of \${self.vpc_id}.`,
          },
          ...(i === 0
            ? []
            : [
                {
                  condition: `\${!contains([${earlier.map((it) => `${it}.availability_zone`).join(', ')}], self.availability_zone)}`,
                  errorMessage: `${key}.${i}: must be in a zone of its own; another one is in \${self.availability_zone} too.`,
                },
              ]),
        ],
      };
      found.push(subnet);
    }
    this.subnets = found.map((it, i) => ({ id: subnetIds[i] ?? '', zone: it.availabilityZone }));
  }
}

/** Two blocks overlap when they are the same as far as the larger one goes. */
function apart(key: string, cidr: string) {
  const [address = '', prefix = ''] = cidr.split('/');
  const theirs = 'split("/", it.cidr_block)';
  const common = `min(tonumber(${theirs}[1]), ${prefix})`;
  const same = `cidrsubnet(format("%s/%d", ${theirs}[0], ${common}), 0, 0) == cidrsubnet(format("${address}/%d", ${common}), 0, 0)`;
  return {
    condition: `\${!anytrue([for it in self.cidr_block_associations : ${same}])}`,
    errorMessage: `context.smartscale.network.${key}: must not overlap a block of \${self.id}: ${cidr} and \${join(", ", self.cidr_block_associations[*].cidr_block)}.`,
  };
}
