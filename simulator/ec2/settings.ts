import type { Image, InstanceType, LaunchTemplate, Subnet } from './ec2-types';

/** Everything about the region that does not change while it runs. Durations in milliseconds, already scaled by the caller. */
export interface Ec2Settings {
  readonly region: string;
  readonly subnets: readonly Subnet[];
  readonly instanceTypes: readonly InstanceType[];
  readonly launchTemplates: readonly LaunchTemplate[];
  readonly images: readonly Image[];
  /** From launch to `running`. */
  readonly pendingMs: number;
  /** From TerminateInstances to `terminated`. */
  readonly shuttingDownMs: number;
  /** How long a terminated instance stays in DescribeInstances: "approximately one hour". */
  readonly listedMs: number;
  /** Most instances that one page of DescribeInstances carries, whatever MaxResults says. */
  readonly maxPageSize: number;
}

/** The launch template that the defaults offer: version 1. */
export const DEFAULT_TEMPLATE_ID = 'lt-0smartscaleworkers';

const REGION = 'eu-central-1';
const VPC = 'vpc-0smartscalecluster1';

function subnet(index: number): Subnet {
  const letter = 'abc'.charAt(index);
  return {
    id: `subnet-0smartscaleworker${letter}`,
    vpcId: VPC,
    zone: `${REGION}${letter}`,
    zoneId: `euc1-az${index + 1}`,
    cidr: `10.0.${index * 16}.0/20`,
  };
}

type TypeRow = readonly [
  name: string,
  vcpu: number,
  gib: number,
  arch: InstanceType['arch'],
  onDemand: number,
  spot: number,
];

/** Prices are of the right order, not of any day. */
const TYPES: readonly TypeRow[] = [
  ['t3.medium', 2, 4, 'x86_64', 0.048, 0.016],
  ['t3.large', 2, 8, 'x86_64', 0.096, 0.032],
  ['m6a.large', 2, 8, 'x86_64', 0.1035, 0.042],
  ['m6i.large', 2, 8, 'x86_64', 0.115, 0.044],
  ['m6g.large', 2, 8, 'arm64', 0.092, 0.038],
  ['c6i.large', 2, 4, 'x86_64', 0.097, 0.039],
  ['c6a.large', 2, 4, 'x86_64', 0.0873, 0.037],
  ['r6i.large', 2, 16, 'x86_64', 0.152, 0.05],
  ['m6i.xlarge', 4, 16, 'x86_64', 0.23, 0.088],
];

function instanceType([name, vcpu, gib, arch, onDemand, spot]: TypeRow): InstanceType {
  return { name, vcpu, memoryMib: gib * 1024, arch, price: { 'on-demand': onDemand, spot } };
}

const IMAGE: Image = { id: 'ami-0smartscalek3sworker', arch: 'x86_64' };

/** Three zones with one subnet each, common types, one launch template; a boot of seconds as on AWS. */
export const DEFAULT_SETTINGS: Ec2Settings = {
  region: REGION,
  subnets: [0, 1, 2].map(subnet),
  instanceTypes: TYPES.map(instanceType),
  launchTemplates: [
    {
      id: DEFAULT_TEMPLATE_ID,
      name: 'smartscale-workers',
      defaultVersion: 1,
      versions: [
        {
          number: 1,
          imageId: IMAGE.id,
          instanceType: 'm6i.large',
          createdAt: 0,
          details: {
            httpTokens: 'required',
            hopLimit: 1,
            instanceProfile: 'smartscale-worker',
            shutdownBehavior: 'terminate',
            encrypted: true,
          },
        },
      ],
    },
  ],
  images: [IMAGE],
  pendingMs: 8_000,
  shuttingDownMs: 20_000,
  listedMs: 3_600_000,
  maxPageSize: 1000,
};
