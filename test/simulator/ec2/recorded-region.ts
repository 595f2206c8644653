import { Ec2Cloud } from '../../../simulator/ec2/ec2-cloud';
import type { InstanceType, Subnet } from '../../../simulator/ec2/ec2-types';

export const RECORDED_AT = Date.UTC(2026, 10, 22, 3, 32, 18);

/** A region that has what the recorded requests name. */
export function recordedRegion(): Ec2Cloud {
  return new Ec2Cloud({
    clock: { now: () => RECORDED_AT },
    region: 'ap-southeast-1',
    subnets: [
      subnet('subnet-456569e930ff1961b', 'ap-southeast-1a', 'apse1-az1', '172.31.0.0/20'),
      subnet('subnet-b7af7887187c4f7bf', 'ap-southeast-1b', 'apse1-az2', '172.31.16.0/20'),
    ],
    instanceTypes: [type('m5.large'), type('m5a.large'), type('m5.xlarge'), { ...type('m6g.large'), arch: 'arm64' }],
    launchTemplates: [
      {
        id: 'lt-c300d2c86d7651f17',
        name: 'web',
        defaultVersion: 1,
        versions: [
          {
            number: 1,
            imageId: 'ami-03cf127a',
            instanceType: 'm5.large',
            userData: 'IyEvYmluL3NoCg==',
            instanceTags: { app: 'web' },
            createdAt: RECORDED_AT,
          },
          { number: 2, imageId: 'ami-03cf127a', instanceType: 'm5.xlarge', createdAt: RECORDED_AT },
        ],
      },
    ],
  });
}

function subnet(id: string, zone: string, zoneId: string, cidr: string): Subnet {
  return { id, vpcId: 'vpc-04cea52aa9fb2078c', zone, zoneId, cidr };
}

function type(name: string): InstanceType {
  return { name, vcpu: 2, memoryMib: 8192, arch: 'x86_64', price: { 'on-demand': 0.1, spot: 0.04 } };
}
