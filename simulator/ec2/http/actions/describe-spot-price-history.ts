import { Ec2Error } from '../../ec2-error';
import type { Tags } from '../../ec2-types';
import { type Fields, filtered } from '../../filter';
import type { SpotEntry } from '../../spot-market';
import { type Action, filtersOf, optional } from '../action';
import type { QueryParams } from '../query-params';
import type { XmlValue } from '../xml';

const LINUX = 'Linux/UNIX';

type Resource = SpotEntry & { readonly tags?: Tags };

const FIELDS: Fields<Resource> = {
  'instance-type': ({ type }) => type,
  'availability-zone': ({ zone }) => zone,
  'product-description': () => LINUX,
};

/** Newest first. Without StartTime everything since the beginning, as far as EC2 keeps it. */
export const describeSpotPriceHistory: Action = {
  parameters: [
    'AvailabilityZone',
    'InstanceType',
    'ProductDescription',
    'StartTime',
    'EndTime',
    'Filter',
    'MaxResults',
    'NextToken',
  ],
  run(cloud, params) {
    const filters = filtersOf(params);
    const page = cloud.spotPriceHistory({
      from: timeOf(params, 'StartTime') ?? -Infinity,
      to: timeOf(params, 'EndTime') ?? cloud.now(),
      select: (entries) => filtered(entries.map(untagged), filters, FIELDS).filter((entry) => isWanted(entry, params)),
      ...optional('maxResults', params.number('MaxResults')),
      ...optional('nextToken', params.text('NextToken')),
    });
    return { spotPriceHistorySet: page.items.map(entryXml), nextToken: page.nextToken ?? '' };
  },
};

/** Prices have no tags to filter by. */
function untagged(entry: SpotEntry): Resource {
  return entry;
}

function isWanted({ type, zone }: SpotEntry, params: QueryParams): boolean {
  const types = params.texts('InstanceType');
  const products = params.texts('ProductDescription');
  return (
    (types.length === 0 || types.includes(type)) &&
    (products.length === 0 || products.includes(LINUX)) &&
    (params.text('AvailabilityZone') ?? zone) === zone
  );
}

function timeOf(params: QueryParams, name: string): number | undefined {
  const text = params.text(name);
  if (text === undefined) return undefined;
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw new Ec2Error('InvalidParameterValue', `Invalid value '${text}' for ${name}`);
  return time;
}

/** EC2 writes prices with six decimals. */
function entryXml({ type, zone, price, since }: SpotEntry): XmlValue {
  return {
    availabilityZone: zone,
    instanceType: type,
    productDescription: LINUX,
    spotPrice: price.toFixed(6),
    timestamp: new Date(since),
  };
}
