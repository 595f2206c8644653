/** What one request costs the pool that serves it. Pure. */
import type { CostNow } from './cost-now';

/** Requests a second, or why nobody can tell. */
export type RequestRate =
  | { readonly known: true; readonly perSecond: number; readonly at: number }
  | { readonly known: false; readonly because: string };

export interface CostPerRequest {
  readonly rate: RequestRate;
  /** Dollars; null when it is unknown. */
  readonly dollars: number | null;
  /** Why it is unknown. */
  readonly because: string | null;
}

const SECONDS_AN_HOUR = 3600;

/** An amount that leaves instances out would be too low, so there is none. */
export function costPerRequest(now: CostNow | null, rate: RequestRate): CostPerRequest {
  const because = unknownBecause(now, rate);
  const dollars =
    now && rate.known && because === null ? now.dollarsPerHour / (rate.perSecond * SECONDS_AN_HOUR) : null;
  return { rate, dollars, because };
}

function unknownBecause(now: CostNow | null, rate: RequestRate): string | null {
  if (!rate.known) return rate.because;
  if (now === null) return 'EC2 or K3s cannot be read';
  return now.unpriced > 0 ? `nobody knows what ${now.unpriced} of the running instances cost` : null;
}
