import type { FleetRequest } from '../../../webhook/ports';

/** Two types in one zone, one of them in another too. */
export const spotRequest: FleetRequest = {
  template: { id: 'lt-1', version: '1' },
  overrides: [
    { instanceType: 't3.large', subnetId: 'subnet-a', zone: 'zone-a' },
    { instanceType: 'm6i.large', subnetId: 'subnet-a', zone: 'zone-a' },
    { instanceType: 't3.large', subnetId: 'subnet-b', zone: 'zone-b' },
  ],
  count: 2,
  capacity: 'spot',
  tags: {},
};
