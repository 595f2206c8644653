import type { Ec2Cloud } from '../../ec2-cloud';
import type { Subnet } from '../../ec2-types';
import { type Fields, filtered } from '../../filter';
import { type Action, filtersOf, tagSet } from '../action';
import type { XmlValue } from '../xml';

const FIELDS: Fields<Subnet> = {
  'subnet-id': ({ id }) => id,
  'vpc-id': ({ vpcId }) => vpcId,
  'availability-zone': ({ zone }) => zone,
  'availability-zone-id': ({ zoneId }) => zoneId,
};

export const describeSubnets: Action = {
  parameters: ['SubnetId', 'Filter'],
  run(cloud, params) {
    const ids = params.texts('SubnetId');
    const named = ids.length > 0 ? ids.map((id) => cloud.catalogue.subnet(id)) : cloud.catalogue.subnets;
    return { subnetSet: filtered(named, filtersOf(params), FIELDS).map((subnet) => subnetXml(subnet, cloud)) };
  },
};

function subnetXml(
  { id, vpcId, zone, zoneId, cidr, state = 'available', tags = {} }: Subnet,
  cloud: Ec2Cloud,
): XmlValue {
  return {
    subnetId: id,
    subnetArn: `arn:aws:ec2:${cloud.settings.region}:123456789012:subnet/${id}`,
    state,
    ownerId: '123456789012',
    vpcId,
    cidrBlock: cidr,
    availableIpAddressCount: cloud.freeAddresses(id),
    availabilityZone: zone,
    availabilityZoneId: zoneId,
    defaultForAz: false,
    mapPublicIpOnLaunch: false,
    assignIpv6AddressOnCreation: false,
    ipv6Native: false,
    ipv6CidrBlockAssociationSet: [],
    privateDnsNameOptionsOnLaunch: {
      hostnameType: 'ip-name',
      enableResourceNameDnsARecord: false,
      enableResourceNameDnsAAAARecord: false,
    },
    tagSet: tagSet(tags),
  };
}
