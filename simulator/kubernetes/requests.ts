import { parseQuantity } from '../exporters/quantity';
import type { KubePod } from './objects';

/** Whole numbers, so that adding and taking away again ends at zero. */
export interface Amounts {
  readonly cpuMillis: number;
  readonly memoryBytes: number;
  readonly pods: number;
}

export const NOTHING: Amounts = { cpuMillis: 0, memoryBytes: 0, pods: 0 };

/** Throws a RangeError when a quantity cannot be read. */
export function amountsOf(quantities: Readonly<Record<string, string>>, pods = quantities['pods'] ?? '0'): Amounts {
  return {
    cpuMillis: Math.round(parseQuantity(quantities['cpu'] ?? '0') * 1000),
    memoryBytes: Math.round(parseQuantity(quantities['memory'] ?? '0')),
    pods: parseQuantity(pods),
  };
}

/** What a pod takes of its node: the sum of its containers, or its largest init container when that is more. */
export function podRequests(pod: KubePod): Amounts {
  const of = (containers: KubePod['spec']['containers']) =>
    containers.map(({ resources }) => amountsOf(resources?.requests ?? {}, '0'));
  const sum = of(pod.spec.containers).reduce(plus, NOTHING);
  const most = of(pod.spec.initContainers ?? []).reduce(largest, NOTHING);
  return { ...largest(sum, most), pods: 1 };
}

export function plus(one: Amounts, other: Amounts): Amounts {
  return {
    cpuMillis: one.cpuMillis + other.cpuMillis,
    memoryBytes: one.memoryBytes + other.memoryBytes,
    pods: one.pods + other.pods,
  };
}

export function minus(one: Amounts, other: Amounts): Amounts {
  return {
    cpuMillis: one.cpuMillis - other.cpuMillis,
    memoryBytes: one.memoryBytes - other.memoryBytes,
    pods: one.pods - other.pods,
  };
}

function largest(one: Amounts, other: Amounts): Amounts {
  return {
    cpuMillis: Math.max(one.cpuMillis, other.cpuMillis),
    memoryBytes: Math.max(one.memoryBytes, other.memoryBytes),
    pods: Math.max(one.pods, other.pods),
  };
}
