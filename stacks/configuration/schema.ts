/** `context.smartscale` of cdktf.json, key by key. What one key demands of another stands in cross-checks.ts. */
import { z } from 'zod';
import { DEFAULT_TABLE_NAME } from '../../webhook/adapters/dynamodb/table';
import { list, named, oneOf, section, text, textLike, texts, whole, yesOrNo } from '../../webhook/config/fields';
import { taint } from '../../webhook/config/schema';
import { ARCHITECTURES } from './architecture';
import { overlapsAny, parseCidr } from './cidr';
import { DEFAULT_K3S } from './k3s-releases';

/** Of CloudWatch Logs. */
const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

export const region = textLike(
  /^[a-z]{2}(-[a-z]+)+-\d+$/,
  'must be the name of an AWS region, as `aws ec2 describe-regions` lists them',
);
export const zone = textLike(
  /^[a-z]{2}(-[a-z]+)+-\d+[a-z]$/,
  'must be the name of an availability zone, a region and a letter',
);

const CIDR = 'must be an IPv4 block that begins with its own first address, such as 10.40.0.0/16';
/** No machine has such an address. */
const NOBODYS = ['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/3'];
const cidr = z
  .string(CIDR)
  .refine((written) => parseCidr(written) !== null, { error: CIDR, abort: true })
  .refine((written) => !overlapsAny(written, NOBODYS), `must be apart from ${NOBODYS.join(', ')}`);

const instanceType = textLike(/^[a-z0-9-]+\.[a-z0-9-]+$/, 'must be an instance type such as m6i.large');
const image = textLike(
  /^(ami-[0-9a-f]{8,17}|\/[\w./-]{1,500})$/,
  'must be the id of an AMI, ami-..., or the path of a public SSM parameter that holds one, /aws/service/...',
);
const checksum = textLike(/^[0-9a-f]{64}$/, 'must be a SHA-256 checksum: 64 digits from 0 to 9 and a to f');

export const tags = z.record(z.string(), z.string('must be text'), 'must be a map of tags');

export const network = section({
  cidr: cidr.prefault('10.40.0.0/16'),
  privateSubnets: list(cidr, 6, 2).exactOptional(),
  publicSubnets: list(cidr, 6, 2).exactOptional(),
  podCidr: cidr.prefault('10.42.0.0/16'),
  serviceCidr: cidr.prefault('10.43.0.0/16'),
  nat: oneOf(['nat-gateway', 'nat-instance', 'public-subnets']).prefault('nat-gateway'),
  existing: section({
    vpcId: textLike(/^vpc-[0-9a-f]+$/, 'must be the id of a VPC, vpc-...'),
    subnetIds: list(textLike(/^subnet-[0-9a-f]+$/, 'must be the id of a subnet, subnet-...'), 6, 2),
  }).exactOptional(),
  flowLogs: yesOrNo.prefault(false),
});

export const server = section({
  instanceType: instanceType.prefault('t4g.medium'),
  architecture: oneOf(ARCHITECTURES).prefault('arm64'),
  image: image.exactOptional(),
  diskGiB: whole(10, 16_384).prefault(30),
});

const POLICY = 'must be a map of keys of a pool in docs/configuration.md';
const DEEPEST = 10;

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((it) => isDeeper(it, levels - 1));
}

export const pool = section({
  min: whole(0, 1000).prefault(2),
  max: whole(1, 1000).prefault(10),
  instanceTypes: list(instanceType, 60),
  architecture: oneOf(ARCHITECTURES).prefault('x86_64'),
  capacity: oneOf(['spot', 'on-demand']).prefault('on-demand'),
  image: image.exactOptional(),
  diskGiB: whole(8, 16_384).prefault(20),
  labels: texts.prefault({}),
  taints: list(taint, 20, 0).prefault([]),
  policy: z
    .record(z.string(), z.unknown(), POLICY)
    .refine((it) => !isDeeper(it, DEEPEST), POLICY)
    .prefault({}),
});

export const k3s = section({
  version: textLike(/^v\d+\.\d+\.\d+\+k3s\d+$/, 'must be a release of K3s such as v1.34.3+k3s1').prefault(DEFAULT_K3S),
  sha256: section({ x86_64: checksum.exactOptional(), arm64: checksum.exactOptional() }).prefault({}),
});

/** The policy of the server's role names each one, and has an end: test/stacks/limits.test.ts. */
export const MOST_POOLS = 16;
const POOLS = `must be at most ${MOST_POOLS}: the policy of the server's role has room for no more`;

const backend = section({
  s3: section({
    bucket: textLike(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be the name of a bucket that exists'),
    key: textLike(/^[\w.()/-]{1,500}$/, 'must be the name of an object: letters, digits and _ . ( ) / -').prefault(
      'smartscale.tfstate',
    ),
    region,
  }),
});

export const configuration = section({
  /** Names everything that is made, and is what `clusters.<name>` of the webhook is called. */
  cluster: textLike(
    /^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$/,
    'must be at most 20 lower case letters, digits and dashes, beginning with a letter',
  ).prefault('main'),
  /** Absent: a Terraform variable without a default, so that no region is ever chosen silently. */
  region: region.exactOptional(),
  zones: list(zone, 6, 2).exactOptional(),
  network: network.prefault({}),
  server: server.prefault({}),
  k3s: k3s.prefault({}),
  pools: named(pool).refine((it) => Object.keys(it).length <= MOST_POOLS, POOLS),
  /** AWS's own when absent. */
  volumeKey: textLike(
    /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[0-9a-zA-Z-]+$/,
    'must be the ARN of a KMS key, arn:aws:kms:<region>:<account>:key/...',
  ).exactOptional(),
  /** What the webhook's `store.table` names. */
  tableName: textLike(/^[a-zA-Z0-9_.-]{3,255}$/, 'must be 3 to 255 letters, digits, "_", "." or "-"').prefault(
    DEFAULT_TABLE_NAME,
  ),
  /** While true neither Terraform nor the console can delete table, server and bucket. */
  deletionProtection: yesOrNo.prefault(true),
  logs: section({
    /** What K3s, the webhook and the boot of the server write, to the log group; false: only what fails. */
    journal: yesOrNo.prefault(true),
    retentionDays: z
      .int('must be a whole number of days')
      .refine((days) => RETENTION_DAYS.includes(days), `must be one of ${RETENTION_DAYS.join(', ')}`)
      .prefault(30),
  }).prefault({}),
  alarms: section({ email: z.email('must be an e-mail address').exactOptional() }).prefault({}),
  bundle: text('must be the path of a file').prefault('dist/bundle/webhook.js'),
  backend: backend.exactOptional(),
  tags: tags.prefault({}),
});

export type StackConfiguration = z.output<typeof configuration>;
export type PoolConfiguration = z.output<typeof pool>;
export type ServerConfiguration = z.output<typeof server>;
