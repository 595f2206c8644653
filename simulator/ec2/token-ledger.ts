import { Ec2Error } from './ec2-error';

const LONGEST_TOKEN = 64;

/**
 * What EC2 remembers of client tokens, one ledger per action: a token that comes again with the same parameters is
 * answered with the first result and does nothing; with other parameters it is IdempotentParameterMismatch.
 * A call that failed as a whole leaves no trace. EC2 forgets a token a day or more after the instances ended; here never.
 */
export class TokenLedger<Result> {
  private readonly entries = new Map<string, { parameters: string; result: Result }>();

  /** `scope` widens the key: RunInstances into a given zone is idempotent per zone. */
  once(token: string | undefined, parameters: unknown, run: () => Result, scope = ''): Result {
    if (token === undefined) return run();
    if (token.length > LONGEST_TOKEN || !/^[\x20-\x7e]+$/.test(token)) {
      throw new Ec2Error('InvalidParameterValue', 'ClientToken must be 1 to 64 ASCII characters.');
    }
    const key = `${token} ${scope}`;
    const text = canonical(parameters);
    const known = this.entries.get(key);
    if (known) return replay(known, text);
    const result = run();
    this.entries.set(key, { parameters: text, result });
    return result;
  }
}

function replay<Result>(known: { parameters: string; result: Result }, parameters: string): Result {
  if (known.parameters === parameters) return known.result;
  throw new Ec2Error(
    'IdempotentParameterMismatch',
    'The client token is already in use with different request parameters.',
  );
}

/** JSON with sorted keys: the order of tags in a map is no difference, the order of overrides in a list is. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (part === null || typeof part !== 'object' || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
