import type { InstanceState, SimInstance } from '../ec2-types';
import { tagSet } from './action';
import type { XmlValue } from './xml';

const OWNER = '123456789012';
const CODES: Readonly<Record<InstanceState, number>> = { pending: 0, running: 16, 'shutting-down': 32, terminated: 48 };

export function stateXml(state: InstanceState): XmlValue {
  return { code: CODES[state], name: state };
}

/** Instances of one page, gathered under their reservations. */
export function reservationSet(instances: readonly SimInstance[]): readonly XmlValue[] {
  const byReservation = new Map<string, SimInstance[]>();
  for (const instance of instances) {
    const members = byReservation.get(instance.reservationId);
    if (members) members.push(instance);
    else byReservation.set(instance.reservationId, [instance]);
  }
  return [...byReservation].map(([id, members]) => reservationXml(id, members));
}

export function reservationXml(reservationId: string, instances: readonly SimInstance[]): { [name: string]: XmlValue } {
  return { reservationId, ownerId: OWNER, groupSet: [], instancesSet: instances.map(instanceXml) };
}

/** Addresses and disks are gone when the instance is. */
function instanceXml(instance: SimInstance): XmlValue {
  const gone = instance.state === 'terminated';
  const name = `ip-${instance.privateIp.replaceAll('.', '-')}`;
  return {
    instanceId: instance.id,
    imageId: instance.imageId,
    instanceState: stateXml(instance.state),
    privateDnsName: gone ? '' : `${name}.${instance.zone.slice(0, -1)}.compute.internal`,
    reason: transitionReason(instance),
    stateReason: stateReason(instance),
    amiLaunchIndex: instance.launchIndex,
    productCodes: [],
    instanceType: instance.type,
    launchTime: new Date(instance.launchedAt),
    placement: { availabilityZone: instance.zone, groupName: '', tenancy: 'default' },
    monitoring: { state: 'disabled' },
    ...(!gone && {
      subnetId: instance.subnetId,
      vpcId: instance.vpcId,
      privateIpAddress: instance.privateIp,
    }),
    sourceDestCheck: true,
    groupSet: [],
    architecture: instance.arch,
    rootDeviceType: 'ebs',
    rootDeviceName: '/dev/sda1',
    blockDeviceMapping: gone ? [] : [diskXml(instance)],
    virtualizationType: 'hvm',
    hypervisor: 'xen',
    ebsOptimized: false,
    clientToken: instance.clientToken ?? '',
    instanceLifecycle: instance.lifecycle === 'spot' ? 'spot' : undefined,
    spotInstanceRequestId: instance.spotRequestId,
    tagSet: tagSet(instance.tags),
    metadataOptions: {
      state: 'applied',
      httpTokens: 'required',
      httpPutResponseHopLimit: 1,
      httpEndpoint: 'enabled',
      httpProtocolIpv6: 'disabled',
      instanceMetadataTags: 'disabled',
    },
  };
}

/** EC2 gives pending ones a reason too. */
function stateReason({ state, stateReason: reason }: SimInstance): XmlValue {
  if (state === 'pending') return { code: 'pending', message: 'pending' };
  return reason ? { ...reason } : undefined;
}

function transitionReason({ stateReason, since, endedAt = since }: SimInstance): string {
  if (!stateReason) return '';
  const time = new Date(endedAt).toISOString().slice(0, 19).replace('T', ' ');
  return stateReason.code.startsWith('Client.User') ? `User initiated (${time} GMT)` : stateReason.message;
}

function diskXml({ id, launchedAt }: SimInstance): XmlValue {
  const ebs = { volumeId: id.replace('i-', 'vol-'), status: 'attached', deleteOnTermination: true };
  return { deviceName: '/dev/sda1', ebs: { ...ebs, attachTime: new Date(launchedAt) } };
}
