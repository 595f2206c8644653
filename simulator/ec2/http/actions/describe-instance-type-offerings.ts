import { Ec2Error } from '../../ec2-error';
import type { Ec2Cloud } from '../../ec2-cloud';
import { type Fields, filtered } from '../../filter';
import { type Action, filtersOf } from '../action';

interface OfferingRow {
  readonly instanceType: string;
  readonly location: string;
}

const FIELDS: Fields<OfferingRow> = {
  'instance-type': ({ instanceType }) => instanceType,
  location: ({ location }) => location,
};

/** By zone only; EC2 knows regions and zone ids as well. */
export const describeInstanceTypeOfferings: Action = {
  parameters: ['LocationType', 'Filter'],
  run(cloud, params) {
    const locationType = params.text('LocationType') ?? 'region';
    if (locationType !== 'availability-zone') {
      throw new Ec2Error(
        'InvalidParameterValue',
        `The simulator knows offerings by zone only, not by ${locationType}.`,
      );
    }
    const rows = filtered(offerings(cloud), filtersOf(params), FIELDS);
    return {
      instanceTypeOfferingSet: rows.map(({ instanceType, location }) => ({ instanceType, locationType, location })),
    };
  },
};

function offerings({ catalogue }: Ec2Cloud): readonly OfferingRow[] {
  const zones = [...new Set(catalogue.subnets.map(({ zone }) => zone))];
  return zones.flatMap((location) =>
    catalogue.instanceTypes
      .filter((type) => catalogue.isOffered(type, location))
      .map(({ name }) => ({ instanceType: name, location })),
  );
}
