/** What is asked of EC2, as data. */

import type { Capacity } from './offering';

/** A CreateFleet (type instant) request, stored before it is sent and sent unchanged ever after. */
export interface FleetRequest {
  readonly template: { readonly id: string; readonly version: string };
  readonly overrides: readonly { readonly instanceType: string; readonly subnetId: string; readonly zone: string }[];
  readonly count: number;
  readonly capacity: Capacity;
  /** For a pool of one type in one zone: RunInstances names its errors more clearly. Absent = CreateFleet. */
  readonly call?: 'RunInstances';
  /** Written on instances and volumes at launch. */
  readonly tags: Readonly<Record<string, string>>;
}
