import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Attributes, Synthesised } from './synthesised';

interface Block {
  readonly required?: readonly string[];
  readonly optional?: readonly string[];
  readonly readOnly?: readonly string[];
  readonly blocks?: Readonly<Record<string, Block & { readonly min?: number; readonly max?: number }>>;
}

const SCHEMA = JSON.parse(
  readFileSync(join(__dirname, '../../fixtures/terraform/aws-5.100.0.json'), 'utf8'),
) as Readonly<Record<'resource' | 'data', Readonly<Record<string, Block>>>>;

/** Terraform's own, of every resource. */
const META = ['lifecycle', 'depends_on', 'provider', 'count', 'for_each'];

/** What the provider would not take: one line each, with its place. */
export function schemaMistakes(stack: Pick<Synthesised, 'resource' | 'data'>): readonly string[] {
  return (['resource', 'data'] as const).flatMap((kind) =>
    Object.entries(stack[kind]).flatMap(([type, made]) =>
      Object.entries(made).flatMap(([id, attributes]) => {
        const schema = SCHEMA[kind][type];
        const place = `${kind}.${type}.${id}`;
        return schema ? blockMistakes(schema, attributes, place, META) : [`${place}: is not in the fixture`];
      }),
    ),
  );
}

function blockMistakes(
  schema: Block,
  written: Attributes,
  place: string,
  meta: readonly string[] = [],
): readonly string[] {
  const { required = [], optional = [], readOnly = [], blocks = {} } = schema;
  const missing = required.filter((name) => written[name] === undefined);
  const attributes = Object.keys(written).filter((name) => !meta.includes(name) && !(name in blocks));
  return [
    ...missing.map((name) => `${place}: lacks ${name}`),
    ...attributes.flatMap((name) => {
      if (readOnly.includes(name)) return [`${place}: ${name} is read-only`];
      return [...required, ...optional].includes(name) ? [] : [`${place}: ${name} is unknown`];
    }),
    ...Object.entries(blocks).flatMap(([name, inner]) => nestedMistakes(inner, written[name], `${place}.${name}`)),
  ];
}

function nestedMistakes(
  schema: Block & { min?: number; max?: number },
  written: unknown,
  place: string,
): readonly string[] {
  const all = written === undefined ? [] : Array.isArray(written) ? written : [written];
  const { min = 0, max = Infinity } = schema;
  const count =
    all.length < min || all.length > max ? [`${place}: is there ${all.length} times, must be ${min} to ${max}`] : [];
  return [...count, ...all.flatMap((it) => blockMistakes(schema, it as Attributes, place))];
}
