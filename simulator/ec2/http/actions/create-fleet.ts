import type { FleetFailure, FleetLaunch } from '../../fleet';
import type { FleetInput, FleetOverride, FleetPool } from '../../fleet-input';
import { type Action, optional, tagsFor } from '../action';
import type { QueryParams } from '../query-params';
import type { XmlValue } from '../xml';
import { templateRef } from './template-ref';

export const createFleet: Action = {
  parameters: [
    'LaunchTemplateConfigs',
    'TargetCapacitySpecification',
    'ClientToken',
    'SpotOptions',
    'OnDemandOptions',
    'Type',
    'TagSpecification',
  ],
  run(cloud, params) {
    const { fleetId, launched, errors } = cloud.createFleet(fleetInput(params));
    return {
      fleetId,
      ...(errors.length > 0 && { errorSet: errors.map(errorXml) }),
      fleetInstanceSet: launched.map(launchXml),
    };
  },
};

function fleetInput(params: QueryParams): FleetInput {
  const target = params.node('TargetCapacitySpecification');
  return {
    ...optional('clientToken', params.text('ClientToken')),
    type: params.text('Type') ?? 'maintain',
    configs: params.list('LaunchTemplateConfigs').map((config) => ({
      template: templateRef(config.node('LaunchTemplateSpecification')),
      overrides: config.list('Overrides').map(fleetOverride),
    })),
    total: Number(target.required('TotalTargetCapacity')),
    defaultCapacityType: target.text('DefaultTargetCapacityType') ?? 'on-demand',
    fixed: {
      ...optional('spot', target.number('SpotTargetCapacity')),
      ...optional('on-demand', target.number('OnDemandTargetCapacity')),
    },
    strategies: {
      ...optional('spot', params.node('SpotOptions').text('AllocationStrategy')),
      ...optional('on-demand', params.node('OnDemandOptions').text('AllocationStrategy')),
    },
    tags: { instance: tagsFor('instance', params), fleet: tagsFor('fleet', params) },
  };
}

function fleetOverride(params: QueryParams): FleetOverride {
  return {
    ...optional('instanceType', params.text('InstanceType')),
    ...optional('subnetId', params.text('SubnetId')),
    ...optional('zone', params.text('AvailabilityZone')),
    ...optional('priority', params.number('Priority')),
  };
}

function launchXml({ pool, place, instances }: FleetLaunch): XmlValue {
  return {
    launchTemplateAndOverrides: poolXml(pool),
    lifecycle: place.capacityType,
    instanceIds: instances.map(({ id }) => id),
    instanceType: place.type.name,
    availabilityZone: place.subnet.zone,
    availabilityZoneId: place.subnet.zoneId,
    subnetId: place.subnet.id,
  };
}

function errorXml({ pool, capacityType, error }: FleetFailure): XmlValue {
  return {
    launchTemplateAndOverrides: poolXml(pool),
    lifecycle: capacityType,
    errorCode: error.code,
    errorMessage: error.message,
  };
}

function poolXml({ template, version, override }: FleetPool): XmlValue {
  return {
    launchTemplateSpecification: { launchTemplateId: template.id, version: String(version.number) },
    overrides: {
      instanceType: override.instanceType,
      subnetId: override.subnetId,
      availabilityZone: override.zone,
      priority: override.priority,
    },
  };
}
