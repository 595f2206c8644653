import type { RunInput } from '../../run-instances';
import { type Action, optional, tagsFor } from '../action';
import { reservationXml } from '../instance-xml';
import type { QueryParams } from '../query-params';
import { templateRef } from './template-ref';

export const runInstances: Action = {
  parameters: [
    'MinCount',
    'MaxCount',
    'ClientToken',
    'LaunchTemplate',
    'ImageId',
    'InstanceType',
    'SubnetId',
    'Placement',
    'InstanceMarketOptions',
    'UserData',
    'TagSpecification',
    // Understood and without effect: every simulated instance asks for IMDSv2 anyway.
    'MetadataOptions',
  ],
  run(cloud, params) {
    const instances = cloud.runInstances(runInput(params));
    return reservationXml(instances[0]?.reservationId ?? '', instances);
  },
};

function runInput(params: QueryParams): RunInput {
  const template = templateRef(params.node('LaunchTemplate'));
  const named = template.id !== undefined || template.name !== undefined;
  return {
    ...optional('clientToken', params.text('ClientToken')),
    ...optional('template', named ? template : undefined),
    ...optional('imageId', params.text('ImageId')),
    ...optional('instanceType', params.text('InstanceType')),
    ...optional('subnetId', params.text('SubnetId')),
    ...optional('zone', params.node('Placement').text('AvailabilityZone')),
    ...optional('userData', params.text('UserData')),
    minCount: Number(params.required('MinCount')),
    maxCount: Number(params.required('MaxCount')),
    capacityType: params.node('InstanceMarketOptions').text('MarketType') === 'spot' ? 'spot' : 'on-demand',
    tags: tagsFor('instance', params),
  };
}
