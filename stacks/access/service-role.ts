import { DataAwsIamPolicyDocument } from '@cdktf/provider-aws/lib/data-aws-iam-policy-document';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role';
import type { Construct } from 'constructs';

interface Wanted {
  readonly name: string;
  readonly service: string;
  readonly tags: Record<string, string>;
}

/** A role that one AWS service takes on, and nobody else. */
export function serviceRole(scope: Construct, id: string, { name, service, tags }: Wanted): IamRole {
  const principals = [{ type: 'Service', identifiers: [service] }];
  const trust = new DataAwsIamPolicyDocument(scope, `${id}-trust`, {
    statement: [{ actions: ['sts:AssumeRole'], principals }],
  });
  return new IamRole(scope, id, { name, assumeRolePolicy: trust.json, tags });
}
