export type ParameterType = 'String' | 'SecureString';

export interface Parameter {
  readonly name: string;
  readonly type: ParameterType;
  readonly value: string;
  readonly version: number;
}

/** As AWS says no: the name of the error and a sentence. */
export class SsmError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = 'SsmError';
  }
}

/** Parameters of a region, and who is refused what. */
export class ParameterStore {
  private readonly parameters = new Map<string, Parameter>();
  private readonly refusals = new Set<string>();

  get(name: string): Parameter {
    const found = this.parameters.get(name);
    if (!found) throw new SsmError('ParameterNotFound', '');
    return found;
  }

  /** Below `path`, at any depth. */
  below(path: string): readonly Parameter[] {
    return [...this.parameters.values()].filter(({ name }) => name.startsWith(`${path.replace(/\/$/, '')}/`));
  }

  /** Returns the new version. */
  put(name: string, value: string, { type, overwrite }: PutOptions = {}): number {
    if (value === '') throw new SsmError('ValidationException', 'Value must have length greater than or equal to 1.');
    const before = this.parameters.get(name);
    if (!before) this.parameters.set(name, { name, type: type ?? 'String', value, version: 1 });
    else if (overwrite === true) this.parameters.set(name, { ...before, value, version: before.version + 1 });
    else throw new SsmError('ParameterAlreadyExists', 'The parameter already exists: set the overwrite option.');
    return this.get(name).version;
  }

  /** From now on this action is refused, as without its permission. */
  deny(action: string): void {
    this.refusals.add(action);
  }

  allow(action: string): void {
    this.refusals.delete(action);
  }

  /** Throws the refusal. */
  authorize(action: string, resource: string): void {
    if (!this.refusals.has(action)) return;
    const who = 'User: arn:aws:sts::123456789012:assumed-role/smartscale/i-0123456789abcdef0';
    throw new SsmError(
      'AccessDeniedException',
      `${who} is not authorized to perform: ssm:${action} on resource: ${resource} because no identity-based policy allows the ssm:${action} action`,
    );
  }
}

export interface PutOptions {
  readonly type?: ParameterType;
  readonly overwrite?: boolean;
}
