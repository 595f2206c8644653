import { STARTUP_TAINT, TAGS } from '../webhook/model/names';
import { bootConsole } from './boot-console';
import { Ec2Cloud } from './ec2/ec2-cloud';
import type { InstanceChange, SimInstance } from './ec2/ec2-types';
import { ExporterSwitches } from './exporter-switches';
import type { ExporterSource, Scrape } from './exporters/handler';
import { KubeStateMetrics } from './exporters/kube-state-metrics';
import { renderNodeExporter } from './exporters/node-exporter';
import { Joining } from './joining';
import { KubeCluster } from './kubernetes/kube-cluster';
import type { KubeTaint } from './kubernetes/objects';
import { bootstrapLabels, machineResources, machineShape } from './machine';
import { Machines } from './machines';
import { NodeWatch } from './node-watch';
import { NoticeUnits } from './notice-units';
import { seededRandom } from './random';
import { clusterWorkloads, createDaemonSet } from './workload/cluster-workloads';
import type { ClusterUse } from './workload/machine-use';
import type { Script } from './workload/script';
import { Workloads } from './workload/workloads';
import type { WorldAction } from './world-action';
import { perform } from './world-perform';
import { EventLog } from './world-event';
import type { WorldOverrides, WorldSettings } from './world-settings';
import { scaledEc2, scaledJoining, worldSettings } from './world-settings';

export interface WorldOptions extends WorldOverrides {
  /** Epoch milliseconds; nothing in the world looks at the system clock. */
  readonly clock: { now(): number };
}

/** How often the unit smartscale-notices asks IMDS: POLL_SECONDS of k3s/worker/smartscale-notices.sh. Milliseconds. */
const NOTICES_POLL = 2000;
const CONTROL_PLANE_NAME = 'k3s-server-1';
const CONTROL_PLANE_ROLE = 'node-role.kubernetes.io/control-plane';

/**
 * A region, a K3s cluster and the load on it as one: an instance that runs becomes a node after a while, what its pods
 * use shows in its exporter, and when it ends its kubelet falls silent. Time passes only in `tick`.
 */
export class World implements ExporterSource {
  readonly settings: WorldSettings;
  readonly cloud: Ec2Cloud;
  readonly cluster: KubeCluster;
  readonly log = new EventLog();
  readonly exporters = new ExporterSwitches();
  readonly joining: Joining;
  readonly workloads: Workloads;
  /** What everything used at the last tick. */
  use: ClusterUse = { machines: new Map(), workloads: new Map() };
  private readonly clock: { now(): number };
  private readonly machines: Machines;
  private readonly noticeUnits: NoticeUnits;
  private readonly nodeWatch = new NodeWatch();
  private readonly stateMetrics = new KubeStateMetrics();

  constructor({ clock, ...overrides }: WorldOptions) {
    this.clock = clock;
    this.settings = worldSettings(overrides);
    const { seed, timeScale, kubernetes } = this.settings;
    const randoms = [1, 2, 3].map((stream) => seededRandom(seed * 3 + stream));
    const [ids, joins, cluster] = randoms as [() => number, () => number, () => number];
    this.cloud = new Ec2Cloud({ clock, random: ids, ...scaledEc2(this.settings) });
    this.cluster = new KubeCluster({ clock, random: cluster, settings: { ...kubernetes, timeScale } });
    this.joining = new Joining(scaledJoining(this.settings), joins);
    this.machines = new Machines((type) => machineShape(this.cloud.catalogue.instanceType(type)));
    this.noticeUnits = new NoticeUnits(NOTICES_POLL / timeScale);
    this.workloads = new Workloads(clusterWorkloads(this.cluster), timeScale, this.now());
    this.cloud.onChange((change) => this.instanceChanged(change));
    createDaemonSet(this.cluster);
    if (this.settings.controlPlane) this.startControlPlane();
    this.tick();
  }

  now(): number {
    return this.clock.now();
  }

  /** Lets everything happen that is due by now. */
  tick(): void {
    const now = this.now();
    this.cloud.tick(now);
    for (const instance of this.joining.takeDue(now)) this.register(instance);
    for (const action of this.workloads.takeActions(now)) this.perform(action);
    for (const change of this.workloads.resize(now)) this.log.add({ at: now, kind: 'replicas', ...change });
    this.cluster.tick();
    for (const event of this.nodeWatch.compare(this.cluster.nodes(), now)) this.log.add(event);
    this.measure(now);
    this.noticeUnits.poll(this.cloud.instances, now);
  }

  /** Begins a script; its workloads are there from the next tick on. */
  play(script: Script): void {
    this.workloads.play(script, this.now());
  }

  /** Throws NoSuchThing or Ec2Error when what it names does not exist. */
  perform(action: WorldAction): void {
    perform(this, action);
    this.log.add({ at: this.now(), kind: 'action', action });
  }

  /** Workers as people start them beside SmartScale, or as a former run left them: they boot and join like any other. */
  launchWorkers(
    count: number,
    of: { readonly tags: Readonly<Record<string, string>>; readonly type?: string; readonly zone?: string },
  ): readonly SimInstance[] {
    const { subnets, launchTemplates } = this.settings.ec2;
    const imageId = launchTemplates[0]?.versions[0]?.imageId ?? 'ami-0simulator';
    return Array.from({ length: count }, (_, index) => {
      const zone = of.zone ?? subnets[index % subnets.length]?.zone;
      return this.cloud.runInstances({
        imageId,
        instanceType: of.type ?? 'm6i.large',
        minCount: 1,
        maxCount: 1,
        capacityType: 'on-demand',
        tags: of.tags,
        ...(zone === undefined ? {} : { zone }),
      });
    }).flat();
  }

  // -------------------------------------------------------------------- what is scraped

  monitoredNodes(): readonly string[] {
    return this.cluster
      .nodes()
      .map(({ metadata }) => metadata.name)
      .filter((name) => this.machines.isRunning(name));
  }

  nodeExporter(node: string, collectors: readonly string[] = []): Scrape {
    const reading = this.machines.read(node, this.now());
    if (reading === null) return 'unknown';
    if (!this.exporters.nodeExporterRuns(node)) return 'stopped';
    const all = collectors.length === 0;
    const notices = all || collectors.includes('textfile') ? this.noticeUnits.fileOf(node) : '';
    return { text: (all ? renderNodeExporter(reading) : '') + notices };
  }

  kubeStateMetrics(): Scrape {
    if (!this.exporters.kubeStateMetricsRuns()) return 'stopped';
    return { text: this.stateMetrics.render({ nodes: this.cluster.nodes(), pods: this.cluster.pods() }) };
  }

  // -------------------------------------------------------------------------- the joints

  private instanceChanged(change: InstanceChange): void {
    const { at, instance } = change;
    this.machines.observe(change);
    this.joining.observe(change);
    if (instance.state === 'running') {
      this.cloud.writeConsole(instance.id, bootConsole(instance, this.joining.joins(instance.id)));
    }
    if (instance.state === 'shutting-down') this.cluster.instanceGone(instance.id);
    const pool = instance.tags[TAGS.pool];
    const of = pool === undefined ? {} : { pool };
    this.log.add({ at, kind: 'instance', instance: instance.id, state: instance.state, ...of });
  }

  private register(instance: SimInstance): void {
    const isServer = instance.tags['Name'] === CONTROL_PLANE_NAME;
    this.cluster.registerNode({
      name: instance.id,
      instanceId: instance.id,
      zone: instance.zone,
      instanceType: instance.type,
      labels: { ...bootstrapLabels(instance), ...(isServer ? { [CONTROL_PLANE_ROLE]: 'true' } : {}) },
      taints: isServer ? [{ key: CONTROL_PLANE_ROLE, effect: 'NoSchedule' }] : this.startupTaints(),
      allocatable: machineResources(this.cloud.catalogue.instanceType(instance.type)),
    });
  }

  private startupTaints(): readonly KubeTaint[] {
    return this.settings.startupTaint ? [{ key: STARTUP_TAINT, effect: 'NoExecute' }] : [];
  }

  private startControlPlane(): void {
    const servers = this.launchWorkers(1, { tags: { Name: CONTROL_PLANE_NAME }, type: 'm6i.large' });
    for (const { id } of servers) this.joining.joinAtOnce(id);
    this.cloud.runAll();
  }

  private measure(now: number): void {
    const { shapes } = this.machines;
    this.use = this.workloads.use(shapes, this.cluster.pods(), now);
    for (const [instance, use] of this.use.machines) this.machines.use(instance, now, use);
  }
}
