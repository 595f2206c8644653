import type { z } from 'zod';
import { contains, overlaps, parseCidr, usable, type Cidr } from './cidr';
import type { Mistake } from './mistake';
import type { network, PoolConfiguration } from './schema';
import { DEFAULT_ZONES, subnetBlocks } from './subnet-blocks';

type Network = z.output<typeof network>;

interface Around {
  /** As written: tells a key that was given from one that has its default. */
  readonly written: Readonly<Record<string, unknown>>;
  readonly pools: readonly (readonly [string, PoolConfiguration])[];
}

/** EC2's limits of a VPC are /16 and /28; a sixteenth of it must still be a subnet, which has at least 16 addresses. */
const LARGEST = 16;
const SMALLEST = 24;

/** Kubernetes gives each node a /24 of the pods' block; a service range of more than 20 bits it does not take. */
const OF_A_NODE = 24;
const SIZES = { podCidr: [8, OF_A_NODE], serviceCidr: [12, 24] } as const;

export function networkChecks(network: Network, around: Around): readonly Mistake[] {
  const inside = insideChecks(network, around);
  if (network.existing) return [...existingChecks(network.existing.subnetIds, around), ...inside];
  const zones = around.written['zones'];
  const count = Array.isArray(zones) ? zones.length : DEFAULT_ZONES;
  const own = ownBlockChecks(network, count);
  return [
    ...own,
    ...inside,
    ...overlapChecks(network, count),
    ...(own.length === 0 ? roomChecks(network, count, around) : []),
  ];
}

/** What is inside of the cluster, in whatever VPC. */
function insideChecks(network: Network, { pools }: Around): readonly Mistake[] {
  const sizes = (['podCidr', 'serviceCidr'] as const).flatMap((key) => {
    const [largest, smallest] = SIZES[key];
    const { prefix } = block(network[key]);
    if (prefix >= largest && prefix <= smallest) return [];
    return [{ path: ['network', key], message: `must be from /${largest} to /${smallest}, not /${prefix}` }];
  });
  const needed = mostMachines(pools);
  const room = 2 ** (OF_A_NODE - block(network.podCidr).prefix);
  if (sizes.length > 0 || needed <= room) return [...sizes, ...clusterOverlap(network)];
  const message = `must have a /${OF_A_NODE} for each of ${needed} machines; ${network.podCidr} has ${room}`;
  return [{ path: ['network', 'podCidr'], message }, ...clusterOverlap(network)];
}

function clusterOverlap({ podCidr, serviceCidr }: Network): readonly Mistake[] {
  return overlapping([
    [['network', 'podCidr'], block(podCidr)],
    [['network', 'serviceCidr'], block(serviceCidr)],
  ]);
}

/** Everything that would be made is theirs: to set it would be to be misunderstood. */
function existingChecks(subnetIds: readonly string[], { written }: Around): readonly Mistake[] {
  const inNetwork = Object.keys(written['network'] ?? {})
    .filter((key) => ['cidr', 'privateSubnets', 'publicSubnets', 'nat'].includes(key))
    .map((key) => ['network', key]);
  const paths = [...inNetwork, ...(written['zones'] === undefined ? [] : [['zones']])];
  return [
    ...paths.map((path) => ({
      path,
      message: 'must not stand beside network.existing, whose VPC and subnets decide it',
    })),
    ...subnetIds.flatMap((id, i) =>
      subnetIds.indexOf(id) < i
        ? [{ path: ['network', 'existing', 'subnetIds', String(i)], message: 'must not be there twice' }]
        : [],
    ),
  ];
}

function ownBlockChecks(network: Network, count: number): readonly Mistake[] {
  const vpc = block(network.cidr);
  const size = vpc.prefix < LARGEST || vpc.prefix > SMALLEST;
  return [
    ...(size
      ? [{ path: ['network', 'cidr'], message: `must be from /${LARGEST} to /${SMALLEST}, not /${vpc.prefix}` }]
      : []),
    ...(['privateSubnets', 'publicSubnets'] as const).flatMap((key) => {
      const subnets = network[key] ?? [];
      const wrongCount = subnets.length > 0 && subnets.length !== count;
      return [
        ...(wrongCount
          ? [{ path: ['network', key], message: `must be one block for each of the ${count} zones` }]
          : []),
        ...subnets.flatMap((it, i) =>
          subnetMistakes(block(it), vpc).map((message) => ({ path: ['network', key, String(i)], message })),
        ),
      ];
    }),
  ];
}

function subnetMistakes(subnet: Cidr, vpc: Cidr): readonly string[] {
  if (!contains(vpc, subnet)) return [`must lie in network.cidr, ${vpc.text}, not ${subnet.text}`];
  return subnet.prefix > 28 ? [`must be /28 or larger, not /${subnet.prefix}`] : [];
}

function overlapChecks(network: Network, count: number): readonly Mistake[] {
  const { podCidr, serviceCidr, cidr } = network;
  const subnets = [...subnetKeys(network, 'privateSubnets'), ...subnetKeys(network, 'publicSubnets')];
  // Where only one of the lists is written, the other one is ours.
  const ours = subnetBlocks(network, count);
  const unwritten = (['privateSubnets', 'publicSubnets'] as const)
    .filter((key) => network[key] === undefined && subnets.length > 0)
    .flatMap((key) => ours[key].map((it) => [['network', key], it] as const));
  const vpc = [['network', 'cidr'], block(cidr)] as const;
  return [
    ...overlapping([vpc, [['network', 'podCidr'], block(podCidr)]]),
    ...overlapping([vpc, [['network', 'serviceCidr'], block(serviceCidr)]]),
    ...overlapping([...unwritten, ...subnets]),
  ];
}

function subnetKeys(network: Network, key: 'privateSubnets' | 'publicSubnets') {
  return (network[key] ?? []).map((it, i) => [['network', key, String(i)], block(it)] as const);
}

function overlapping(blocks: readonly (readonly [readonly string[], Cidr])[]): readonly Mistake[] {
  return blocks.flatMap(([path, it], i) => {
    const other = blocks.slice(0, i).find(([, earlier]) => overlaps(earlier, it));
    if (!other) return [];
    return [{ path, message: `must not overlap ${other[0].join('.')}: ${it.text} and ${other[1].text}` }];
  });
}

/** The server, and every pool at its maximum with as many exchanges as it allows. */
function mostMachines(pools: Around['pools']): number {
  return pools.reduce((sum, [, { max, policy }]) => {
    const surge = policy['maxSurge'];
    return sum + max + (typeof surge === 'number' ? surge : 1);
  }, 1);
}

/** One address a machine. */
function roomChecks(network: Network, count: number, { pools }: Around): readonly Mistake[] {
  const { privateSubnets, publicSubnets } = subnetBlocks(network, count);
  const subnets = network.nat === 'public-subnets' ? publicSubnets : privateSubnets;
  const room = subnets.reduce((sum, it) => sum + usable(it), 0);
  const needed = mostMachines(pools);
  if (needed <= room) return [];
  return [
    { path: ['network', 'cidr'], message: `must have room for ${needed} machines; the subnets have ${room} addresses` },
  ];
}

function block(text: string): Cidr {
  const parsed = parseCidr(text);
  if (!parsed) throw new Error(`${text} was checked before`);
  return parsed;
}
