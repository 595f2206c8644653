import type { SimInstance } from '../../ec2-types';
import { type Fields, filtered } from '../../filter';
import { type Action, filtersOf } from '../action';
import type { XmlValue } from '../xml';

/** Of an interruption: EC2 says when it marked the instance, and takes it two minutes later. Milliseconds. */
const WARNING = 120_000;

const FIELDS: Fields<SimInstance> = {
  'instance-id': ({ id }) => id,
  'spot-instance-request-id': ({ spotRequestId }) => spotRequestId,
};

export const describeSpotInstanceRequests: Action = {
  parameters: ['Filter'],
  run(cloud, params) {
    const spot = cloud.instances.filter(({ spotRequestId }) => spotRequestId !== undefined);
    return { spotInstanceRequestSet: filtered(spot, filtersOf(params), FIELDS).map(requestXml) };
  },
};

function requestXml(instance: SimInstance): XmlValue {
  const { id, spotRequestId, launchedAt, state } = instance;
  const alive = state === 'pending' || state === 'running';
  return {
    spotInstanceRequestId: spotRequestId,
    instanceId: id,
    createTime: new Date(launchedAt),
    productDescription: 'Linux/UNIX',
    launchSpecification: { imageId: instance.imageId, instanceType: instance.type, subnetId: instance.subnetId },
    state: alive ? 'active' : 'closed',
    status: statusXml(instance),
    tagSet: [],
    type: 'one-time',
    instanceInterruptionBehavior: 'terminate',
  };
}

function statusXml({ notice, launchedAt, state, since }: SimInstance): XmlValue {
  if (state === 'shutting-down' || state === 'terminated') {
    return { code: 'instance-terminated-by-user', message: '', updateTime: new Date(since) };
  }
  if (notice?.kind === 'interruption') {
    return { code: 'marked-for-termination', message: '', updateTime: new Date(notice.at - WARNING) };
  }
  return { code: 'fulfilled', message: '', updateTime: new Date(launchedAt) };
}
