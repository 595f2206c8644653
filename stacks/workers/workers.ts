import { Construct } from 'constructs';
import { MachineRole } from '../access/machine-role';
import { SpotKeyGrant } from '../access/spot-key-grant';
import { workerPermissions } from '../access/worker-permissions';
import type { StackConfiguration } from '../configuration';
import { InstanceTypes } from '../hosts/instance-types';
import { workerSettings } from '../hosts/settings';
import { userData } from '../hosts/user-data';
import type { Names } from '../names';
import type { Network } from '../network/network';
import type { Place } from '../place';
import { componentTag } from '../tags';
import { WorkerPool } from './worker-pool';

interface Wanted {
  readonly configuration: StackConfiguration;
  readonly place: Place;
  readonly names: Names;
  readonly network: Network;
  readonly bucket: { readonly name: string; readonly arn: string };
  readonly securityGroupId: string;
  readonly script: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** What the webhook launches: one role for all workers, and the pools. */
export class Workers extends Construct {
  readonly roleArn: string;
  /** In the order of the configuration. */
  readonly pools: readonly WorkerPool[];
  /** A pool asks for spot. */
  readonly spot: boolean;

  constructor(scope: Construct, id: string, { configuration, place, names, network, bucket, ...wanted }: Wanted) {
    super(scope, id);
    const role = new MachineRole(this, 'role', { name: `${names.prefix}-workers`, tags: componentTag('workers') });
    role.allow(workerPermissions({ place, names, bucketArn: bucket.arn }));
    this.roleArn = role.roleArn;
    this.spot = Object.values(configuration.pools).some(({ capacity }) => capacity === 'spot');
    const { volumeKey: key } = configuration;
    if (this.spot && key !== undefined) new SpotKeyGrant(this, 'spot-key', { place, key });
    const instanceTypes = new InstanceTypes(this, 'types');
    instanceTypes.ask(configuration.server.instanceType, configuration.server.architecture, 'server.instanceType');
    const where = { region: place.region, bucket: bucket.name };
    this.pools = Object.entries(configuration.pools).map(
      ([name, pool]) =>
        new WorkerPool(this, `pool-${name}`, {
          name,
          pool,
          names,
          network,
          instanceTypes,
          securityGroupId: wanted.securityGroupId,
          profileArn: role.profileArn,
          volumeKey: configuration.volumeKey,
          userData: userData(wanted.script, workerSettings(configuration, name, where)),
          tags: wanted.tags,
        }),
    );
  }
}
