/** Instance-hours times price, month by month. Pure. */
import type { Instance } from '../model/observation';
import type { MonthCost } from '../model/month-cost';
import type { PriceBook } from '../model/price';
import { billedBetween, type Life } from './billed-time';
import { beginOf, endOf } from './months';
import { offeringPrice } from './offering-price';

export interface Metered extends Life {
  readonly instance: Pick<Instance, 'type' | 'zone' | 'lifecycle'>;
}

export interface MeterReading {
  /** Everything of the pool that EC2 lists, also what has ended. */
  readonly lives: readonly Metered[];
  /** When EC2 listed it. */
  readonly seenAt: number;
  readonly book: PriceBook;
  /** What savings are compared with: so many nodes at so much an hour, null when nobody knows. */
  readonly staticFleet: { readonly nodes: number; readonly dollarsPerHour: number | null };
}

/** How long EC2 lists what has ended: "approximately one hour". Protocol, not scaled. */
const LISTED = 3_600_000;
const HOUR = 3_600_000;

/** A month of which nothing is counted yet. */
export function newMonth(month: string, from: number): MonthCost {
  const nothing = { instanceHours: 0, unpricedHours: 0, spent: 0, comparable: 0, onDemand: 0, staticFleet: 0 };
  const begin = Math.max(from, beginOf(month));
  return { month, revision: 0, from: begin, through: begin, ...nothing, staticUnknownMs: 0, unseenMs: 0 };
}

/** The month with everything counted up to `until`, or to its own end if that is earlier; unchanged when that is done already. */
export function counted(month: MonthCost, until: number, reading: MeterReading): MonthCost {
  const to = Math.min(until, endOf(month.month));
  const from = month.through;
  if (to <= from) return month;
  const { nodes, dollarsPerHour } = reading.staticFleet;
  const hours = (to - from) / HOUR;
  const used = reading.lives.reduce(
    (sum, life) => withLife(sum, life, billedBetween(life, from, to) / HOUR, reading),
    month,
  );
  return {
    ...used,
    revision: month.revision + 1,
    through: to,
    staticFleet: month.staticFleet + nodes * hours * (dollarsPerHour ?? 0),
    staticUnknownMs: month.staticUnknownMs + (dollarsPerHour === null ? to - from : 0),
    unseenMs: month.unseenMs + Math.max(0, Math.min(to, reading.seenAt - LISTED) - from),
  };
}

function withLife(sum: MonthCost, { instance }: Metered, hours: number, { book }: MeterReading): MonthCost {
  const { type, zone, lifecycle } = instance;
  const price = offeringPrice(book, { instanceType: type, zone, capacity: lifecycle });
  const onDemand = offeringPrice(book, { instanceType: type, zone, capacity: 'on-demand' });
  const isComparable = price !== null && onDemand !== null;
  return {
    ...sum,
    instanceHours: sum.instanceHours + hours,
    unpricedHours: sum.unpricedHours + (price === null ? hours : 0),
    spent: sum.spent + hours * (price ?? 0),
    comparable: sum.comparable + (isComparable ? hours * price : 0),
    onDemand: sum.onDemand + (isComparable ? hours * onDemand : 0),
  };
}
