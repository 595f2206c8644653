import { World } from '../../../simulator/world';
import { LABELS, TAGS } from '../../../webhook/model/names';
import type { Ec2Port, KubernetesPort } from '../../../webhook/ports';
import { Alertmanager, type PostAnswer } from '../../scenarios/support/alertmanager';
import { KEY, NOW, SECOND } from '../../support/builders';
import { countingIds } from '../../support/fake-clock';
import { checkEviction } from '../rules/pod-rules';
import { butFor } from './but-for';
import { Demand } from './demand';
import { Draw } from './draw';
import { fateOf } from './fate';
import type { Life, Traps } from './life';
import type { MakePeers, Peers } from './peers';
import { Process } from './process';
import { LateEc2, Region } from './region';
import type { Sabotage } from './sabotage';
import { settingOf, type Setting } from './setting';
import { Broken, Story } from './story';
import { Truth } from './truth';
import { VirtualClock } from './virtual-clock';
import { Witness } from './witness';

/** How often Prometheus looks at its rules, and how often the world moves on at least. Milliseconds. */
const RULE_INTERVAL = 15 * SECOND;
const WORLD_STEP = 5 * SECOND;
const SHORTEST_STEP = 250;

/** Pods that nobody would create again. */
const BARE = 'ledger';

/** Everything that plays in one history: a world, its people and machines, and the processes of the service. */
export class History {
  readonly clock = new VirtualClock(NOW, () => this.peers.settled());
  readonly draw: Draw;
  readonly story: Story;
  readonly setting: Setting;
  readonly world: World;
  readonly peers: Peers;
  readonly truth: Truth;
  readonly witness: Witness;
  readonly alertmanager: Alertmanager;
  readonly demand: Demand;
  readonly mishaps = { share: 0 };
  readonly traps: Traps = new Map();
  processes: Process[] = [];
  broken: Broken | null = null;
  /** Trouble is over: nobody dies or sleeps any more. */
  calm = false;
  private readonly region: Region;
  private readonly ids = countingIds();
  private readonly senders = new Map<string, Set<Life>>();
  private started = 0;
  private movedAt = 0;

  constructor(
    readonly seed: number,
    makePeers: MakePeers,
    private readonly sabotage: Sabotage = {},
  ) {
    this.draw = new Draw(seed);
    this.story = new Story(seed, `${makePeers.seedVariable}=${seed} npx jest test/histories`, () => this.clock.now());
    const setting = settingOf(this.draw.branch());
    this.setting = sabotage.setting?.(setting) ?? setting;
    this.world = new World({
      clock: this.clock,
      seed,
      controlPlane: false,
      kubernetes: { podStopMs: [500, 20_000] },
      joining: { joinDelayMs: this.setting.joinDelay },
    });
    this.region = new Region(this.world.cloud, this.setting.listLag);
    this.truth = new Truth(this.world, this.setting.policy, () => this.peers.ledger.truth);
    this.witness = new Witness(this.truth, this.story, (broken) => {
      this.broken ??= broken;
    });
    this.witness.senderHasSlept = (operation) =>
      [...(this.senders.get(operation) ?? [])].some(({ hasSlept }) => hasSlept);
    this.alertmanager = new Alertmanager(
      () => this.clock.now(),
      (payload) => this.post(payload),
      this.setting.alertmanagers,
    );
    const { world, witness } = this;
    this.peers = makePeers.make({ world, cloud: world.cloud, witness, alertmanager: this.alertmanager.api });
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
    const { workers, hadNoSpot } = this.setting;
    await this.peers.start();
    this.createWorkloads();
    const fallback = hadNoSpot ? { [TAGS.fallback]: 'true' } : {};
    this.world.launchWorkers(workers, { tags: { [TAGS.cluster]: KEY.cluster, [TAGS.pool]: KEY.pool, ...fallback } });
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
    const { mishaps, clock, sabotage, draw, calm, witness } = this;
    const { policy } = this.setting;
    const setting = { ...this.setting, policy: sabotage.policy?.(policy) ?? policy };
    const name = `replica-${this.started}`;
    const process = new Process({
      name,
      setting,
      mishaps,
      clock,
      draw: draw.branch(),
      fate: fateOf(draw, calm),
      traps: this.traps,
      tell: (text) => this.tell(text),
      onDeath: (dead, when) => {
        if (when !== '') witness.seen.add(`died ${when}`);
        this.peers.disconnect(dead);
      },
      onSleep: (call) => witness.seen.add(`slept before ${call}`),
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

  private surroundings(life: Life, owner: string) {
    const { sabotage, ids } = this;
    const { ledger } = this.peers;
    const { store, ec2, kubernetes, alertmanager } = this.peers.connect();
    const witnessed = { ec2: this.ec2Of(life, ec2), kubernetes: this.kubernetesOf(life, kubernetes) };
    return {
      store: sabotage.store?.(store, owner, ledger) ?? store,
      ec2: sabotage.ec2?.(witnessed.ec2) ?? witnessed.ec2,
      kubernetes: sabotage.kubernetes?.(witnessed.kubernetes, ledger) ?? witnessed.kubernetes,
      alertmanager,
      ids,
    };
  }

  private ec2Of(life: Life, ec2: Ec2Port): Ec2Port {
    return butFor<Ec2Port>(new LateEc2(ec2, this.region), {
      createFleet: (request, token) => {
        const operation = request.tags[TAGS.operation] ?? '';
        const senders = this.senders.get(operation) ?? new Set<Life>();
        this.senders.set(operation, senders.add(life));
        return ec2.createFleet(request, token);
      },
    });
  }

  private kubernetesOf(life: Life, kubernetes: KubernetesPort): KubernetesPort {
    const { truth } = this;
    return butFor<KubernetesPort>(kubernetes, {
      markNode: (node, operation) => {
        if (life.hasSlept) this.witness.somebodySlept = true;
        return kubernetes.markNode(node, operation);
      },
      evict: (pod) => {
        this.witness.check(() => checkEviction(pod.namespace, pod.name, truth));
        return kubernetes.evict(pod);
      },
      deletePod: (pod) => {
        this.witness.deletesPod(pod, life.hasSlept);
        return kubernetes.deletePod(pod);
      },
      deleteNode: (node) => {
        if (truth.isRunning(node.name)) {
          this.broken ??= new Broken('keep', `Node ${node.name} was deleted while its instance runs`);
        }
        return kubernetes.deleteNode(node);
      },
    });
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
    else this.peers.post(process, payload).catch(() => void again());
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
