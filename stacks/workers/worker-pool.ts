import { LaunchTemplate } from '@cdktf/provider-aws/lib/launch-template';
import { SsmParameter } from '@cdktf/provider-aws/lib/ssm-parameter';
import { Fn, TerraformLocal } from 'cdktf';
import { Construct } from 'constructs';
import { TAGS } from '../../webhook/model/names';
import { tierOf } from '../configuration/parameter-size';
import type { PoolConfiguration } from '../configuration/schema';
import { Image } from '../hosts/image';
import type { InstanceTypes } from '../hosts/instance-types';
import { metadataOptions } from '../hosts/machine';
import { literal } from '../literal';
import type { Names } from '../names';
import type { Network } from '../network/network';
import { componentTag } from '../tags';
import { webhookPool } from '../webhook-pool';
import { allocatable } from './allocatable';

interface Wanted {
  readonly name: string;
  readonly pool: PoolConfiguration;
  readonly names: Names;
  readonly network: Network;
  readonly instanceTypes: InstanceTypes;
  readonly securityGroupId: string;
  readonly profileArn: string;
  readonly userData: string;
  readonly volumeKey: string | undefined;
  /** What machines are tagged with that a provider's default tags do not reach. */
  readonly tags: Readonly<Record<string, string>>;
}

/** What a pool is launched from, and the pool as the webhook reads it. */
export class WorkerPool extends Construct {
  readonly templateId: string;
  readonly templateArn: string;
  readonly templateVersion: string;
  readonly subnetIds: readonly string[];

  constructor(scope: Construct, id: string, wanted: Wanted) {
    super(scope, id);
    const { name, pool, names, network } = wanted;
    const template = this.#template(wanted);
    this.templateId = template.id;
    this.templateArn = template.arn;
    // In quotes: to the webhook a version is text, and Terraform would make it a number.
    this.templateVersion = `\${tostring(${template.fqn}.latest_version)}`;
    this.subnetIds = network.subnets.map((it) => it.id);
    const settings = webhookPool(
      { ...pool, policy: literal(pool.policy) },
      {
        template: { id: template.id, version: this.templateVersion },
        subnets: network.subnets,
        allocatable: allocatable(this.#types(wanted)),
      },
    );
    new SsmParameter(this, 'settings', {
      name: `${names.parameters}/config/pools/${name}`,
      description: `Pool ${name} as the webhook's configuration has it`,
      type: 'String',
      tier: tierOf(pool, network.subnets.length),
      value: Fn.jsonencode(new TerraformLocal(this, 'pool', settings).expression),
      tags: componentTag('state'),
    });
  }

  #types({ name, pool, instanceTypes }: Wanted): readonly string[] {
    const { architecture } = pool;
    return pool.instanceTypes.map((type) => instanceTypes.ask(type, architecture, `pools.${name}.instanceTypes`).fqn);
  }

  #template({ name, pool, names, ...wanted }: Wanted): LaunchTemplate {
    const full = `${names.prefix}-${name}`;
    const image = new Image(this, 'image', { key: `pools.${name}.image`, ...pool });
    return new LaunchTemplate(this, 'template', {
      name: full,
      description: `Workers of pool ${name}`,
      imageId: image.id,
      updateDefaultVersion: true,
      // A machine that turns itself off is no use to anybody, and costs its volume.
      instanceInitiatedShutdownBehavior: 'terminate',
      iamInstanceProfile: { arn: wanted.profileArn },
      vpcSecurityGroupIds: [wanted.securityGroupId],
      metadataOptions: metadataOptions('enabled'),
      blockDeviceMappings: [{ deviceName: image.rootDevice, ebs: volume(pool.diskGiB, wanted.volumeKey) }],
      userData: Fn.base64encode(new TerraformLocal(this, 'user-data', wanted.userData).asString),
      tagSpecifications: tagSpecifications({ ...wanted.tags, ...componentTag('workers', full) }, names.cluster),
      tags: componentTag('workers', full),
    });
  }
}

function volume(volumeSize: number, key: string | undefined) {
  const encryption = { encrypted: 'true', ...(key === undefined ? {} : { kmsKeyId: key }) };
  return { ...encryption, volumeType: 'gp3', volumeSize, deleteOnTermination: 'true' };
}

/** Instances and volumes are tagged as ours by whoever launches them; the rest is only reached from here. */
function tagSpecifications(tags: Readonly<Record<string, string>>, cluster: string) {
  const ours = { [TAGS.cluster]: cluster };
  return [
    { resourceType: 'instance', tags: { ...tags } },
    { resourceType: 'volume', tags: { ...tags } },
    { resourceType: 'network-interface', tags: { ...tags, ...ours } },
    { resourceType: 'spot-instances-request', tags: { ...tags, ...ours } },
  ];
}
