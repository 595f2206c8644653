import { Ec2Error } from '../ec2-error';

/** A request of EC2's query protocol: `Filter.1.Value.2=running` is a list in a list, and so on to any depth. */
export class QueryParams {
  static parse(body: string): QueryParams {
    return new QueryParams(new Map(new URLSearchParams(body)), '');
  }

  private constructor(
    private readonly values: ReadonlyMap<string, string>,
    private readonly prefix: string,
  ) {}

  /** The names of the first level, without what comes after the dot. */
  names(): readonly string[] {
    return [...new Set([...this.values.keys()].map((key) => key.split('.')[0] ?? ''))];
  }

  flat(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.values);
  }

  text(name: string): string | undefined {
    return this.values.get(this.prefix + name);
  }

  required(name: string): string {
    const value = this.text(name);
    if (value === undefined || value === '') {
      throw new Ec2Error('MissingParameter', `The request must contain the parameter ${this.prefix}${name}`);
    }
    return value;
  }

  number(name: string): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    if (!/^-?\d+(\.\d+)?$/.test(value)) {
      throw new Ec2Error('InvalidParameterValue', `Invalid value '${value}' for ${this.prefix}${name}`);
    }
    return Number(value);
  }

  flag(name: string): boolean {
    return this.text(name) === 'true';
  }

  /** The structure of that name; empty when the request has none. */
  node(name: string): QueryParams {
    return new QueryParams(this.values, `${this.prefix}${name}.`);
  }

  /** The structures `name.1`, `name.2` ... in the order of their numbers. */
  list(name: string): readonly QueryParams[] {
    return this.indices(name).map((index) => this.node(`${name}.${index}`));
  }

  /** The texts `name.1`, `name.2` ... */
  texts(name: string): readonly string[] {
    return this.indices(name).map((index) => this.text(`${name}.${index}`) ?? '');
  }

  private indices(name: string): readonly number[] {
    const start = `${this.prefix}${name}.`;
    const found = new Set<number>();
    for (const key of this.values.keys()) {
      const index = key.startsWith(start) ? /^\d+/.exec(key.slice(start.length)) : null;
      if (index) found.add(Number(index[0]));
    }
    return [...found].sort((a, b) => a - b);
  }
}
