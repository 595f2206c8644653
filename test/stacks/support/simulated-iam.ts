/** IAM as a library evaluates it: what one role may do. */
import { runSimulation } from '@cloud-copilot/iam-simulate';
import { ACCOUNT } from './references';

export interface Request {
  readonly action: string;
  readonly resource: string;
  readonly context?: Readonly<Record<string, string>>;
}

/** `Allowed`, `ImplicitlyDenied`, `ExplicitlyDenied`; rejects for a request that AWS does not know. */
export async function verdict(role: string, policy: object, { action, resource, context = {} }: Request) {
  const result = await runSimulation(
    {
      request: {
        principal: `arn:aws:iam::${ACCOUNT}:role/${role}`,
        action,
        resource: { resource, accountId: ACCOUNT },
        contextVariables: { ...context },
      },
      identityPolicies: [{ name: 'smartscale', policy }],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    {},
  );
  if (result.resultType === 'error') throw new Error(`${action} on ${resource}: ${JSON.stringify(result.errors)}`);
  return result.overallResult;
}
