import type { SimInstance } from './ec2-types';
import type { Fields } from './filter';

/** The filters of DescribeInstances that the simulator knows, besides tags. */
export const INSTANCE_FIELDS: Fields<SimInstance> = {
  'instance-id': ({ id }) => id,
  'instance-state-name': ({ state }) => state,
  'instance-type': ({ type }) => type,
  'instance-lifecycle': ({ lifecycle }) => (lifecycle === 'spot' ? 'spot' : undefined),
  'availability-zone': ({ zone }) => zone,
  'subnet-id': ({ subnetId }) => subnetId,
  'vpc-id': ({ vpcId }) => vpcId,
  'private-ip-address': ({ privateIp }) => privateIp,
  'image-id': ({ imageId }) => imageId,
  'reservation-id': ({ reservationId }) => reservationId,
  'client-token': ({ clientToken }) => clientToken,
};
