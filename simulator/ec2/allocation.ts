import { Ec2Error } from './ec2-error';
import type { FleetPool } from './fleet-input';
import type { Launcher, Place } from './launcher';

interface Candidate {
  readonly pool: FleetPool;
  readonly place: Place;
}

type Order = (a: Candidate, b: Candidate) => number;

/**
 * The order in which a fleet tries its pools. AWS does not publish its own; what is documented holds here:
 * price-capacity-optimized = pools deep enough for the whole target first, the cheapest of them; capacity-optimized =
 * the deepest; lowest-price = the cheapest; prioritized = the lowest Priority. Equal pools keep the order of the request.
 */
export function allocationOrder(
  candidates: readonly Candidate[],
  strategy: string | undefined,
  target: number,
  launcher: Launcher,
): readonly Candidate[] {
  const depth = ({ place }: Candidate) => Math.min(launcher.available(place).count, target);
  const byPrice: Order = (a, b) => launcher.price(a.place) - launcher.price(b.place);
  const byDepth: Order = (a, b) => depth(b) - depth(a);
  const byPriority: Order = (a, b) => priorityOf(a) - priorityOf(b);
  const orders: Readonly<Record<string, Order>> = {
    'lowest-price': byPrice,
    lowestPrice: byPrice,
    prioritized: byPriority,
    'capacity-optimized': byDepth,
    'capacity-optimized-prioritized': (a, b) => byDepth(a, b) || byPriority(a, b),
    'price-capacity-optimized': (a, b) => byDepth(a, b) || byPrice(a, b),
  };
  const order = orders[strategy ?? 'lowest-price'];
  if (!order) throw new Ec2Error('InvalidParameterValue', `The simulator does not know the strategy ${strategy}.`);
  return candidates.toSorted(order);
}

/** Without a Priority last. */
function priorityOf({ pool }: Candidate): number {
  return pool.override.priority ?? Infinity;
}
