import type { InstanceType, Subnet } from './ec2-types';

/** What a type costs as spot in a zone from a moment on. */
export interface SpotEntry {
  readonly type: string;
  readonly zone: string;
  /** USD an hour. */
  readonly price: number;
  /** Epoch milliseconds. */
  readonly since: number;
}

/** Spot prices, which move: what fleets are given by and what the price history tells are the same numbers. */
export class SpotMarket {
  private readonly entries: SpotEntry[];

  constructor(types: readonly InstanceType[], subnets: readonly Subnet[]) {
    const zones = [...new Set(subnets.map(({ zone }) => zone))];
    this.entries = types.flatMap(({ name, price }) =>
      zones.map((zone) => ({ type: name, zone, price: price.spot, since: 0 })),
    );
  }

  /** Every price that there ever was, oldest first. */
  get history(): readonly SpotEntry[] {
    return this.entries;
  }

  price(type: string, zone: string): number | undefined {
    return this.entries.findLast((entry) => entry.type === type && entry.zone === zone)?.price;
  }

  set(entry: SpotEntry): void {
    this.entries.push(entry);
  }

  /** What held at `from` and what came after it, up to `to`. */
  between(from: number, to: number): readonly SpotEntry[] {
    const known = this.entries.filter(({ since }) => since <= to);
    return known.filter(
      (entry, index) => !known.slice(index + 1).some((later) => isSame(later, entry) && later.since <= from),
    );
  }
}

function isSame(a: SpotEntry, b: SpotEntry): boolean {
  return a.type === b.type && a.zone === b.zone;
}
