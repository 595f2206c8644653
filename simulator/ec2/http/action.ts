import type { Ec2Cloud } from '../ec2-cloud';
import type { Tags } from '../ec2-types';
import type { Filter } from '../filter';
import type { QueryParams } from './query-params';
import type { XmlValue } from './xml';

/** One action of the API: reads parameters, calls the cloud, words the answer. Throws Ec2Error. */
export interface Action {
  /** First-level parameters that it understands; any other is refused, so that nothing is silently ignored. */
  readonly parameters: readonly string[];
  run(cloud: Ec2Cloud, params: QueryParams): { readonly [element: string]: XmlValue };
}

export function filtersOf(params: QueryParams): readonly Filter[] {
  return params.list('Filter').map((filter) => ({ name: filter.required('Name'), values: filter.texts('Value') }));
}

/** `Tag.1.Key`, `Tag.1.Value` ... */
export function tagsOf(params: QueryParams): Tags {
  return Object.fromEntries(params.list('Tag').map((tag) => [tag.required('Key'), tag.text('Value') ?? '']));
}

/** The tags that TagSpecification gives to one kind of resource. */
export function tagsFor(resourceType: string, params: QueryParams): Tags {
  const specs = params.list('TagSpecification').filter((spec) => spec.text('ResourceType') === resourceType);
  return Object.assign({}, ...specs.map(tagsOf)) as Tags;
}

export function tagSet(tags: Tags): XmlValue {
  return Object.entries(tags).map(([key, value]) => ({ key, value }));
}

/** `{ name: value }`, or nothing when there is no value. */
export function optional<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): Partial<Record<Name, Value>> {
  return value === undefined ? {} : ({ [name]: value } as Record<Name, Value>);
}
