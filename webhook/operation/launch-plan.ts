/** The request of an attempt: worked out once, stored, never changed. Recipe: CreateFleet of type instant. */
import { TAGS } from '../model/names';
import type { FleetRequest } from '../model/launch';
import type { ScaleUp } from '../model/operation';
import type { PoolKey, PoolPolicy } from '../model/pool';

export function launchPlan(operation: ScaleUp, number: number, key: PoolKey, policy: PoolPolicy): FleetRequest {
  const { template, subnets, instanceTypes, capacity } = policy.launch;
  return {
    template,
    overrides: instanceTypes.flatMap((instanceType) =>
      subnets.map((subnet) => ({ instanceType, subnetId: subnet.id, zone: subnet.zone })),
    ),
    count: operation.planned,
    capacity,
    tags: {
      Name: `${key.cluster}-${key.pool}`,
      [TAGS.cluster]: key.cluster,
      [TAGS.pool]: key.pool,
      [TAGS.operation]: operation.id,
      [TAGS.attempt]: `${operation.id}.${number}`,
      ...(operation.replaces === undefined ? {} : { [TAGS.replaces]: operation.replaces.instanceId }),
    },
  };
}
