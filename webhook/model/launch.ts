/** What is asked of EC2, as data. */

/** A CreateFleet (type instant) request, stored before it is sent and sent unchanged ever after. */
export interface FleetRequest {
  readonly template: { readonly id: string; readonly version: string };
  readonly overrides: readonly { readonly instanceType: string; readonly subnetId: string; readonly zone: string }[];
  readonly count: number;
  readonly capacity: 'spot' | 'on-demand';
  /** Written on instances and volumes at launch. */
  readonly tags: Readonly<Record<string, string>>;
}
