import { InternetGateway } from '@cdktf/provider-aws/lib/internet-gateway';
import { Route } from '@cdktf/provider-aws/lib/route';
import { RouteTable } from '@cdktf/provider-aws/lib/route-table';
import { RouteTableAssociation } from '@cdktf/provider-aws/lib/route-table-association';
import { Subnet } from '@cdktf/provider-aws/lib/subnet';
import { Vpc } from '@cdktf/provider-aws/lib/vpc';
import { VpcEndpoint } from '@cdktf/provider-aws/lib/vpc-endpoint';
import { Construct } from 'constructs';
import type { StackConfiguration } from '../configuration';
import type { Cidr } from '../configuration/cidr';
import { subnetBlocks } from '../configuration/subnet-blocks';
import type { Names } from '../names';
import type { Place } from '../place';
import { componentTag } from '../tags';
import { addNatGateway } from './nat-gateway';
import { NatInstance } from './nat-instance';
import type { Network } from './network';
import { zonesOf } from './zones';

export const ANYWHERE = '0.0.0.0/0';

interface Wanted {
  readonly configuration: StackConfiguration;
  readonly names: Names;
  readonly place: Place;
}

/** A VPC over the zones, with a way out of the kind that was chosen and free ways to S3 and DynamoDB. */
export class NewNetwork extends Construct implements Network {
  readonly vpcId: string;
  readonly subnets: Network['subnets'];
  readonly publicAddresses: boolean;
  readonly #names: Names;
  readonly #ownZones: boolean;

  constructor(scope: Construct, id: string, { configuration, names, place }: Wanted) {
    super(scope, id);
    const { network } = configuration;
    this.#names = names;
    this.#ownZones = configuration.zones !== undefined;
    this.publicAddresses = network.nat === 'public-subnets';
    const vpc = new Vpc(this, 'vpc', {
      cidrBlock: network.cidr,
      enableDnsSupport: true,
      enableDnsHostnames: true,
      tags: componentTag('network', names.prefix),
    });
    this.vpcId = vpc.id;
    const zones = zonesOf(this, configuration.zones);
    const blocks = subnetBlocks(network, zones.length);
    const outside = this.#routes('public');
    const publicSubnets = this.#subnetsOf('public', { zones, blocks: blocks.publicSubnets, table: outside });
    const gateway = new InternetGateway(this, 'internet', {
      vpcId: vpc.id,
      tags: componentTag('network', names.prefix),
    });
    new Route(this, 'public-way-out', {
      routeTableId: outside.id,
      destinationCidrBlock: ANYWHERE,
      gatewayId: gateway.id,
    });
    const tables = [outside];
    if (this.publicAddresses) this.subnets = publicSubnets;
    else {
      const inside = this.#routes('private');
      tables.push(inside);
      this.subnets = this.#subnetsOf('private', { zones, blocks: blocks.privateSubnets, table: inside });
      this.#natFor(inside, { configuration, subnetId: publicSubnets[0]?.id ?? '', gateway });
    }
    this.#endpoints(place.region, tables);
  }

  #routes(kind: string): RouteTable {
    const tags = componentTag('network', `${this.#names.prefix}-${kind}`);
    return new RouteTable(this, `${kind}-routes`, { vpcId: this.vpcId, tags });
  }

  #subnetsOf(kind: 'public' | 'private', { zones, blocks, table }: SubnetsWanted): Network['subnets'] {
    return zones.map((zone, i) => {
      const subnet = new Subnet(this, `${kind}-${i}`, {
        vpcId: this.vpcId,
        availabilityZone: zone,
        cidrBlock: blocks[i]?.text ?? '',
        mapPublicIpOnLaunch: kind === 'public' && this.publicAddresses,
        tags: componentTag('network', `${this.#names.prefix}-${kind}-${i}`),
        // A zone that AWS adds may come first in its list.
        ...(this.#ownZones ? {} : { lifecycle: { ignoreChanges: ['availability_zone'] } }),
      });
      new RouteTableAssociation(this, `${kind}-${i}-routes`, { subnetId: subnet.id, routeTableId: table.id });
      return { id: subnet.id, zone: subnet.availabilityZone };
    });
  }

  #natFor(table: RouteTable, { configuration, subnetId, gateway }: NatWanted): void {
    const { network, volumeKey } = configuration;
    const wanted = { names: this.#names, subnetId, vpcId: this.vpcId, cidr: network.cidr, gateway, volumeKey };
    const way =
      network.nat === 'nat-gateway'
        ? { natGatewayId: addNatGateway(this, wanted).id }
        : { networkInterfaceId: new NatInstance(this, 'nat', wanted).networkInterfaceId };
    new Route(this, 'private-way-out', { routeTableId: table.id, destinationCidrBlock: ANYWHERE, ...way });
  }

  #endpoints(region: string, tables: readonly RouteTable[]): void {
    for (const service of ['s3', 'dynamodb']) {
      new VpcEndpoint(this, service, {
        vpcId: this.vpcId,
        serviceName: `com.amazonaws.${region}.${service}`,
        vpcEndpointType: 'Gateway',
        routeTableIds: tables.map(({ id }) => id),
        tags: componentTag('network', `${this.#names.prefix}-${service}`),
      });
    }
  }
}

interface SubnetsWanted {
  readonly zones: readonly string[];
  readonly blocks: readonly Cidr[];
  readonly table: RouteTable;
}

interface NatWanted {
  readonly configuration: StackConfiguration;
  readonly subnetId: string;
  readonly gateway: InternetGateway;
}
