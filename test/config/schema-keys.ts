/** A key of the configuration as JSON Schema shows it. */
export interface SchemaKey {
  /** Dotted; `<name>` stands for a name of the operator's choice, `[]` for each entry of a list. */
  readonly key: string;
  /** Undefined when there is none. */
  readonly byDefault: unknown;
  readonly required: boolean;
}

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: unknown;
  readonly items?: JsonSchema;
  readonly required?: readonly string[];
  readonly default?: unknown;
}

/** The leaves of a JSON Schema: what an operator can set. Maps of plain text and lists of plain values are leaves. */
export function schemaKeys(schema: object, prefix = ''): readonly SchemaKey[] {
  const { properties = {}, required = [] } = schema as JsonSchema;
  return Object.entries(properties).flatMap(([name, value]) =>
    keysOf(value, { key: `${prefix}${name}`, byDefault: value.default, required: required.includes(name) }),
  );
}

function keysOf(schema: JsonSchema, self: SchemaKey): readonly SchemaKey[] {
  if (schema.properties) return schemaKeys(schema, `${self.key}.`);
  const named = schema.additionalProperties as JsonSchema | undefined;
  if (named?.properties) return schemaKeys(named, `${self.key}.<name>.`);
  return schema.items?.properties ? schemaKeys(schema.items, `${self.key}[].`) : [self];
}
