import { AddressPool } from './address-pool';
import { Capacity, type Offering, type Shortage } from './capacity';
import type { Catalogue } from './catalogue';
import type {
  CapacityType,
  InstanceType,
  LaunchTemplate,
  SimInstance,
  Subnet,
  Tags,
  TemplateVersion,
} from './ec2-types';
import type { InstanceTable } from './instance-table';
import { SpotMarket } from './spot-market';
import { type Random, randomHex } from '../random';

/** Where and as what instances are launched: EC2 calls it an instance pool. */
export interface Place {
  readonly capacityType: CapacityType;
  readonly type: InstanceType;
  readonly subnet: Subnet;
}

/** What every instance of one launch shares. */
export interface LaunchSpec {
  readonly imageId: string;
  readonly tags: Tags;
  readonly userData?: string;
  readonly clientToken?: string;
}

const QUOTA: Readonly<Record<CapacityType, Shortage>> = {
  spot: { code: 'MaxSpotInstanceCountExceeded', message: 'Max spot instance count exceeded' },
  'on-demand': {
    code: 'VcpuLimitExceeded',
    message:
      'You have requested more vCPU capacity than your current vCPU limit allows for the instance bucket that the specified instance type belongs to.',
  },
};

/** Turns granted requests into instances and keeps count of what they use: capacity, addresses, vCPU quota. */
export class Launcher {
  readonly capacity = new Capacity();
  readonly spotMarket: SpotMarket;
  private readonly quotas: Record<CapacityType, number> = { spot: Infinity, 'on-demand': Infinity };
  private readonly addresses: ReadonlyMap<string, AddressPool>;
  private launches = 0;

  constructor(
    private readonly table: InstanceTable,
    private readonly catalogue: Catalogue,
    private readonly random: Random,
  ) {
    this.spotMarket = new SpotMarket(catalogue.instanceTypes, catalogue.subnets);
    this.addresses = new Map(catalogue.subnets.map(({ id, cidr }) => [id, new AddressPool(cidr)]));
    table.onChange(({ instance }) => {
      if (instance.state === 'terminated') this.giveBack(instance);
    });
  }

  /** vCPUs that the account may have of a capacity type. */
  setQuota(capacityType: CapacityType, vcpus: number): void {
    this.quotas[capacityType] = vcpus;
  }

  quota(capacityType: CapacityType): number {
    return this.quotas[capacityType];
  }

  freeAddresses(subnetId: string): number {
    return this.addresses.get(subnetId)?.free ?? 0;
  }

  /** USD an hour. */
  price({ capacityType, type, subnet }: Place): number {
    if (capacityType === 'on-demand') return type.price['on-demand'];
    return this.spotMarket.price(type.name, subnet.zone) ?? type.price.spot;
  }

  /** How many instances the place can give now, and what stands in the way of more. */
  available(place: Place): { readonly count: number; readonly shortage: Shortage } {
    const limits: readonly (readonly [number, Shortage])[] = [
      [this.quotaLeft(place), QUOTA[place.capacityType]],
      [this.capacity.free(offeringOf(place)), this.capacity.shortage(offeringOf(place))],
      [this.freeAddresses(place.subnet.id), addressShortage(place.subnet)],
    ];
    return limits
      .map(([count, shortage]) => ({ count, shortage }))
      .reduce((tightest, limit) => (limit.count < tightest.count ? limit : tightest));
  }

  /** `count` instances of one reservation; the caller has asked `available` before. */
  launch(place: Place, spec: LaunchSpec, count: number, now: number): readonly SimInstance[] {
    const reservationId = this.id('r');
    const instances = Array.from({ length: count }, (_, index) =>
      this.instance(place, spec, { reservationId, index, now }),
    );
    for (const instance of instances) this.table.add(instance);
    return instances;
  }

  /** A new id as EC2 writes them: the prefix and 17 hexadecimal digits. */
  id(prefix: string): string {
    return `${prefix}-0${randomHex(this.random, 16)}`;
  }

  private instance(
    { capacityType, type, subnet }: Place,
    spec: LaunchSpec,
    { reservationId, index, now }: { reservationId: string; index: number; now: number },
  ): SimInstance {
    this.capacity.take({ capacityType, type: type.name, zone: subnet.zone });
    this.launches += 1;
    return {
      ...spec,
      id: this.id('i'),
      sequence: this.launches,
      reservationId,
      launchIndex: index,
      type: type.name,
      arch: type.arch,
      subnetId: subnet.id,
      vpcId: subnet.vpcId,
      zone: subnet.zone,
      privateIp: this.addresses.get(subnet.id)?.take() ?? '',
      lifecycle: capacityType,
      ...(capacityType === 'spot' && { spotRequestId: `sir-${randomHex(this.random, 8)}` }),
      launchedAt: now,
      terminationProtected: false,
      state: 'pending',
      since: now,
      stateReason: null,
    };
  }

  private quotaLeft({ capacityType, type }: Place): number {
    const used = this.table
      .all()
      .filter((instance) => instance.lifecycle === capacityType && instance.state !== 'terminated')
      .reduce((sum, instance) => sum + this.catalogue.instanceType(instance.type).vcpu, 0);
    return Math.max(0, Math.floor((this.quotas[capacityType] - used) / type.vcpu));
  }

  private giveBack(instance: SimInstance): void {
    this.capacity.giveBack({ capacityType: instance.lifecycle, type: instance.type, zone: instance.zone });
    this.addresses.get(instance.subnetId)?.release(instance.privateIp);
  }
}

/** EC2 puts tags of its own, which nobody else may write, on what is launched from a template. */
export function templateTags(template: LaunchTemplate, version: TemplateVersion): Tags {
  return { 'aws:ec2launchtemplate:id': template.id, 'aws:ec2launchtemplate:version': String(version.number) };
}

export function notOffered({ name }: InstanceType, { zone }: Subnet): Shortage {
  return {
    code: 'Unsupported',
    message: `Your requested instance type (${name}) is not supported in your requested Availability Zone (${zone}).`,
  };
}

function offeringOf({ capacityType, type, subnet }: Place): Offering {
  return { capacityType, type: type.name, zone: subnet.zone };
}

function addressShortage({ id }: Subnet): Shortage {
  return {
    code: 'InsufficientFreeAddressesInSubnet',
    message: `There are not enough free addresses in subnet '${id}' to satisfy the requested number of instances.`,
  };
}
