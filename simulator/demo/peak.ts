/** How many nodes a load needs: worked out from the load alone, not from the rules. */
import { minus, type Amounts } from '../kubernetes/requests';

/** HighCpu's threshold as shipped: above it nodes count as too busy. */
const BUSY_SHARE = 0.7;

/** Fewest nodes on which the pods find room, by first fit, the largest first. */
export function packedNodes(requests: readonly Amounts[], offer: Amounts): number {
  const free: Amounts[] = [];
  for (const pod of requests.toSorted((a, b) => b.cpuMillis - a.cpuMillis || b.memoryBytes - a.memoryBytes)) {
    const home = free.findIndex((left) => isEnough(left, pod));
    if (home < 0) free.push(minus(offer, pod));
    else free[home] = minus(free[home] ?? offer, pod);
  }
  return free.length;
}

function isEnough(left: Amounts, wanted: Amounts): boolean {
  return left.cpuMillis >= wanted.cpuMillis && left.memoryBytes >= wanted.memoryBytes && left.pods >= wanted.pods;
}

/** Fewest nodes that are not too busy: `busy` and `offered` in cores. */
export function calmNodes(busy: number, offered: number): number {
  return Math.ceil(busy / (offered * BUSY_SHARE) - 1e-9);
}
