import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group';
import { AwsProvider } from '@cdktf/provider-aws/lib/provider';
import { S3Backend, TerraformResource, TerraformStack, TerraformVariable } from 'cdktf';
import type { Construct } from 'constructs';
import { MachineRole } from './access/machine-role';
import { serverPermissions, type ServerSubject } from './access/server-permissions';
import type { StackConfiguration } from './configuration';
import type { HostFiles } from './hosts/host-files';
import { serverSettings } from './hosts/settings';
import { userData } from './hosts/user-data';
import { namesOf, type Names } from './names';
import { ExistingNetwork } from './network/existing-network';
import { FlowLogs } from './network/flow-logs';
import type { Network } from './network/network';
import { NewNetwork } from './network/new-network';
import { SecurityGroups } from './network/security-groups';
import { Notifications } from './notifications';
import { addOutputs } from './outputs';
import { Place } from './place';
import { ClusterParameters } from './server/cluster-parameters';
import { Server } from './server/server';
import { Bucket } from './storage/bucket';
import { Release } from './storage/release';
import { StateTable } from './storage/state-table';
import { commonTags, componentTag } from './tags';
import { Workers } from './workers/workers';

/** Everything that SmartScale needs in one AWS region. */
export class SmartScaleStack extends TerraformStack {
  readonly #configuration: StackConfiguration;
  readonly #names: Names;
  readonly #place: Place;
  readonly #tags: Record<string, string>;

  constructor(scope: Construct, id: string, configuration: StackConfiguration, files: HostFiles) {
    super(scope, id);
    this.#configuration = configuration;
    this.#names = namesOf(configuration.cluster);
    this.#tags = commonTags(configuration.tags, configuration.cluster);
    this.#keepState();
    const region = configuration.region ?? this.#askForRegion();
    new AwsProvider(this, 'aws', { region, defaultTags: [{ tags: this.#tags }] });
    this.#place = new Place(this, 'place', region);
    this.#build(files);
  }

  /** Objects have ten tags at most: ours, and not those of the configuration. */
  #release(bucket: string, files: HostFiles['release']): Release {
    const defaultTags = [{ tags: commonTags({}, this.#configuration.cluster) }];
    const provider = new AwsProvider(this, 'plain', { alias: 'plain', region: this.#place.region, defaultTags });
    return new Release(this, 'release', { names: this.#names, bucket, files, provider });
  }

  #build(files: HostFiles): void {
    const [names, configuration, place] = [this.#names, this.#configuration, this.#place];
    const network = this.#network();
    const groups = new SecurityGroups(this, 'groups', { names, vpcId: network.vpcId });
    const table = new StateTable(this, 'state', configuration);
    const bucket = new Bucket(this, 'storage', { names, deletionProtection: configuration.deletionProtection });
    const release = this.#release(bucket.name, files.release);
    const logs = this.#logGroup();
    const topic = new Notifications(this, 'notifications', { names, email: configuration.alarms.email });
    const where = { region: place.region, bucket: bucket.name };
    const workers = new Workers(this, 'workers', {
      configuration,
      place,
      names,
      network,
      bucket,
      securityGroupId: groups.workers.id,
      script: files.scripts.worker,
      tags: this.#tags,
    });
    const { first, address } = new ClusterParameters(this, 'cluster', {
      configuration,
      names,
      settings: { ...where, table: table.name, logGroup: logs.name, topic: topic.arn },
    });
    const role = this.#serverRole({
      place,
      names,
      tableArn: table.arn,
      bucketArn: bucket.arn,
      logGroupArn: logs.arn,
      topicArn: topic.arn,
      workerRoleArn: workers.roleArn,
      workerGroupArn: groups.workers.arn,
      templateArns: workers.pools.map((it) => it.templateArn),
      subnetIds: network.subnets.map((it) => it.id),
      spot: workers.spot,
    });
    const server = new Server(this, 'server', {
      configuration,
      names,
      network,
      securityGroupId: groups.server.id,
      profileName: role.profileName,
      userData: userData(files.scripts.server, serverSettings(configuration, where)),
      after: [...first, ...[role, release, network, workers].flatMap(resourcesOf)],
    });
    address(server.address);
    addOutputs(this, { configuration, names, region: place.region, table, bucket, topic, server, network, workers });
  }

  #network(): Network & Construct {
    const [names, configuration, place] = [this.#names, this.#configuration, this.#place];
    const { existing, flowLogs, podCidr, serviceCidr } = configuration.network;
    const network = existing
      ? new ExistingNetwork(this, 'network', { ...existing, podCidr, serviceCidr })
      : new NewNetwork(this, 'network', { configuration, names, place });
    const { retentionDays: retentionInDays } = configuration.logs;
    if (flowLogs) new FlowLogs(this, 'flow-logs', { names, vpcId: network.vpcId, retentionInDays });
    return network;
  }

  #serverRole(subject: Omit<ServerSubject, 'volumeKey'>): MachineRole {
    const name = `${this.#names.prefix}-server`;
    const role = new MachineRole(this, 'server-role', { name, tags: componentTag('server') });
    role.allow(serverPermissions({ ...subject, volumeKey: this.#configuration.volumeKey }));
    return role;
  }

  #logGroup(): CloudwatchLogGroup {
    const { retentionDays: retentionInDays } = this.#configuration.logs;
    const name = `${this.#names.logs}/server`;
    return new CloudwatchLogGroup(this, 'logs', { name, retentionInDays, tags: componentTag('server') });
  }

  /** Without a bucket the state stays in a file beside cdktf.json. */
  #keepState(): void {
    const { backend } = this.#configuration;
    if (!backend) return;
    new S3Backend(this, { ...backend.s3, encrypt: true });
    this.addOverride('terraform.backend.s3.use_lockfile', true);
  }

  #askForRegion(): string {
    const variable = new TerraformVariable(this, 'region', {
      type: 'string',
      nullable: false,
      description: 'AWS region of the cluster; context.smartscale.region of cdktf.json sets it for good.',
    });
    return variable.stringValue;
  }
}

/** To be waited for. */
function resourcesOf(construct: Construct): readonly TerraformResource[] {
  return construct.node.findAll().filter((it) => TerraformResource.isTerraformResource(it));
}
