import { World } from '../../../simulator/world';
import { parsePayload } from '../../../webhook/alertmanager/payload';
import { LABELS, TAGS } from '../../../webhook/model/names';
import type { Ec2Port, KubernetesPort } from '../../../webhook/ports';
import { FakeEc2 } from '../../fakes/fake-ec2';
import { Alertmanager, type PostAnswer } from '../../scenarios/support/alertmanager';
import { WorldKubernetes } from '../../scenarios/support/world-kubernetes';
import { KEY, NOW, SECOND } from '../../support/builders';
import { countingIds } from '../../support/fake-clock';
import { checkEviction } from '../rules/world-rules';
import { Demand } from './demand';
import { Draw } from './draw';
import type { Fate, Life } from './life';
import { Process } from './process';
import { LateEc2 } from './region';
import type { Sabotage } from './sabotage';
import { settingOf, type Setting } from './setting';
import { Broken, Story } from './story';
import { Truth } from './truth';
import { VirtualClock } from './virtual-clock';
import { Witness } from './witness';
import { WitnessedStore } from './witnessed-store';

/** How often Prometheus looks at its rules, and how often the world moves on at least. Milliseconds. */
const RULE_INTERVAL = 15 * SECOND;
const WORLD_STEP = 5 * SECOND;
const SHORTEST_STEP = 250;

/** Pods that nobody would create again. */
const BARE = 'ledger';

/** Everything that plays in one history: a world, its people and machines, and the processes of the service. */
export class History {
  readonly clock = new VirtualClock(NOW);
  readonly draw: Draw;
  readonly story: Story;
  readonly setting: Setting;
  readonly world: World;
  readonly ec2: FakeEc2;
  readonly kubernetes: WorldKubernetes;
  readonly store: WitnessedStore;
  readonly truth: Truth;
  readonly witness: Witness;
  readonly alertmanager: Alertmanager;
  readonly demand: Demand;
  readonly mishaps = { share: 0 };
  processes: Process[] = [];
  broken: Broken | null = null;
  /** Trouble is over: nobody dies or sleeps any more. */
  calm = false;
  private readonly late: LateEc2;
  private readonly ids = countingIds();
  private readonly senders = new Map<string, Set<Life>>();
  private started = 0;
  private movedAt = 0;

  constructor(
    readonly seed: number,
    private readonly sabotage: Sabotage = {},
  ) {
    this.draw = new Draw(seed);
    this.story = new Story(seed, () => this.clock.now());
    const setting = settingOf(this.draw.branch());
    this.setting = sabotage.setting?.(setting) ?? setting;
    this.world = new World({
      clock: this.clock,
      seed,
      controlPlane: false,
      kubernetes: { podStopMs: [500, 20_000] },
      joining: { joinDelayMs: this.setting.joinDelay },
    });
    this.ec2 = new FakeEc2(this.world.cloud);
    this.late = new LateEc2(this.ec2, this.setting.listLag);
    this.kubernetes = new WorldKubernetes(this.world);
    this.truth = new Truth(this.world, this.setting.policy, () => this.store.truth);
    this.witness = new Witness(this.truth, this.story, (broken) => {
      this.broken ??= broken;
    });
    this.witness.senderHasSlept = (operation) =>
      [...(this.senders.get(operation) ?? [])].some(({ hasSlept }) => hasSlept);
    this.store = new WitnessedStore(this.witness);
    this.alertmanager = new Alertmanager(
      () => this.clock.now(),
      (payload) => this.post(payload),
    );
    if (this.setting.inhibits) this.alertmanager.api.inhibit({ scale: 'up' }, { scale: 'down' });
    this.demand = new Demand(this.truth, this.alertmanager);
    this.clock.onMove((now) => this.move(now));
  }

  get now(): number {
    return this.clock.now();
  }

  tell(text: string): void {
    this.story.tell(text);
  }

  /** Time goes on until the moment, or until something has broken. */
  async until(time: number, enough: () => boolean = () => false): Promise<void> {
    await this.clock.runUntil(time, () => this.broken !== null || enough());
  }

  /** Somebody who does something again and again, from now on. */
  everyNowAndThen(interval: () => number, act: () => Promise<void> | void): void {
    const loop = async () => {
      for (;;) {
        await this.clock.sleep(interval());
        await act();
      }
    };
    loop().catch((error: unknown) => {
      this.broken ??= new Broken('test', error instanceof Error ? (error.stack ?? error.message) : String(error));
    });
  }

  async begin(): Promise<void> {
    const { workers } = this.setting;
    this.createWorkloads();
    this.world.launchWorkers(workers, { tags: { [TAGS.cluster]: KEY.cluster, [TAGS.pool]: KEY.pool } });
    await this.until(this.now + this.setting.joinDelay.max + 30 * SECOND);
    this.demand.nodes = this.draw.between(0, this.setting.policy.max + 1);
    this.alertmanager.api.watchdog();
    this.everyNowAndThen(
      () => RULE_INTERVAL,
      async () => {
        await this.demand.evaluate();
        await this.alertmanager.flushDue();
      },
    );
    for (let i = 0; i < this.setting.replicas; i += 1) this.startProcess();
  }

  private createWorkloads(): void {
    const { pods, barePods } = this.setting;
    const { cluster } = this.world;
    const pool = { [LABELS.pool]: KEY.pool };
    const pod = { requests: { cpu: '300m' }, labels: pool, nodeSelector: pool };
    cluster.createWorkload({ name: BARE, namespace: 'default', kind: 'Bare', replicas: barePods, pod });
    cluster.createWorkload({ name: 'shop', namespace: 'default', kind: 'Deployment', replicas: pods, pod });
  }

  /** Nothing stands in the way of a drain any more. */
  clearWorkloads(): void {
    this.world.cluster.deleteWorkload(BARE);
    this.world.cluster.scaleWorkload('shop', 2);
  }

  // --------------------------------------------------------------------------- processes

  startProcess(): Process {
    this.started += 1;
    const { mishaps, clock, sabotage } = this;
    const { policy } = this.setting;
    const setting = { ...this.setting, policy: sabotage.policy?.(policy) ?? policy };
    const name = `replica-${this.started}`;
    const process = new Process({
      name,
      setting,
      mishaps,
      clock,
      draw: this.draw.branch(),
      fate: this.fate(),
      tell: (text) => this.tell(text),
      onDefect: (error) => {
        this.broken ??= new Broken('defect', error instanceof Error ? (error.stack ?? '') : String(error));
      },
      world: (life, owner) => this.surroundings(life, owner),
    });
    this.processes = [...this.processes.filter(({ life }) => !life.dead), process];
    this.tell(`${name} starts`);
    process.service.start();
    return process;
  }

  /** In a draw of numbers of calls: an idle look takes about eight of them. */
  private fate(): Fate {
    const { draw } = this;
    const never = Infinity;
    return {
      diesAt: !this.calm && draw.chance(0.4) ? draw.between(1, 600) : never,
      diesAfterwards: draw.chance(0.6),
      sleepsAt: !this.calm && draw.chance(0.4) ? draw.between(1, 600) : never,
      sleepsFor: draw.between(5, 240) * SECOND,
    };
  }

  private surroundings(life: Life, owner: string) {
    const { sabotage, ids } = this;
    const plain = { store: this.store, ec2: this.ec2Of(life), kubernetes: this.kubernetesOf(life) };
    return {
      store: sabotage.store?.(plain.store, owner) ?? plain.store,
      ec2: sabotage.ec2?.(plain.ec2) ?? plain.ec2,
      kubernetes: sabotage.kubernetes?.(plain.kubernetes, this.store) ?? plain.kubernetes,
      alertmanager: this.alertmanager.api,
      ids,
    };
  }

  private ec2Of(life: Life): Ec2Port {
    return {
      listInstances: (cluster) => this.late.listInstances(cluster),
      describeInstances: (ids) => this.late.describeInstances(ids),
      notices: (ids) => this.late.notices(ids),
      terminate: (ids) => this.late.terminate(ids),
      createFleet: async (request, token) => {
        const operation = request.tags[TAGS.operation] ?? '';
        const senders = this.senders.get(operation) ?? new Set<Life>();
        this.senders.set(operation, senders.add(life));
        return this.late.createFleet(request, token);
      },
    };
  }

  private kubernetesOf(life: Life): KubernetesPort {
    const { kubernetes, truth } = this;
    return {
      listNodes: () => kubernetes.listNodes(),
      listPods: () => kubernetes.listPods(),
      markNode: (node, operation) => {
        if (life.hasSlept) this.witness.somebodySlept = true;
        return kubernetes.markNode(node, operation);
      },
      unmarkNode: (node, operation) => kubernetes.unmarkNode(node, operation),
      evict: (pod) => {
        this.witness.check(() => checkEviction(pod.namespace, pod.name, truth));
        return kubernetes.evict(pod);
      },
      deleteNode: (node) => {
        if (truth.isRunning(node.name)) {
          this.broken ??= new Broken('keep', `Node ${node.name} was deleted while its instance runs`);
        }
        return kubernetes.deleteNode(node);
      },
    };
  }

  // -------------------------------------------------------------------------------- posts

  /** Sends to any process that runs; what fails is tried again, as Alertmanager does. */
  post(payload: object, tries = 4): Promise<PostAnswer> {
    const process = this.draw.anyOf(this.processes.filter(({ runs }) => runs));
    const again = async () => {
      await this.clock.sleep(10 * SECOND);
      if (tries > 1) void this.post(payload, tries - 1);
    };
    if (process === null) void again();
    else process.service.http.receive(parsePayload(payload), null).catch(() => void again());
    return Promise.resolve({ status: 202, body: {} });
  }

  // --------------------------------------------------------------------------------- time

  private move(now: number): void {
    const { cloud, cluster } = this.world;
    const since = now - this.movedAt;
    const wrote = cluster.world.store.lastChangeAt >= this.movedAt;
    const next = Math.min(cloud.nextChangeAt() ?? Infinity, cluster.nextChangeAt() ?? Infinity);
    if (since < WORLD_STEP && (since < SHORTEST_STEP || (!wrote && next > now))) return;
    this.movedAt = now;
    this.world.tick();
  }
}
