/** What a pool has cost in one month (UTC, as EC2 bills), kept by whoever holds the lease. Dollars; epoch milliseconds. */
export interface MonthCost {
  /** YYYY-MM */
  readonly month: string;
  /** Rises by one with every write; 0 = not written yet. */
  readonly revision: number;
  /** Begin of what is counted: that of the month, or of the pool. */
  readonly from: number;
  /** Counted up to here, each moment once. */
  readonly through: number;
  readonly instanceHours: number;
  /** Of those the ones whose price nobody knew: they are in no sum. */
  readonly unpricedHours: number;
  readonly spent: number;
  /** The part of `spent` whose on-demand price is known, and what that would have cost. */
  readonly comparable: number;
  readonly onDemand: number;
  /** What a fleet that never scales would have cost, and for how long nobody knew its price. */
  readonly staticFleet: number;
  readonly staticUnknownMs: number;
  /** Time in which nobody looked and of which EC2 tells no more what ended in it: the sums may lack something. */
  readonly unseenMs: number;
}
