import type { InstanceType } from '../../ec2-types';
import { type Fields, filtered } from '../../filter';
import { type Action, filtersOf } from '../action';
import type { XmlValue } from '../xml';

const FIELDS: Fields<InstanceType> = { 'instance-type': ({ name }) => name };

export const describeInstanceTypes: Action = {
  parameters: ['InstanceType', 'Filter'],
  run({ catalogue }, params) {
    const names = params.texts('InstanceType');
    const types = names.length > 0 ? names.map((name) => catalogue.instanceType(name)) : catalogue.instanceTypes;
    return { instanceTypeSet: filtered(types, filtersOf(params), FIELDS).map(typeXml) };
  },
};

function typeXml({ name, vcpu, memoryMib, arch, capacityTypes = ['on-demand', 'spot'] }: InstanceType): XmlValue {
  return {
    instanceType: name,
    currentGeneration: true,
    freeTierEligible: false,
    supportedUsageClasses: capacityTypes,
    supportedRootDeviceTypes: ['ebs'],
    supportedVirtualizationTypes: ['hvm'],
    bareMetal: false,
    hypervisor: 'nitro',
    processorInfo: { supportedArchitectures: [arch] },
    vCpuInfo: { defaultVCpus: vcpu },
    memoryInfo: { sizeInMiB: memoryMib },
    instanceStorageSupported: false,
    burstablePerformanceSupported: name.startsWith('t'),
  };
}
