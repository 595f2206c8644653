import { DEFAULT_SETTINGS } from '../../../simulator/ec2/settings';
import { bootstrapLabels, machineResources } from '../../../simulator/machine';
import type { KubePod, KubeToleration } from '../../../simulator/kubernetes/objects';
import { podFrom } from '../../../simulator/kubernetes/pod-template';
import { newClaim, newVolume } from '../../../simulator/kubernetes/volumes';
import { World, type WorldOptions } from '../../../simulator/world';
import type { ClusterPorts } from '../../../webhook/assembly/cluster-unit';
import { DRAIN_TAINT, LABELS, TAGS } from '../../../webhook/model/names';
import type { Node } from '../../../webhook/model/observation';
import type { ClusterEvent, Ec2Port } from '../../../webhook/ports';
import { toNode } from '../../../webhook/adapters/kubernetes/to-node';
import { FakeEc2 } from '../../fakes/fake-ec2';
import { FakePreflight } from '../../fakes/fake-preflight';
import { FakeRequestRates } from '../../fakes/fake-request-rates';
import { Alertmanager, type Post } from './alertmanager';
import { WorldKubernetes } from './world-kubernetes';

export interface LaunchSeen {
  /** Seconds since the beginning of the scenario. */
  readonly at: number;
  readonly asked: number;
}

/** One simulated cluster: its EC2 region, its K3s, what runs on it, and its Alertmanager. */
export class Cluster {
  readonly world: World;
  readonly ec2: FakeEc2;
  readonly kubernetes: WorldKubernetes;
  readonly alertmanager: Alertmanager;
  /** Events of Kubernetes, in order. */
  readonly told: ClusterEvent[] = [];
  /** Asked of pools that have a query. */
  readonly requestRates = new FakeRequestRates();
  /** The account that the service's credentials open. */
  private account: Ec2Port;
  private readonly preflight: Pick<ClusterPorts, 'preflight'>;

  constructor(
    readonly name: string,
    options: WorldOptions & { readonly post: Post; readonly alertmanagers?: number; readonly withPreflight?: boolean },
  ) {
    const { post, alertmanagers = 1, withPreflight = false, ...world } = options;
    this.world = new World({ ...world, joining: { joinDelayMs: { min: 30_000, max: 30_000 }, ...world.joining } });
    this.ec2 = new FakeEc2(this.world.cloud);
    this.account = this.ec2;
    this.preflight = withPreflight ? { preflight: new FakePreflight(this.world.cloud) } : {};
    this.kubernetes = new WorldKubernetes(this.world);
    this.alertmanager = new Alertmanager(() => options.clock.now(), post, alertmanagers);
  }

  get ports(): ClusterPorts {
    const ec2 = new Proxy<Ec2Port>(this.ec2, {
      get: (_ours, method: keyof Ec2Port) => this.account[method].bind(this.account),
    });
    const { kubernetes, requestRates } = this;
    const kubernetesEvents = { tell: (event: ClusterEvent) => void this.told.push(event) };
    return { alertmanager: this.alertmanager.api, ec2, kubernetes, kubernetesEvents, requestRates, ...this.preflight };
  }

  /** From now on the service's credentials are those of this account. */
  useCredentialsOf(account: Ec2Port): void {
    this.account = account;
  }

  /** Workers that a former run left: ours by their tags. They need to boot and join like any other. */
  startWorkers(count: number, pool = 'workers', tags: Readonly<Record<string, string>> = {}): readonly string[] {
    const ours = { [TAGS.cluster]: this.name, [TAGS.pool]: pool, ...tags };
    return this.world.launchWorkers(count, { tags: ours }).map(({ id }) => id);
  }

  /** A Deployment whose pods run in the pool. */
  runs(name: string, replicas: number, pod: { readonly cpu: string } & Partial<PodTraits> = { cpu: '450m' }): void {
    const { cpu, kind = 'Deployment', pool = 'workers', ...traits } = pod;
    const labels = { [LABELS.pool]: pool };
    const template = { requests: { cpu, memory: '64Mi' }, labels, nodeSelector: labels, ...traits };
    this.world.cluster.createWorkload({ name, namespace: 'default', kind, replicas, pod: template });
  }

  /** A pod that is there already when the scheduler hears of a cordon; its owner, if any, is nobody that the world knows. */
  lands(name: string, node: string, owner: 'ReplicaSet' | null, pod: { readonly stopSeconds?: number } = {}): KubePod {
    const { store } = this.world.cluster.world;
    const controller = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'late', uid: 'uid-late', controller: true };
    const identity = { name, namespace: 'default', workload: 'late', owner: owner && controller, nodeName: node };
    return store.pods.insert(
      podFrom({ requests: { cpu: '50m', memory: '16Mi' }, ...pod }, identity, store.timestamp()),
    );
  }

  /** What a person does with `kubectl annotate`. */
  annotatesPods(name: string, annotations: Readonly<Record<string, string>>): void {
    const { pods } = this.world.cluster.world.store;
    for (const pod of pods.list().filter(({ metadata }) => metadata.name.startsWith(`${name}-`))) {
      pods.replace({
        ...pod,
        metadata: { ...pod.metadata, annotations: { ...pod.metadata.annotations, ...annotations } },
      });
    }
  }

  /** A volume of that zone with a claim of the same name, as the driver of EBS makes them. */
  hasVolume(name: string, zone: string): void {
    const { persistentvolumes, persistentvolumeclaims } = this.world.cluster.world.store;
    const matchExpressions = [{ key: 'topology.kubernetes.io/zone', operator: 'In' as const, values: [zone] }];
    const nodeAffinity = { required: { nodeSelectorTerms: [{ matchExpressions }] } };
    persistentvolumes.insert(newVolume({ name: `pv-${name}` }, { nodeAffinity }));
    persistentvolumeclaims.insert(newClaim({ name, namespace: 'default' }, { volumeName: `pv-${name}` }));
  }

  /** The newest instance becomes a node, whatever was drawn for it. */
  joinsAfterAll(): void {
    const instance = this.world.cloud.instances.at(-1);
    if (!instance) throw new Error('nothing was launched');
    const { id, zone, type } = instance;
    this.world.cluster.registerNode({
      name: id,
      instanceId: id,
      zone,
      instanceType: type,
      labels: bootstrapLabels(instance),
      taints: [],
      allocatable: machineResources(this.world.cloud.catalogue.instanceType(type)),
    });
  }

  /** As people do with kubectl. */
  label(node: string, labels: Readonly<Record<string, string>>): void {
    this.kubernetes.edit(node, { metadata: { labels } });
  }

  annotate(node: string, annotations: Readonly<Record<string, string>>): void {
    this.kubernetes.edit(node, { metadata: { annotations } });
  }

  // ------------------------------------------------------------------------- what is seen

  /** Nodes of the pool, in the order of their names. */
  nodes(pool = 'workers'): readonly Node[] {
    return this.world.cluster
      .nodes()
      .filter(({ metadata }) => metadata.labels?.[LABELS.pool] === pool)
      .map((node) => toNode({ ...node, metadata: { ...node.metadata, creationTimestamp: new Date(0) } } as never));
  }

  /** Ready and schedulable. */
  readyNodes(pool = 'workers'): readonly string[] {
    return this.nodes(pool)
      .filter(({ ready, cordoned }) => ready && !cordoned)
      .map(({ name }) => name);
  }

  cordonedNodes(pool = 'workers'): readonly string[] {
    return this.nodes(pool)
      .filter(({ cordoned }) => cordoned)
      .map(({ name }) => name);
  }

  /** Nodes that carry anything of ours. */
  markedNodes(): readonly string[] {
    return this.nodes()
      .filter(({ markedBy, taints }) => markedBy !== null || taints.some(({ key }) => key === DRAIN_TAINT))
      .map(({ name }) => name);
  }

  /** Instances of the pool that cost money. */
  alive(pool = 'workers'): readonly string[] {
    return this.ec2.instances
      .filter(({ state, tags }) => (state === 'pending' || state === 'running') && tags[TAGS.pool] === pool)
      .map(({ id }) => id);
  }

  /**
   * How many instances each round of CreateFleet calls asked for, in their order: one call for each zone, and a repeat with
   * the same token counts once.
   */
  fleets(pool = 'workers'): readonly number[] {
    const seen = new Map<string, Map<string, number>>();
    for (const { action, params } of this.ec2.requests) {
      const { request, token } = params as { request?: FleetSeen; token?: string };
      if (action !== 'CreateFleet' || !request || request.tags[TAGS.pool] !== pool) continue;
      const round = request.tags[TAGS.attempt] ?? '';
      seen.set(round, (seen.get(round) ?? new Map<string, number>()).set(String(token), request.count));
    }
    return [...seen.values()].map((calls) => [...calls.values()].reduce((sum, count) => sum + count, 0));
  }

  terminations(): readonly string[] {
    return this.ec2.requests
      .filter(({ action }) => action === 'TerminateInstances')
      .flatMap(({ params }) => params['ids'] as readonly string[]);
  }

  /** Pods of Deployments on that node, those that are going left out. */
  podsOn(node: string): readonly string[] {
    return this.world.cluster
      .podsOfNode(node)
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
      .filter(({ metadata }) => metadata.ownerReferences?.some(({ kind }) => kind === 'ReplicaSet'))
      .map(({ metadata }) => metadata.name);
  }

  podsOf(workload: string): { readonly running: number; readonly pending: number } {
    const pods = this.world.cluster.pods().filter(({ metadata }) => metadata.labels?.['app'] === workload);
    const alive = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    const of = (phase: string) => alive.filter(({ status }) => status.phase === phase).length;
    return { running: of('Running'), pending: of('Pending') };
  }
}

interface FleetSeen {
  readonly count: number;
  readonly tags: Readonly<Record<string, string>>;
}

interface PodTraits {
  readonly kind: 'Deployment' | 'StatefulSet' | 'Bare' | 'Job' | 'DaemonSet';
  readonly pool: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly volumes: readonly Record<string, unknown>[];
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly affinity: NonNullable<KubePod['spec']['affinity']>;
  readonly stopSeconds: number;
  readonly runSeconds: number;
  readonly graceSeconds: number;
  readonly finalizers: readonly string[];
  readonly tolerations: readonly KubeToleration[];
}

export const ZONES = DEFAULT_SETTINGS.subnets.map(({ zone }) => zone);
