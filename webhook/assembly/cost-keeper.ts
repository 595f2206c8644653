import { counted, newMonth, type MeterReading } from '../cost/meter';
import { endOf, monthBefore, monthOf } from '../cost/months';
import type { MonthCost } from '../model/month-cost';
import type { PoolKey } from '../model/pool';
import type { StorePort } from '../ports';

/**
 * Keeps the cost of the month in the store. Only what was counted before `through` is in it and each write is conditional,
 * so a write that is repeated, or two that write at once, count nothing twice; a gap is made up by the next one.
 */
export class CostKeeper {
  constructor(private readonly store: Pick<StorePort, 'readCost' | 'putCost'>) {}

  /** Counts up to `until`. Answers with the month as it now stands in the store. Rejects with SmartScaleError of the store. */
  async count(key: PoolKey, until: number, reading: MeterReading): Promise<MonthCost> {
    const month = monthOf(until);
    const stored = await this.store.readCost(key, month);
    return this.write(key, stored ?? (await this.begin(key, month, until, reading)), until, reading);
  }

  /** The month before is counted to its end first; without one the pool begins with the first of its instances. */
  private async begin(key: PoolKey, month: string, until: number, reading: MeterReading): Promise<MonthCost> {
    const before = await this.store.readCost(key, monthBefore(month));
    if (before) {
      await this.write(key, before, until, reading);
      return newMonth(month, endOf(before.month));
    }
    return newMonth(month, Math.min(until, ...reading.lives.map(({ launchedAt }) => launchedAt)));
  }

  private async write(key: PoolKey, month: MonthCost, until: number, reading: MeterReading): Promise<MonthCost> {
    const next = counted(month, until, reading);
    if (next.revision === month.revision || (await this.store.putCost(key, next)) === 'written') return next;
    return (await this.store.readCost(key, month.month)) ?? month;
  }
}
