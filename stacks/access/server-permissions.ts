/** What the webhook and the server's scripts call, and nothing else: test/stacks evaluates it call by call. */
import { TAGS } from '../../webhook/model/names';
import { BACKUPS, RELEASE, SECRETS, type Names } from '../names';
import type { Place } from '../place';
import { equals, type Condition, type Statement } from './policy-document';
import { spotRoleArn } from './spot-role';

export interface ServerSubject {
  readonly place: Place;
  readonly names: Names;
  readonly tableArn: string;
  readonly bucketArn: string;
  readonly logGroupArn: string;
  readonly topicArn: string;
  readonly workerRoleArn: string;
  readonly workerGroupArn: string;
  readonly templateArns: readonly string[];
  readonly subnetIds: readonly string[];
  /** A pool asks for spot: in an account that never did, EC2 makes its role for it when the caller may. */
  readonly spot: boolean;
  /** ARN of the key of the volumes, where it is not AWS's own. */
  readonly volumeKey: string | undefined;
}

export function serverPermissions(subject: ServerSubject): readonly Statement[] {
  return [
    ...looking(subject),
    ...launching(subject),
    ...encrypting(subject),
    ...ending(subject),
    ...storing(subject),
    ...telling(subject),
  ];
}

/** Of EC2's questions only those about one instance know resources. */
function looking({ place }: ServerSubject): readonly Statement[] {
  return [
    {
      sid: 'Look',
      actions: [
        'ec2:DescribeImages',
        'ec2:DescribeInstanceStatus',
        'ec2:DescribeInstanceTypeOfferings',
        'ec2:DescribeInstanceTypes',
        'ec2:DescribeInstances',
        'ec2:DescribeLaunchTemplateVersions',
        'ec2:DescribeSpotInstanceRequests',
        'ec2:DescribeSpotPriceHistory',
        'ec2:DescribeSubnets',
      ],
      resources: ['*'],
      condition: [equals('aws:RequestedRegion', place.region)],
    },
    { sid: 'Quotas', actions: ['servicequotas:GetServiceQuota'], resources: [place.arn('servicequotas', 'ec2/*')] },
  ];
}

/**
 * CreateFleet of kind instant runs instances in the name of its caller, so that both are needed for one launch. A launch
 * needs all of these statements, so that one of them says which templates: a role has no more than 10,240 characters.
 */
function launching(subject: ServerSubject): readonly Statement[] {
  const { place, names, templateArns, subnetIds, workerGroupArn, workerRoleArn, spot } = subject;
  const ec2 = (resource: string) => place.arn('ec2', resource);
  const tagged = equals(`aws:RequestTag/${TAGS.cluster}`, names.cluster);
  const ours: Condition = { test: 'ArnEquals', variable: 'ec2:LaunchTemplate', values: templateArns };
  const fromTemplate: Condition = { test: 'Bool', variable: 'ec2:IsLaunchTemplateResource', values: ['true'] };
  const subnets = subnetIds.map((id) => ec2(`subnet/${id}`));
  const images = ['image/*', 'snapshot/*'].map((it) => place.anyonesArn('ec2', it));
  const made = ['instance/*', 'volume/*'].map(ec2);
  return [
    { sid: 'Fleet', actions: ['ec2:CreateFleet'], resources: [ec2('fleet/*'), ...made], condition: [tagged] },
    {
      sid: 'FleetOf',
      actions: ['ec2:CreateFleet', 'ec2:RunInstances'],
      resources: [...templateArns, ...subnets],
    },
    { sid: 'FleetImages', actions: ['ec2:CreateFleet'], resources: [place.anyonesArn('ec2', 'image/*')] },
    {
      sid: 'Run',
      actions: ['ec2:RunInstances'],
      resources: [...made, ec2('network-interface/*')],
      condition: [tagged, ours],
    },
    // Of spot requests EC2 does not say which template they are from.
    {
      sid: 'RunSpot',
      actions: ['ec2:RunInstances'],
      resources: [ec2('spot-instances-request/*')],
      condition: [tagged],
    },
    {
      sid: 'RunAs',
      actions: ['ec2:RunInstances'],
      resources: [...images, workerGroupArn],
      condition: [fromTemplate],
    },
    {
      sid: 'TagAtLaunch',
      actions: ['ec2:CreateTags'],
      resources: ['fleet/*', 'instance/*', 'volume/*', 'network-interface/*', 'spot-instances-request/*'].map(ec2),
      condition: [tagged, equals('ec2:CreateAction', 'CreateFleet', 'RunInstances')],
    },
    {
      sid: 'WorkersRole',
      actions: ['iam:PassRole'],
      resources: [workerRoleArn],
      condition: [equals('iam:PassedToService', 'ec2.amazonaws.com')],
    },
    ...(spot ? [spotRole(place)] : []),
  ];
}

function spotRole(place: Place): Statement {
  return {
    sid: 'SpotRole',
    actions: ['iam:CreateServiceLinkedRole'],
    resources: [spotRoleArn(place)],
    condition: [equals('iam:AWSServiceName', 'spot.amazonaws.com')],
  };
}

/** EBS asks in the name of whoever launches; without these an instance ends with Client.InternalError. */
function encrypting({ place, volumeKey }: ServerSubject): readonly Statement[] {
  if (volumeKey === undefined) return [];
  const byEc2 = equals('kms:ViaService', `ec2.${place.region}.amazonaws.com`);
  const forVolumes: Condition = { test: 'Bool', variable: 'kms:GrantIsForAWSResource', values: ['true'] };
  return [
    {
      sid: 'VolumeKey',
      actions: [
        'kms:Decrypt',
        'kms:DescribeKey',
        'kms:GenerateDataKeyWithoutPlaintext',
        'kms:ReEncryptFrom',
        'kms:ReEncryptTo',
      ],
      resources: [volumeKey],
      condition: [byEc2],
    },
    { sid: 'VolumeKeyGrant', actions: ['kms:CreateGrant'], resources: [volumeKey], condition: [byEc2, forVolumes] },
  ];
}

function ending({ place, names }: ServerSubject): readonly Statement[] {
  return [
    {
      sid: 'OurInstances',
      actions: ['ec2:TerminateInstances', 'ec2:GetConsoleOutput'],
      resources: [place.arn('ec2', 'instance/*')],
      condition: [equals(`aws:ResourceTag/${TAGS.cluster}`, names.cluster)],
    },
  ];
}

function storing({ place, names, tableArn, bucketArn }: ServerSubject): readonly Statement[] {
  const parameter = (name: string) => place.arn('ssm', `parameter${names.parameters}/${name}`);
  return [
    {
      sid: 'State',
      actions: [
        'dynamodb:DescribeTable',
        'dynamodb:DescribeTimeToLive',
        'dynamodb:GetItem',
        'dynamodb:PutItem',
        'dynamodb:Query',
        'dynamodb:UpdateItem',
      ],
      resources: [tableArn],
    },
    {
      sid: 'Settings',
      actions: ['ssm:GetParameter', 'ssm:GetParameters', 'ssm:GetParametersByPath'],
      // A question by path is about the path, and one for all below a path about the path itself.
      resources: [place.arn('ssm', `parameter${names.parameters}`), parameter('*')],
    },
    { sid: 'Secrets', actions: ['ssm:PutParameter'], resources: Object.values(SECRETS).map(parameter) },
    { sid: 'Release', actions: ['s3:GetObject'], resources: [`${bucketArn}/${RELEASE}/*`] },
    {
      sid: 'Backups',
      actions: ['s3:AbortMultipartUpload', 's3:DeleteObject', 's3:GetObject', 's3:PutObject'],
      resources: [`${bucketArn}/${BACKUPS}/*`],
    },
    // K3s asks whether the bucket is there, and where, before it writes: such a question has no prefix.
    { sid: 'Bucket', actions: ['s3:GetBucketLocation', 's3:ListBucket'], resources: [bucketArn] },
  ];
}

/** What failed on the server is told to people: k3s/server/notify.sh. */
function telling({ logGroupArn, topicArn }: ServerSubject): readonly Statement[] {
  return [
    {
      sid: 'Logs',
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [logGroupArn, `${logGroupArn}:*`],
    },
    { sid: 'Notify', actions: ['sns:Publish'], resources: [topicArn] },
  ];
}
