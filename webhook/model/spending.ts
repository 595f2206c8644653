/** What a decision knows of money, US dollars. */
export interface Spending {
  /** An hour, of the instances whose price is known. */
  readonly perHour: number;
  /** Running instances whose price is unknown. */
  readonly unpriced: number;
  /** An hour of the cheapest that the pool may launch, null when nobody knows, and how to say it. */
  readonly nextNode: number | null;
  readonly cheapest: string;
  /** An hour of the cheapest on demand, which a spot pool launches for want of spot; null when nobody knows. */
  readonly nextOnDemand: number | null;
  /** Spent in this month; null while it is not counted. */
  readonly month: number | null;
}

/** Dollars that a pool may cost. */
export interface Budget {
  readonly perHour?: number;
  /** Of each month, UTC. */
  readonly perMonth?: number;
}
