import { LABELS, TAGS } from '../webhook/model/names';
import type { InstanceType, SimInstance } from './ec2/ec2-types';
import type { MachineShape } from './exporters/node-meter';

/** Part of the nominal memory that Linux reports as MemTotal; firmware and kernel keep the rest. */
const VISIBLE_MEMORY = 0.95;
const PODS_PER_NODE = 110;
const KIB = 1024;

/** What the operating system of such an instance sees. */
export function machineShape(type: Pick<InstanceType, 'vcpu' | 'memoryMib'>): MachineShape {
  return { cores: type.vcpu, memory: Math.floor(type.memoryMib * KIB * VISIBLE_MEMORY) * KIB };
}

/** What its node offers, as Kubernetes quantities. K3s reserves nothing by default: allocatable is capacity. */
export function machineResources(type: Pick<InstanceType, 'vcpu' | 'memoryMib'>): Record<string, string> {
  const { cores, memory } = machineShape(type);
  return { cpu: String(cores), memory: `${memory / KIB}Ki`, pods: String(PODS_PER_NODE) };
}

/** Labels that the bootstrap script gives the node beside those of its machine: the pool comes from the instance's tags. */
export function bootstrapLabels({ tags, lifecycle }: Pick<SimInstance, 'tags' | 'lifecycle'>): Record<string, string> {
  const pool = tags[TAGS.pool];
  const permanent = tags[TAGS.permanent];
  return {
    'smartscale/capacity-type': lifecycle,
    ...(pool === undefined ? {} : { [LABELS.pool]: pool }),
    ...(permanent === undefined ? {} : { [LABELS.permanent]: permanent }),
  };
}
