import { refusalsOf } from '../../../webhook/adapters/ec2/refusal';
import { spotRequest as request } from './spot-request';

const named = { instanceType: 't3.large', zone: 'zone-a' };

it.each([
  ['InsufficientInstanceCapacity', 'no-capacity', { instanceType: 't3.large', zone: 'zone-a', capacity: 'spot' }],
  ['SpotMaxPriceTooLow', 'no-capacity', { instanceType: 't3.large', zone: 'zone-a', capacity: 'spot' }],
  ['InsufficientFreeAddressesInSubnet', 'no-addresses', { zone: 'zone-a' }],
  ['InvalidSubnetID.NotFound', 'no-addresses', { zone: 'zone-a' }],
  ['Unsupported', 'not-offered', { instanceType: 't3.large', zone: 'zone-a' }],
  ['VcpuLimitExceeded', 'quota', { capacity: 'spot' }],
  ['MaxSpotInstanceCountExceeded', 'quota', { capacity: 'spot' }],
  ['AuthFailure.ServiceLinkedRoleCreationNotPermitted', 'not-allowed', { capacity: 'spot' }],
])('%s of one override is %s of %p', (error, kind, scope) => {
  expect(refusalsOf(error, named, request)).toEqual([{ kind, scope }]);
});

it.each(['RequestLimitExceeded', 'UnauthorizedOperation', 'InvalidLaunchTemplateId.NotFound', 'InternalError', 'New'])(
  '%s says nothing about offerings',
  (error) => {
    expect(refusalsOf(error, named, request)).toEqual([]);
  },
);

it('is about everything that was asked for when it names nothing', () => {
  const scopes = refusalsOf('UnfulfillableCapacity', {}, request).map(
    ({ scope }) => `${scope.instanceType} ${scope.zone}`,
  );
  expect(scopes).toEqual(['t3.large zone-a', 'm6i.large zone-a', 't3.large zone-b']);
});

it('knows the zone by the subnet', () => {
  const [refusal] = refusalsOf(
    'InsufficientInstanceCapacity',
    { instanceType: 't3.large', subnetId: 'subnet-b' },
    request,
  );
  expect(refusal?.scope.zone).toBe('zone-b');
});
