/** An offering: a type in a zone as spot or on demand. EC2 has it or not; what it refused is remembered for a while. */

export type Capacity = 'spot' | 'on-demand';

export interface Offering {
  readonly instanceType: string;
  readonly zone: string;
  readonly capacity: Capacity;
}

/** What a refusal is about; what is absent is meant as a whole. */
export type OfferingScope = Partial<Offering>;

/** Why EC2 refused: each is about something else, and passes after another time. */
export type RefusalKind = 'no-capacity' | 'quota' | 'no-addresses' | 'not-offered' | 'not-allowed';

export interface Refusal {
  readonly kind: RefusalKind;
  readonly scope: OfferingScope;
}

/** A refusal as remembered by all replicas. */
export interface OfferingMark extends Refusal {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly until: number;
  /** Refusals in a row, each within `forgetAfter` of the end of the one before. */
  readonly failures: number;
  /** The attempt that was refused: the same one refused twice is one refusal. */
  readonly by: string;
}

export function isAbout({ scope }: Refusal, offering: Offering): boolean {
  const { instanceType, zone, capacity } = scope;
  return (
    (instanceType === undefined || instanceType === offering.instanceType) &&
    (zone === undefined || zone === offering.zone) &&
    (capacity === undefined || capacity === offering.capacity)
  );
}

/** The same for every refusal of one thing: under this name it is stored. */
export function nameOfScope({ capacity, instanceType, zone }: OfferingScope): string {
  return [capacity, instanceType, zone].map((it) => it ?? '*').join('/');
}
