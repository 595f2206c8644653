import { Ec2Error } from './ec2-error';
import type { Tags } from './ec2-types';

/** A filter of a Describe call: any of the values, where `*` and `?` are wildcards and `\` takes their meaning away. */
export interface Filter {
  readonly name: string;
  readonly values: readonly string[];
}

/** The value that a filter name looks at; undefined = the resource has none. */
export type Fields<Resource> = Readonly<Record<string, (resource: Resource) => string | undefined>>;

const MOST_VALUES = 200;

/** Resources that pass all filters. A filter that is not in `fields` is an error, never ignored. */
export function filtered<Resource extends object>(
  resources: readonly Resource[],
  filters: readonly Filter[],
  fields: Fields<Resource>,
): readonly Resource[] {
  if (filters.flatMap(({ values }) => values).length > MOST_VALUES) {
    throw new Ec2Error(
      'FilterLimitExceeded',
      `The maximum number of filter values specified on a single call is ${MOST_VALUES}`,
    );
  }
  const tests = filters.map((filter) => testOf(filter, fields));
  return resources.filter((resource) => tests.every((test) => test(resource)));
}

function testOf<Resource extends object>(
  { name, values }: Filter,
  fields: Fields<Resource>,
): (resource: Resource) => boolean {
  const patterns = values.map(patternOf);
  const passes = (text: string | undefined) => text !== undefined && patterns.some((pattern) => pattern.test(text));
  if (name.startsWith('tag:')) return (resource) => passes(tagsOf(resource)[name.slice('tag:'.length)]);
  if (name === 'tag-key') return (resource) => Object.keys(tagsOf(resource)).some(passes);
  const field = fields[name];
  if (!field) throw new Ec2Error('InvalidParameterValue', `The filter '${name}' is invalid`);
  return (resource) => passes(field(resource));
}

/** Not every resource can have tags. */
function tagsOf(resource: { readonly tags?: Tags } | object): Tags {
  return ('tags' in resource && resource.tags) || {};
}

function patternOf(value: string): RegExp {
  const source = value.replace(/\\[\s\S]|[*?]|[.+^${}()|[\]\\]/g, (found) => {
    if (found === '*') return '.*';
    if (found === '?') return '.';
    return found.length === 2 ? `\\${found.charAt(1)}` : `\\${found}`;
  });
  return new RegExp(`^${source}$`, 's');
}
