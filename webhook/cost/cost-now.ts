/** What a pool costs at this moment. Pure. */
import type { Instance } from '../model/observation';
import type { PriceBook } from '../model/price';
import { offeringPrice } from './offering-price';

export interface CostLine {
  readonly zone: string;
  readonly type: string;
  readonly lifecycle: Instance['lifecycle'];
  readonly instances: number;
  /** Of all of them; null when nobody knows the price. */
  readonly dollarsPerHour: number | null;
}

export interface CostNow {
  readonly lines: readonly CostLine[];
  /** Of those instances whose price is known. */
  readonly dollarsPerHour: number;
  /** Instances whose price is unknown: they cost something, and are in no sum. */
  readonly unpriced: number;
}

/** EC2 bills running instances; a pending one is about to be. What stops, stands still or ends is not billed. */
export function isBilled({ state }: Pick<Instance, 'state'>): boolean {
  return state === 'pending' || state === 'running';
}

export function costNow(instances: readonly Instance[], book: PriceBook): CostNow {
  const groups = new Map<string, Instance[]>();
  for (const instance of instances.filter(isBilled)) {
    const key = `${instance.zone}/${instance.type}/${instance.lifecycle}`;
    groups.set(key, [...(groups.get(key) ?? []), instance]);
  }
  const lines = [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, group]) => lineOf(group, book));
  return {
    lines,
    dollarsPerHour: sum(lines.map((line) => line.dollarsPerHour ?? 0)),
    unpriced: sum(lines.map((line) => (line.dollarsPerHour === null ? line.instances : 0))),
  };
}

function lineOf(group: readonly Instance[], book: PriceBook): readonly CostLine[] {
  const [first] = group;
  if (!first) return [];
  const { zone, type, lifecycle } = first;
  const price = offeringPrice(book, { instanceType: type, zone, capacity: lifecycle });
  const dollarsPerHour = price === null ? null : price * group.length;
  return [{ zone, type, lifecycle, instances: group.length, dollarsPerHour }];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
