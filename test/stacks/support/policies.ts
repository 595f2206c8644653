import { resolved } from './references';
import { every, type Attributes, type Synthesised } from './synthesised';

interface Statement {
  readonly sid?: string;
  readonly effect?: string;
  readonly actions: readonly string[];
  readonly resources?: readonly string[];
  readonly condition?: readonly {
    readonly test: string;
    readonly variable: string;
    readonly values: readonly string[];
  }[];
  readonly principals?: readonly { readonly type: string; readonly identifiers: readonly string[] }[];
}

/** The policy that "${data.aws_iam_policy_document....json}" becomes, as IAM reads it. */
export function policyOf(stack: Synthesised, reference: unknown) {
  const [, id = ''] = /^\$\{data\.aws_iam_policy_document\.([\w-]+)\.json\}$/.exec(String(reference)) ?? [];
  const statements = stack.data['aws_iam_policy_document']?.[id]?.['statement'] as readonly Statement[] | undefined;
  if (!statements) throw new Error(`${String(reference)} is no policy`);
  return { Version: '2012-10-17', Statement: statements.map((it) => statementOf(stack, it)) };
}

function statementOf(stack: Synthesised, { sid, effect = 'Allow', actions, resources, ...rest }: Statement) {
  const { condition = [], principals = [] } = rest;
  const Condition: Record<string, Record<string, readonly string[]>> = {};
  for (const { test, variable, values } of condition) {
    Condition[test] = { ...Condition[test], [variable]: values.map((it) => resolved(stack, it)) };
  }
  return {
    ...(sid === undefined ? {} : { Sid: sid }),
    Effect: effect,
    Action: actions,
    ...(resources && { Resource: resources.map((it) => resolved(stack, it)) }),
    ...(condition.length > 0 && { Condition }),
    ...(principals.length > 0 && { Principal: Object.fromEntries(principals.map((it) => [it.type, it.identifiers])) }),
  };
}

/** Everything that the role of this name may do. */
export function permissionsOf(stack: Synthesised, role: string) {
  const policies = every(stack, 'aws_iam_role_policy').filter((it) => roleNameOf(stack, it) === role);
  expect([role, policies.length]).toEqual([role, 1]);
  return policyOf(stack, policies[0]?.['policy']);
}

function roleNameOf({ resource }: Synthesised, { role }: Attributes): unknown {
  const [, id = ''] = /^\$\{aws_iam_role\.([\w-]+)\.id\}$/.exec(String(role)) ?? [];
  return resource['aws_iam_role']?.[id]?.['name'];
}
