/** What an error of a launch says about offerings, so that the next call leaves them out. Recipe: error table. */
import type { FleetRequest } from '../../model/launch';
import type { OfferingScope, Refusal, RefusalKind } from '../../model/offering';
import { classOfError } from './error-table';

/** Names that mean something else than the class they belong to. */
const SPECIAL: Readonly<Record<string, RefusalKind>> = {
  InsufficientFreeAddressesInSubnet: 'no-addresses',
  PrivateIpAddressLimitExceeded: 'no-addresses',
  NetworkInterfaceLimitExceeded: 'no-addresses',
  // One that is gone has none either: its zone must not be asked again and again, as the emptiest.
  'InvalidSubnetID.NotFound': 'no-addresses',
  Unsupported: 'not-offered',
  UnsupportedOperation: 'not-offered',
  InvalidInstanceType: 'not-offered',
  'AuthFailure.ServiceLinkedRoleCreationNotPermitted': 'not-allowed',
};

/** The offering of the request that an error names; what it does not name is meant as a whole. */
export interface Named {
  readonly instanceType?: string | undefined;
  readonly zone?: string | undefined;
  readonly subnetId?: string | undefined;
}

/** None for errors that say nothing about offerings: throttling, permissions, a wrong configuration. */
export function refusalsOf(error: string, named: Named, request: FleetRequest): readonly Refusal[] {
  const kind = kindOf(error);
  if (kind === undefined) return [];
  const { capacity, overrides } = request;
  if (kind === 'quota' || kind === 'not-allowed') return [{ kind, scope: { capacity } }];
  const zone = named.zone ?? overrides.find(({ subnetId }) => subnetId === named.subnetId)?.zone;
  const meant = overrides.filter(
    (it) =>
      (named.instanceType === undefined || it.instanceType === named.instanceType) &&
      (zone === undefined || it.zone === zone),
  );
  return meant.map((it) => ({ kind, scope: scopeOf(kind, it, capacity) }));
}

/** Of all offerings of the request, because EC2 names none. */
export function noCapacityFor({ capacity, overrides }: FleetRequest): readonly Refusal[] {
  return overrides.map((it) => ({ kind: 'no-capacity', scope: scopeOf('no-capacity', it, capacity) }));
}

function kindOf(error: string): RefusalKind | undefined {
  if (SPECIAL[error]) return SPECIAL[error];
  const code = classOfError(error);
  if (code === 'ec2-no-capacity') return 'no-capacity';
  return code === 'ec2-quota' ? 'quota' : undefined;
}

function scopeOf(
  kind: RefusalKind,
  { instanceType, zone }: FleetRequest['overrides'][number],
  capacity: FleetRequest['capacity'],
): OfferingScope {
  if (kind === 'no-addresses') return { zone };
  return kind === 'not-offered' ? { instanceType, zone } : { instanceType, zone, capacity };
}
