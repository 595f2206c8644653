import type { CapacityType } from './ec2-types';

/** What EC2 has more or less of: a type in a zone, as spot or on demand. */
export interface Offering {
  readonly capacityType: CapacityType;
  readonly type: string;
  readonly zone: string;
}

export interface Shortage {
  readonly code: string;
  readonly message: string;
}

export const MESSAGES: Readonly<Record<CapacityType, string>> = {
  spot: 'There is no Spot capacity available that matches your request.',
  'on-demand':
    'We currently do not have sufficient capacity in the Availability Zone you requested. Our system will be working on provisioning additional capacity.',
};

/** Free instances per offering. What was never set is without limit; what is launched is taken, what ends comes back. */
export class Capacity {
  private readonly limits = new Map<string, { free: number; code: string }>();

  /** From now on `free` more instances of the offering can be had; then requests get `code`. */
  set(offering: Offering, free: number, code = 'InsufficientInstanceCapacity'): void {
    this.limits.set(keyOf(offering), { free, code });
  }

  free(offering: Offering): number {
    return this.limits.get(keyOf(offering))?.free ?? Infinity;
  }

  take(offering: Offering): void {
    this.add(offering, -1);
  }

  giveBack(offering: Offering): void {
    this.add(offering, 1);
  }

  shortage(offering: Offering): Shortage {
    const code = this.limits.get(keyOf(offering))?.code ?? 'InsufficientInstanceCapacity';
    return { code, message: MESSAGES[offering.capacityType] };
  }

  private add(offering: Offering, count: number): void {
    const limit = this.limits.get(keyOf(offering));
    if (limit) limit.free = Math.max(0, limit.free + count);
  }
}

function keyOf({ capacityType, type, zone }: Offering): string {
  return `${capacityType}/${type}/${zone}`;
}
