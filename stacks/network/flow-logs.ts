import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group';
import { FlowLog } from '@cdktf/provider-aws/lib/flow-log';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy';
import { Construct } from 'constructs';
import { policyDocument } from '../access/policy-document';
import { serviceRole } from '../access/service-role';
import type { Names } from '../names';
import { componentTag } from '../tags';

interface Wanted {
  readonly names: Names;
  readonly vpcId: string;
  readonly retentionInDays: number;
}

/** Who talked to whom: of the whole VPC, in a log group that forgets. */
export class FlowLogs extends Construct {
  constructor(scope: Construct, id: string, { names, vpcId, retentionInDays }: Wanted) {
    super(scope, id);
    const tags = componentTag('network');
    const group = new CloudwatchLogGroup(this, 'group', { name: `${names.logs}/flow-logs`, retentionInDays, tags });
    const role = serviceRole(this, 'role', {
      name: `${names.prefix}-flow-logs`,
      service: 'vpc-flow-logs.amazonaws.com',
      tags,
    });
    const policy = policyDocument(this, 'policy', [
      {
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogStreams'],
        resources: [`${group.arn}:*`],
      },
      { actions: ['logs:DescribeLogGroups'], resources: ['*'] },
    ]);
    new IamRolePolicy(this, 'permissions', { name: 'write-flow-logs', role: role.id, policy });
    new FlowLog(this, 'log', {
      vpcId,
      trafficType: 'ALL',
      logDestinationType: 'cloud-watch-logs',
      logDestination: group.arn,
      iamRoleArn: role.arn,
      tags,
    });
  }
}
