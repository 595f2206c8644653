import type { Subnet } from '../../model/region';
import type { PoolFacts } from './facts';
import { finding, type CheckedPool, type Finding } from './finding';

export function subnetFindings(pool: CheckedPool, { subnets, alive }: PoolFacts): readonly Finding[] {
  if (!subnets.known) return [];
  const configured = pool.policy.launch.subnets;
  const found = subnets.value.filter(({ id }) => configured.some((it) => it.id === id));
  return [
    ...configured.flatMap(({ id, zone }, index) => {
      const subnet = found.find((it) => it.id === id);
      return oneSubnet(pool, { id, zone, key: `launch.subnets.${index}`, subnet });
    }),
    ...sharedZones(pool, found),
    ...severalNetworks(pool, found),
    ...(alive.known ? addresses(pool, found.filter(isUsable), alive.value) : []),
  ];
}

interface Configured {
  readonly id: string;
  readonly zone: string;
  readonly key: string;
  readonly subnet: Subnet | undefined;
}

function oneSubnet(pool: CheckedPool, { id, zone, key, subnet }: Configured): readonly Finding[] {
  if (!subnet) return [finding(pool, 'subnet-missing', `${key}.id`, `subnet ${id} does not exist`)];
  return [
    ...(isUsable(subnet) ? [] : [finding(pool, 'subnet-not-available', key, `subnet ${id} is ${subnet.state}`)]),
    ...(subnet.zone === zone
      ? []
      : [finding(pool, 'subnet-in-another-zone', `${key}.zone`, `subnet ${id} is in ${subnet.zone}, not in ${zone}`)]),
  ];
}

function isUsable({ state }: Subnet): boolean {
  return state === 'available';
}

function sharedZones(pool: CheckedPool, subnets: readonly Subnet[]): readonly Finding[] {
  const zones = [...new Set(subnets.map(({ zone }) => zone))];
  return zones.flatMap((zone) => {
    const ids = subnets.filter((it) => it.zone === zone).map(({ id }) => id);
    if (ids.length < 2) return [];
    return [finding(pool, 'subnets-share-zone', 'launch.subnets', `${ids.join(' and ')} are all in ${zone}`)];
  });
}

function severalNetworks(pool: CheckedPool, subnets: readonly Subnet[]): readonly Finding[] {
  const networks = [...new Set(subnets.map(({ vpc }) => vpc))];
  if (networks.length < 2) return [];
  return [
    finding(pool, 'subnets-of-several-networks', 'launch.subnets', `the subnets are in ${networks.join(' and ')}`),
  ];
}

/** `alive` have their addresses already. */
function addresses(pool: CheckedPool, subnets: readonly Subnet[], alive: number): readonly Finding[] {
  const { min, max } = pool.policy;
  const free = subnets.reduce((sum, { freeAddresses }) => sum + freeAddresses, 0);
  const say = (limit: string, nodes: number) =>
    `${free} free addresses for ${nodes - alive} more nodes (${limit} ${nodes}, ${alive} there)`;
  if (subnets.length > 0 && min - alive > free) {
    return [finding(pool, 'addresses-below-min', 'launch.subnets', say('min', min))];
  }
  return [
    ...(subnets.length > 0 && max - alive > free
      ? [finding(pool, 'addresses-below-max', 'launch.subnets', say('max', max))]
      : []),
    ...subnets
      .filter(({ freeAddresses }) => freeAddresses === 0)
      .map(({ id, zone }) => finding(pool, 'subnet-full', 'launch.subnets', `${id} in ${zone} has no free address`)),
  ];
}
