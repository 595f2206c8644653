import type { Finding } from './findings';
import type { Unvouched } from './unvouched';

/** What one sweep found and did. */
export interface SweepReport {
  readonly at: number;
  readonly removed: readonly Finding[];
  /** Confirmed, but left for a person: instances that once joined, pools in dry run. */
  readonly reported: readonly Finding[];
  /** Pools in which the sweep touched nothing because it would have touched too much. */
  readonly refused: readonly { readonly pool: string; readonly removals: number; readonly size: number }[];
  /** Null while EC2 is believed, or nothing depends on it. */
  readonly unvouched: Unvouched | null;
}
