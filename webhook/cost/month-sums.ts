/** What a month says to people: cost so far, and what was saved. Null is unknown. */
import type { MonthCost } from '../model/month-cost';
import type { CostNow } from './cost-now';
import { endOf } from './months';

const HOUR = 3_600_000;

/** What has been spent at this moment: what is counted, and since then what runs now. */
export function spentBy(month: MonthCost, now: CostNow | null, at: number): number {
  const since = Math.max(0, Math.min(at, endOf(month.month)) - month.through) / HOUR;
  return month.spent + since * (now?.dollarsPerHour ?? 0);
}

/** What the whole month will have cost if everything stays as it is. */
export function forecastOf(month: MonthCost, now: CostNow, at: number): number {
  return spentBy(month, now, at) + (Math.max(0, endOf(month.month) - at) / HOUR) * now.dollarsPerHour;
}

export interface Savings {
  /** Against the same instance-hours all on demand; null when no hour has both prices. */
  readonly againstOnDemand: number | null;
  /** Against a fleet that never scales; null while a price is unknown on either side. */
  readonly againstStaticFleet: number | null;
}

export function savingsOf(month: MonthCost): Savings {
  const { comparable, onDemand, spent, staticFleet, unpricedHours, staticUnknownMs } = month;
  return {
    againstOnDemand: onDemand > 0 ? onDemand - comparable : null,
    againstStaticFleet: unpricedHours === 0 && staticUnknownMs === 0 ? staticFleet - spent : null,
  };
}
