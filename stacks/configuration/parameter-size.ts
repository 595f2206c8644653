/** A pool as JSON in an SSM parameter: how long it can become, known before anything that it names is made. */
import { webhookPool } from '../webhook-pool';
import type { Mistake } from './mistake';
import type { PoolConfiguration } from './schema';

/** Bytes of a parameter, which is free; and of one that costs 0.05 dollars a month. */
export const MOST_BYTES = { Standard: 4096, Advanced: 8192 } as const;
export type Tier = keyof typeof MOST_BYTES;

/** The longest that AWS gives. */
const id = (prefix: string) => `${prefix}-${'0'.repeat(17)}`;
const subnet = { id: id('subnet'), zone: 'z'.repeat(21) };
const template = { id: id('lt'), version: '9'.repeat(10) };
const allocatable = { cpu: '1000000m', memory: '100000000Mi' };

/** `zones`: how many. */
export function tierOf(pool: PoolConfiguration, zones: number): Tier {
  return sizeOf(pool, zones) > MOST_BYTES.Standard ? 'Advanced' : 'Standard';
}

export function parameterChecks(name: string, pool: PoolConfiguration, zones: number): readonly Mistake[] {
  const size = sizeOf(pool, zones);
  if (size <= MOST_BYTES.Advanced) return [];
  const { policy, labels, taints, instanceTypes } = pool;
  const own = Object.entries({ labels, taints, instanceTypes });
  const parts = [...own, ...Object.entries(policy).map(([key, it]) => [`policy.${key}`, it] as const)];
  const [longest = ''] = parts.toSorted(([, one], [, other]) => bytesOf(other) - bytesOf(one))[0] ?? [];
  const length = bytesOf(Object.fromEntries(parts)[longest]);
  const message = `must be shorter: as JSON it would be ${size} bytes, and an SSM parameter takes ${MOST_BYTES.Advanced}; the longest part is ${longest} with ${length}`;
  return [{ path: ['pools', name], message }];
}

function sizeOf(pool: PoolConfiguration, zones: number): number {
  return bytesOf(webhookPool(pool, { template, allocatable, subnets: Array<typeof subnet>(zones).fill(subnet) }));
}

/** As Terraform writes JSON, which spells out what a web page could take for markup. */
function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value).replaceAll(/[<>&\u2028\u2029]|\\[bf]/g, '\\u0000'));
}
