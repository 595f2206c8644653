import type { Action } from '../action';
import { stateXml } from '../instance-xml';

export const terminateInstances: Action = {
  parameters: ['InstanceId'],
  run(cloud, params) {
    const changes = cloud.terminateInstances(params.texts('InstanceId'));
    return {
      instancesSet: changes.map(({ id, current, previous }) => ({
        instanceId: id,
        currentState: stateXml(current),
        previousState: stateXml(previous),
      })),
    };
  },
};
