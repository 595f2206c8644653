import { Eip } from '@cdktf/provider-aws/lib/eip';
import { Instance } from '@cdktf/provider-aws/lib/instance';
import { SecurityGroup } from '@cdktf/provider-aws/lib/security-group';
import { VpcSecurityGroupEgressRule } from '@cdktf/provider-aws/lib/vpc-security-group-egress-rule';
import { VpcSecurityGroupIngressRule } from '@cdktf/provider-aws/lib/vpc-security-group-ingress-rule';
import { Construct } from 'constructs';
import { Image } from '../hosts/image';
import { metadataOptions, rootVolume } from '../hosts/machine';
import { componentTag } from '../tags';
import type { NatPlace } from './nat-gateway';

export const NAT_INSTANCE_TYPE = 't4g.nano';
export const NAT_DISK_GIB = 8;

/** As AWS describes it for Amazon Linux 2023 ("Work with NAT instances"). No `${`, which Terraform would take for its own. */
const USER_DATA = `#!/bin/bash
set -euo pipefail
dnf install -y iptables-services
echo net.ipv4.ip_forward=1 >/etc/sysctl.d/90-nat.conf
sysctl -p /etc/sysctl.d/90-nat.conf
systemctl enable --now iptables
iptables -t nat -A POSTROUTING -o "$(ip -o -4 route show to default | awk '{ print $5; exit }')" -j MASQUERADE
iptables -F FORWARD
service iptables save
`;

/** A small machine that forwards, instead of a NAT gateway: a fifth of the price, and nobody replaces it when it fails. */
export class NatInstance extends Construct {
  readonly networkInterfaceId: string;

  constructor(scope: Construct, id: string, { names, vpcId, cidr, subnetId, gateway, volumeKey }: NatPlace) {
    super(scope, id);
    const name = `${names.prefix}-nat`;
    const tags = componentTag('network', name);
    const group = new SecurityGroup(this, 'group', { name, description: 'NAT instance', vpcId, tags });
    const securityGroupId = group.id;
    const inside = { securityGroupId, ipProtocol: '-1', cidrIpv4: cidr, description: 'machines of the VPC', tags };
    new VpcSecurityGroupIngressRule(this, 'in', inside);
    new VpcSecurityGroupEgressRule(this, 'out', { ...inside, cidrIpv4: '0.0.0.0/0', description: 'anywhere' });
    const image = new Image(this, 'image', { key: 'network.nat', architecture: 'arm64' });
    const instance = new Instance(this, 'instance', {
      ami: image.id,
      instanceType: NAT_INSTANCE_TYPE,
      subnetId,
      vpcSecurityGroupIds: [group.id],
      sourceDestCheck: false,
      metadataOptions: metadataOptions(),
      rootBlockDevice: rootVolume(NAT_DISK_GIB, tags, volumeKey),
      userData: USER_DATA,
      tags,
      // A newer image is no reason to be without a way out for a while.
      lifecycle: { ignoreChanges: ['ami'] },
    });
    new Eip(this, 'address', { domain: 'vpc', instance: instance.id, tags, dependsOn: [gateway] });
    this.networkInterfaceId = instance.primaryNetworkInterfaceId;
  }
}
