import { type Action, filtersOf, optional } from '../action';
import { reservationSet } from '../instance-xml';

export const describeInstances: Action = {
  parameters: ['InstanceId', 'Filter', 'MaxResults', 'NextToken'],
  run(cloud, params) {
    const page = cloud.describeInstances({
      ids: params.texts('InstanceId'),
      filters: filtersOf(params),
      ...optional('maxResults', params.number('MaxResults')),
      ...optional('nextToken', params.text('NextToken')),
    });
    return { reservationSet: reservationSet(page.items), nextToken: page.nextToken };
  },
};
