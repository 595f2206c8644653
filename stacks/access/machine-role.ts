import { IamInstanceProfile } from '@cdktf/provider-aws/lib/iam-instance-profile';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy';
import { Construct } from 'constructs';
import { policyDocument, type Statement } from './policy-document';
import { serviceRole } from './service-role';

interface Wanted {
  readonly name: string;
  readonly tags: Record<string, string>;
}

/** What Session Manager needs. AWS's own policy for it would open every parameter of the account to every machine. */
const SESSIONS: Statement = {
  sid: 'Sessions',
  actions: [
    'ssm:UpdateInstanceInformation',
    'ssmmessages:CreateControlChannel',
    'ssmmessages:CreateDataChannel',
    'ssmmessages:OpenControlChannel',
    'ssmmessages:OpenDataChannel',
  ],
  resources: ['*'],
};

/** The role of machines and the profile that gives it to them; permissions come when what they are for is there. */
export class MachineRole extends Construct {
  readonly roleArn: string;
  readonly profileName: string;
  readonly profileArn: string;
  readonly #roleId: string;

  constructor(scope: Construct, id: string, { name, tags }: Wanted) {
    super(scope, id);
    const role = serviceRole(this, 'role', { name, service: 'ec2.amazonaws.com', tags });
    const profile = new IamInstanceProfile(this, 'profile', { name, role: role.name, tags });
    this.roleArn = role.arn;
    this.#roleId = role.id;
    this.profileName = profile.name;
    this.profileArn = profile.arn;
  }

  allow(statements: readonly Statement[]): void {
    const policy = policyDocument(this, 'policy', [SESSIONS, ...statements]);
    new IamRolePolicy(this, 'permissions', { name: 'smartscale', role: this.#roleId, policy });
  }
}
