/** Every call to AWS, with what it is allowed on and what it must be denied on. A call of the code without a row fails a test. */
import type { Request } from './simulated-iam';
import { ACCOUNT, REGION } from './references';

type On = Omit<Request, 'action'>;

export interface Row {
  readonly call: string;
  /** Requests that IAM is asked about when it is made; all have to be allowed. */
  readonly allowed: readonly On[];
  readonly denied: readonly On[];
}

const arn = (service: string, resource: string, account = ACCOUNT) =>
  `arn:aws:${service}:${REGION}:${account}:${resource}`;
const ec2 = (resource: string) => arn('ec2', resource);
const OURS = 'smartscale:cluster';
const requesting = (cluster: string) => ({ [`aws:RequestTag/${OURS}`]: cluster, 'aws:TagKeys': OURS });
const carrying = (cluster: string) => ({ [`aws:ResourceTag/${OURS}`]: cluster });
const TEMPLATE = ec2('launch-template/lt-smartscale-main-workers');
const FOREIGN_TEMPLATE = ec2('launch-template/lt-somebody');
const SUBNET = ec2('subnet/subnet-network_private-0');
const FOREIGN_SUBNET = ec2('subnet/subnet-somebody');
const GROUP = ec2('security-group/sg-smartscale-main-workers');
const IMAGE = `arn:aws:ec2:${REGION}::image/ami-0123456789abcdef0`;
const SNAPSHOT = `arn:aws:ec2:${REGION}::snapshot/snap-0123456789abcdef0`;
const INSTANCE = ec2('instance/i-0123456789abcdef0');
const VOLUME = ec2('volume/vol-0123456789abcdef0');
const CARD = ec2('network-interface/eni-0123456789abcdef0');
const FLEET = ec2('fleet/fleet-0123456789abcdef0');
const SPOT_REQUEST = ec2('spot-instances-request/sir-01234567');

const here = { 'aws:RequestedRegion': REGION };
const elsewhere = { 'aws:RequestedRegion': 'us-west-2' };
const question = (call: string): Row => ({
  call,
  allowed: [{ resource: '*', context: here }],
  denied: [{ resource: '*', context: elsewhere }],
});

const from = (template: string, isOf = 'true') => ({
  'ec2:LaunchTemplate': template,
  'ec2:IsLaunchTemplateResource': isOf,
});
const tagging = (cluster: string, action = 'CreateFleet') => ({ ...requesting(cluster), 'ec2:CreateAction': action });

const TABLE = arn('dynamodb', 'table/smartscale');
const item = (call: string): Row => ({
  call,
  allowed: [{ resource: TABLE }],
  denied: [{ resource: arn('dynamodb', 'table/orders') }, { resource: arn('dynamodb', 'table/smartscale-2') }],
});

const parameter = (name: string) => arn('ssm', `parameter/${name}`);
const BUCKET = 'arn:aws:s3:::smartscale-main-bucket';
const FOREIGN_BUCKET = 'arn:aws:s3:::somebody';

export const SERVER: readonly Row[] = [
  ...[
    'ec2:DescribeImages',
    'ec2:DescribeInstanceStatus',
    'ec2:DescribeInstanceTypeOfferings',
    'ec2:DescribeInstanceTypes',
    'ec2:DescribeInstances',
    'ec2:DescribeLaunchTemplateVersions',
    'ec2:DescribeSpotInstanceRequests',
    'ec2:DescribeSpotPriceHistory',
    'ec2:DescribeSubnets',
  ].map(question),
  {
    call: 'servicequotas:GetServiceQuota',
    allowed: [
      { resource: arn('servicequotas', 'ec2/L-1216C47A') },
      { resource: arn('servicequotas', 'ec2/L-34B43A08') },
    ],
    denied: [{ resource: arn('servicequotas', 'vpc/L-F678F1CE') }],
  },
  {
    call: 'ec2:CreateFleet',
    allowed: [
      ...[FLEET, INSTANCE, VOLUME].map((resource) => ({ resource, context: requesting('main') })),
      ...[TEMPLATE, SUBNET, IMAGE].map((resource) => ({ resource })),
    ],
    denied: [
      ...[FLEET, INSTANCE].flatMap((resource) => [{ resource }, { resource, context: requesting('other') }]),
      ...[FOREIGN_TEMPLATE, FOREIGN_SUBNET].map((resource) => ({ resource })),
    ],
  },
  {
    call: 'ec2:RunInstances',
    allowed: [
      ...[INSTANCE, VOLUME, CARD].map((resource) => ({
        resource,
        context: { ...requesting('main'), ...from(TEMPLATE) },
      })),
      { resource: SPOT_REQUEST, context: requesting('main') },
      // The subnet comes from the request, not from the template.
      { resource: SUBNET, context: from(TEMPLATE, 'false') },
      ...[TEMPLATE, IMAGE, SNAPSHOT, GROUP].map((resource) => ({ resource, context: from(TEMPLATE) })),
    ],
    denied: [
      { resource: INSTANCE, context: from(TEMPLATE) },
      { resource: INSTANCE, context: { ...requesting('other'), ...from(TEMPLATE) } },
      { resource: INSTANCE, context: requesting('main') },
      { resource: INSTANCE, context: { ...requesting('main'), ...from(FOREIGN_TEMPLATE) } },
      { resource: SPOT_REQUEST, context: requesting('other') },
      { resource: FOREIGN_SUBNET, context: from(TEMPLATE, 'false') },
      { resource: FOREIGN_TEMPLATE, context: from(FOREIGN_TEMPLATE) },
      { resource: IMAGE, context: from(TEMPLATE, 'false') },
      { resource: GROUP, context: from(TEMPLATE, 'false') },
      { resource: ec2('security-group/sg-somebody'), context: from(TEMPLATE) },
      { resource: ec2('key-pair/somebody'), context: from(TEMPLATE, 'false') },
    ],
  },
  {
    // Nobody calls it: EC2 asks for it when a launch brings tags.
    call: 'ec2:CreateTags',
    allowed: [
      ...[FLEET, INSTANCE, VOLUME, CARD, SPOT_REQUEST].map((resource) => ({ resource, context: tagging('main') })),
      { resource: INSTANCE, context: tagging('main', 'RunInstances') },
    ],
    denied: [
      { resource: INSTANCE, context: requesting('main') },
      { resource: INSTANCE, context: tagging('other') },
      { resource: INSTANCE, context: { ...requesting('main'), ...carrying('other') } },
      { resource: VOLUME, context: tagging('main', 'CreateVolume') },
    ],
  },
  {
    // Neither: EC2 asks for it when a template brings a profile.
    call: 'iam:PassRole',
    allowed: [
      {
        resource: `arn:aws:iam::${ACCOUNT}:role/smartscale-main-workers`,
        context: { 'iam:PassedToService': 'ec2.amazonaws.com' },
      },
    ],
    denied: [
      {
        resource: `arn:aws:iam::${ACCOUNT}:role/smartscale-main-server`,
        context: { 'iam:PassedToService': 'ec2.amazonaws.com' },
      },
      { resource: `arn:aws:iam::${ACCOUNT}:role/admin`, context: { 'iam:PassedToService': 'ec2.amazonaws.com' } },
      {
        resource: `arn:aws:iam::${ACCOUNT}:role/smartscale-main-workers`,
        context: { 'iam:PassedToService': 'lambda.amazonaws.com' },
      },
    ],
  },
  ...['ec2:TerminateInstances', 'ec2:GetConsoleOutput'].map((call) => ({
    call,
    allowed: [{ resource: INSTANCE, context: carrying('main') }],
    denied: [{ resource: INSTANCE }, { resource: INSTANCE, context: carrying('other') }],
  })),
  ...['DescribeTable', 'DescribeTimeToLive', 'GetItem', 'PutItem', 'Query', 'UpdateItem'].map((it) =>
    item(`dynamodb:${it}`),
  ),
  ...['ssm:GetParameter', 'ssm:GetParameters'].map((call) => ({
    call,
    allowed: ['join-token', 'webhook-token', 'operator-token', 'config/cluster', 'config/pools/workers'].map((it) => ({
      resource: parameter(`smartscale/main/${it}`),
    })),
    denied: ['smartscale/other/join-token', 'smartscale/main-2/join-token', 'database-password'].map((it) => ({
      resource: parameter(it),
    })),
  })),
  {
    call: 'ssm:GetParametersByPath',
    allowed: ['smartscale/main', 'smartscale/main/config'].map((it) => ({ resource: parameter(it) })),
    denied: ['smartscale', 'smartscale/other/config'].map((it) => ({ resource: parameter(it) })),
  },
  {
    call: 'ssm:PutParameter',
    allowed: ['join-token', 'webhook-token', 'operator-token'].map((it) => ({
      resource: parameter(`smartscale/main/${it}`),
    })),
    denied: ['main/config/cluster', 'main/server-address', 'main/release', 'other/join-token'].map((it) => ({
      resource: parameter(`smartscale/${it}`),
    })),
  },
  {
    call: 's3:GetObject',
    allowed: ['release/webhook.js', 'release/k3s/server/install.sh', 'backups/server-token'].map((it) => ({
      resource: `${BUCKET}/${it}`,
    })),
    denied: [{ resource: `${BUCKET}/other` }, { resource: `${FOREIGN_BUCKET}/release/webhook.js` }],
  },
  {
    call: 's3:PutObject',
    allowed: [{ resource: `${BUCKET}/backups/snapshot` }],
    denied: [`${BUCKET}/release/webhook.js`, `${BUCKET}/release/SHA256SUMS`, `${FOREIGN_BUCKET}/backups/snapshot`].map(
      (resource) => ({ resource }),
    ),
  },
  {
    // K3s removes snapshots that are too many.
    call: 's3:DeleteObject',
    allowed: [{ resource: `${BUCKET}/backups/snapshot` }],
    denied: [{ resource: `${BUCKET}/release/webhook.js` }],
  },
  ...['s3:ListBucket', 's3:GetBucketLocation'].map((call) => ({
    call,
    allowed: [{ resource: BUCKET }],
    denied: [{ resource: FOREIGN_BUCKET }],
  })),
  {
    call: 'sns:Publish',
    allowed: [{ resource: arn('sns', 'smartscale-main') }],
    denied: [{ resource: arn('sns', 'somebody') }],
  },
  ...['logs:PutLogEvents', 'logs:CreateLogStream'].map((call) => ({
    call,
    allowed: [{ resource: arn('logs', 'log-group:/smartscale/main/server:log-stream:boot') }],
    denied: [{ resource: arn('logs', 'log-group:/smartscale/other/server:log-stream:boot') }],
  })),
];

export const WORKER: readonly Row[] = [
  {
    call: 'ssm:GetParameter',
    allowed: ['join-token', 'server-address', 'release'].map((it) => ({
      resource: parameter(`smartscale/main/${it}`),
    })),
    denied: ['main/webhook-token', 'main/operator-token', 'main/config/cluster', 'other/join-token'].map((it) => ({
      resource: parameter(`smartscale/${it}`),
    })),
  },
  {
    call: 's3:GetObject',
    allowed: ['release/k3s/worker/install.sh', 'release/SHA256SUMS'].map((it) => ({ resource: `${BUCKET}/${it}` })),
    denied: ['release/webhook.js', 'release/k3s/server/install.sh', 'backups/server-token'].map((it) => ({
      resource: `${BUCKET}/${it}`,
    })),
  },
];

/** What a worker, on which anybody's pods run, must not be able to do at all. */
export const NOT_FOR_WORKERS: readonly Request[] = [
  { action: 'ec2:RunInstances', resource: INSTANCE, context: { ...requesting('main'), ...from(TEMPLATE) } },
  { action: 'ec2:TerminateInstances', resource: INSTANCE, context: carrying('main') },
  { action: 'ec2:DescribeInstances', resource: '*', context: here },
  { action: 'dynamodb:GetItem', resource: TABLE },
  { action: 'dynamodb:PutItem', resource: TABLE },
  { action: 'ssm:PutParameter', resource: parameter('smartscale/main/join-token') },
  { action: 's3:PutObject', resource: `${BUCKET}/backups/snapshot` },
  { action: 's3:ListBucket', resource: BUCKET },
  {
    action: 'iam:PassRole',
    resource: `arn:aws:iam::${ACCOUNT}:role/smartscale-main-server`,
    context: { 'iam:PassedToService': 'ec2.amazonaws.com' },
  },
];
