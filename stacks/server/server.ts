import { Eip } from '@cdktf/provider-aws/lib/eip';
import { Instance } from '@cdktf/provider-aws/lib/instance';
import { NetworkInterface } from '@cdktf/provider-aws/lib/network-interface';
import { Construct } from 'constructs';
import type { ITerraformDependable } from 'cdktf';
import type { StackConfiguration } from '../configuration';
import { Image } from '../hosts/image';
import { metadataOptions, rootVolume } from '../hosts/machine';
import type { Names } from '../names';
import type { Network } from '../network/network';
import { componentTag } from '../tags';

interface Wanted {
  readonly configuration: StackConfiguration;
  readonly names: Names;
  readonly network: Network;
  readonly securityGroupId: string;
  readonly profileName: string;
  readonly userData: string;
  /** What its first boot needs. */
  readonly after: readonly ITerraformDependable[];
}

/** The K3s server, with the webhook and the monitoring on it. */
export class Server extends Construct {
  readonly instanceId: string;
  /** Private; stays when the server is replaced. */
  readonly address: string;

  constructor(scope: Construct, id: string, wanted: Wanted) {
    super(scope, id);
    const { configuration, names, network, securityGroupId, profileName, userData } = wanted;
    const { server, deletionProtection, volumeKey } = configuration;
    const tags = componentTag('server', `${names.prefix}-server`);
    // An interface of its own: workers, certificates and backups know the server by this address.
    const card = new NetworkInterface(this, 'interface', {
      subnetId: network.subnets[0]?.id ?? '',
      securityGroups: [securityGroupId],
      tags,
    });
    if (network.publicAddresses) new Eip(this, 'address', { domain: 'vpc', networkInterface: card.id, tags });
    const image = new Image(this, 'image', { key: 'server.image', ...server });
    const instance = new Instance(this, 'instance', {
      ami: image.id,
      instanceType: server.instanceType,
      iamInstanceProfile: profileName,
      networkInterface: [{ deviceIndex: 0, networkInterfaceId: card.id }],
      metadataOptions: metadataOptions(),
      rootBlockDevice: rootVolume(server.diskGiB, tags, volumeKey),
      disableApiTermination: deletionProtection,
      userData,
      tags,
      dependsOn: [...wanted.after],
      // A newer image or script reaches the server when it is replaced, which a person decides: docs/deploy.md.
      lifecycle: { ignoreChanges: ['ami', 'user_data'] },
    });
    this.instanceId = instance.id;
    this.address = card.privateIp;
  }
}
