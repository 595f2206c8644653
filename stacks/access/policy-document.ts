import { DataAwsIamPolicyDocument } from '@cdktf/provider-aws/lib/data-aws-iam-policy-document';
import type { Construct } from 'constructs';

export interface Statement {
  readonly sid?: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly condition?: readonly Condition[];
}

export interface Condition {
  readonly test: string;
  readonly variable: string;
  readonly values: readonly string[];
}

/** As JSON that Terraform makes: ARNs in it are known only when what they name is made. */
export function policyDocument(scope: Construct, id: string, statements: readonly Statement[]): string {
  const statement = statements.map(({ sid, actions, resources, condition = [] }) => ({
    ...(sid === undefined ? {} : { sid }),
    actions: [...actions],
    resources: [...resources],
    ...(condition.length === 0 ? {} : { condition: condition.map((it) => ({ ...it, values: [...it.values] })) }),
  }));
  return new DataAwsIamPolicyDocument(scope, id, { statement }).json;
}

export function equals(variable: string, ...values: readonly string[]): Condition {
  return { test: 'StringEquals', variable, values };
}
