import { parseCidr, part, type Cidr } from './cidr';

/** Without `zones`: the first two that the region has. */
export const DEFAULT_ZONES = 2;
const SIXTEENTHS = 4;

interface Blocks {
  readonly cidr: string;
  readonly privateSubnets?: readonly string[];
  readonly publicSubnets?: readonly string[];
}

/** One a zone, as written, else sixteenths of the VPC: private ones from its beginning, public ones from its middle. */
export function subnetBlocks(network: Blocks, count: number) {
  const vpc = parseCidr(network.cidr);
  const written = (blocks: readonly string[]) => blocks.flatMap((it) => parseCidr(it) ?? []);
  const parts = (from: number): readonly Cidr[] =>
    vpc ? Array.from({ length: count }, (_, i) => part(vpc, SIXTEENTHS, from + i)) : [];
  return {
    privateSubnets: network.privateSubnets ? written(network.privateSubnets) : parts(0),
    publicSubnets: network.publicSubnets ? written(network.publicSubnets) : parts(8),
  };
}
