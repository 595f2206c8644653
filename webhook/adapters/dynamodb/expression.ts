/** The parts of a conditional update in DynamoDB's language. */
export interface Expression {
  readonly UpdateExpression: string;
  readonly ConditionExpression?: string;
  readonly ExpressionAttributeNames: Record<string, string>;
  readonly ExpressionAttributeValues?: Record<string, unknown>;
}

/**
 * Collects assignments and conditions, and gives every name and value an alias: many attribute names are reserved words,
 * and an expression may have 4 KB, which a hundred cancels only fit into with aliases of a few letters.
 */
export class ExpressionBuilder {
  readonly #names = new Map<string, string>();
  readonly #values: unknown[] = [];
  readonly #set: string[] = [];
  readonly #remove: string[] = [];
  readonly #conditions: string[] = [];

  set(path: readonly string[], value: unknown): this {
    this.#set.push(`${this.#path(path)}=${this.#value(value)}`);
    return this;
  }

  /** Leaves what is there. */
  setIfAbsent(path: readonly string[], value: unknown): this {
    const alias = this.#path(path);
    this.#set.push(`${alias}=if_not_exists(${alias},${this.#value(value)})`);
    return this;
  }

  /** Adds to a number, which counts as 0 when absent. */
  increase(path: readonly string[], by: number): this {
    const alias = this.#path(path);
    this.#set.push(`${alias}=if_not_exists(${alias},${this.#value(0)})+${this.#value(by)}`);
    return this;
  }

  /** `undefined` leaves the attribute alone, `null` removes it. */
  setOrRemove(path: readonly string[], value: unknown): this {
    if (value === null) this.#remove.push(this.#path(path));
    else if (value !== undefined) this.set(path, value);
    return this;
  }

  remove(path: readonly string[]): this {
    return this.setOrRemove(path, null);
  }

  /** Absent attributes equal nothing. Only for numbers and text. */
  onlyIf(path: readonly string[], value: number | string): this {
    this.#conditions.push(`${this.#path(path)}=${this.#value(value)}`);
    return this;
  }

  build(): Expression {
    const parts = [this.#clause('SET', this.#set), this.#clause('REMOVE', this.#remove)];
    return {
      UpdateExpression: parts.filter(Boolean).join(' '),
      ExpressionAttributeNames: Object.fromEntries([...this.#names].map(([name, alias]) => [alias, name])),
      ...(this.#conditions.length > 0 && { ConditionExpression: this.#conditions.join(' AND ') }),
      ...(this.#values.length > 0 && {
        ExpressionAttributeValues: Object.fromEntries(this.#values.map((value, index) => [`:${String(index)}`, value])),
      }),
    };
  }

  #clause(word: string, items: readonly string[]): string {
    return items.length === 0 ? '' : `${word} ${items.join(',')}`;
  }

  #path(path: readonly string[]): string {
    return path.map((name) => this.#name(name)).join('.');
  }

  #name(name: string): string {
    const alias = this.#names.get(name) ?? `#${String(this.#names.size)}`;
    this.#names.set(name, alias);
    return alias;
  }

  #value(value: unknown): string {
    return `:${String(this.#values.push(value) - 1)}`;
  }
}
