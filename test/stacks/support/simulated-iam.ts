/** IAM as a library evaluates it: what one role may do. */
import { runSimulation } from '@cloud-copilot/iam-simulate';
import { ACCOUNT } from './references';

export interface Request {
  readonly action: string;
  readonly resource: string;
  readonly context?: Readonly<Record<string, string>>;
  /** Of what needs one beside the policies of the role, as a key does. */
  readonly resourcePolicy?: object;
}

/** `Allowed`, `ImplicitlyDenied`, `ExplicitlyDenied`; rejects for a request that AWS does not know. */
export async function verdict(
  role: string,
  policy: object,
  { action, resource, context = {}, resourcePolicy }: Request,
) {
  const result = await runSimulation(
    {
      request: {
        principal: `arn:aws:iam::${ACCOUNT}:role/${role}`,
        action,
        resource: { resource, accountId: ACCOUNT },
        contextVariables: { ...context },
      },
      identityPolicies: [{ name: 'smartscale', policy }],
      ...(resourcePolicy === undefined ? {} : { resourcePolicy }),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    {},
  );
  if (result.resultType === 'error') throw new Error(`${action} on ${resource}: ${JSON.stringify(result.errors)}`);
  return result.overallResult;
}
