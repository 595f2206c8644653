import type { InstanceType } from '../../ec2-types';
import type { Action } from '../action';
import type { XmlValue } from '../xml';

export const describeInstanceTypes: Action = {
  parameters: ['InstanceType'],
  run({ catalogue }, params) {
    const names = params.texts('InstanceType');
    const types = names.length > 0 ? names.map((name) => catalogue.instanceType(name)) : catalogue.instanceTypes;
    return { instanceTypeSet: types.map(typeXml) };
  },
};

function typeXml({ name, vcpu, memoryMib, arch }: InstanceType): XmlValue {
  return {
    instanceType: name,
    currentGeneration: true,
    freeTierEligible: false,
    supportedUsageClasses: ['on-demand', 'spot'],
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
