import type { SimInstance } from '../../ec2-types';
import type { Action } from '../action';
import { stateXml } from '../instance-xml';
import type { XmlValue } from '../xml';

/** Ids are looked up as DescribeInstances does: one that is unknown spoils the call. */
export const describeInstanceStatus: Action = {
  parameters: ['InstanceId', 'IncludeAllInstances'],
  run(cloud, params) {
    const all = params.flag('IncludeAllInstances');
    const { items } = cloud.describeInstances({ ids: params.texts('InstanceId') });
    return { instanceStatusSet: items.filter(({ state }) => all || state === 'running').map(statusXml) };
  },
};

function statusXml(instance: SimInstance): XmlValue {
  const passed = { status: 'ok', details: [{ name: 'reachability', status: 'passed' }] };
  return {
    availabilityZone: instance.zone,
    instanceId: instance.id,
    instanceState: stateXml(instance.state),
    instanceStatus: passed,
    systemStatus: passed,
    ...(instance.state === 'running' &&
      instance.notice?.kind === 'maintenance' && { eventsSet: [eventXml(instance.id, instance.notice.at)] }),
  };
}

function eventXml(id: string, at: number): XmlValue {
  return {
    instanceEventId: id.replace('i-', 'instance-event-'),
    code: 'instance-retirement',
    description: 'The instance is running on degraded hardware',
    notBefore: new Date(at),
  };
}
