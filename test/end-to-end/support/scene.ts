import { TAGS } from '../../../webhook/model/names';
import { isClosed, type Operation } from '../../../webhook/model/operation';
import type { HistoryRow } from '../../../webhook/ports';
import type { SimInstance } from '../../../simulator/ec2/ec2-types';
import { isNodeReady } from '../../../simulator/kubernetes/conditions';
import type { KubeNode } from '../../../simulator/kubernetes/objects';
import { findBinaries, type Binaries } from '../../../simulator/monitoring/binaries';
import { scaleDuration } from '../../../simulator/monitoring/time-scale';
import { openStage, type Stage, type StageSettings } from '../../../simulator/stage/stage';
import type { WebhookProcess } from '../../../simulator/stage/webhook-process';
import type { World } from '../../../simulator/world';
import { eventually } from './eventually';
import { POOL, shop, type ShopSettings } from './shop';

export interface SceneSettings extends Partial<Omit<StageSettings, 'binaries' | 'pools'>> {
  /** Keys of the pool in the webhook's configuration. */
  readonly pool?: Readonly<Record<string, unknown>> & { readonly min?: number };
  /** Opens as soon as the pool has its minimum, so that no pod waits, and no alert fires, before that. */
  readonly shop?: ShopSettings;
}

/** Fast enough for a test, slow enough that scrapes and evaluations lie well apart from each other. */
export const TIME_SCALE = 30;

/** Of a pool that names none. */
const DEFAULT_MIN = 2;

/** What a first start may take: the servers may have to be downloaded. */
export const OPENING = 600_000;

/** One stage with one pool: what tests do to it and what they see of it, in the words of the domain. */
export class Scene {
  /** Instances of the pool that were ever launched, oldest first. */
  readonly launched: string[] = [];
  readonly key: { readonly cluster: string; readonly pool: string };

  private constructor(
    readonly stage: Stage,
    readonly binaries: Binaries,
    readonly timeScale: number,
  ) {
    this.key = { cluster: stage.cluster, pool: POOL };
    for (const event of this.world.log.events) if (event.kind === 'instance') this.note(event);
    this.world.log.onEvent((event) => {
      if (event.kind === 'instance') this.note(event);
    });
  }

  static async open({ pool = {}, shop: demand, ...settings }: SceneSettings = {}): Promise<Scene> {
    const binaries = await findBinaries();
    const timeScale = settings.timeScale ?? TIME_SCALE;
    const stage = await openStage({ ...settings, binaries, timeScale, pools: { [POOL]: pool } });
    const scene = new Scene(stage, binaries, timeScale);
    if (demand) await scene.opensShop(demand, pool.min ?? DEFAULT_MIN);
    return scene;
  }

  /** On a stage that somebody else has set up. */
  static on(stage: Stage, binaries: Binaries, timeScale = TIME_SCALE): Scene {
    return new Scene(stage, binaries, timeScale);
  }

  /** A scene that did not come up is closed again: nobody else has it in hand. */
  private async opensShop(demand: ShopSettings, min: number): Promise<void> {
    try {
      await this.comesToRestWith(min);
    } catch (error) {
      await this.close();
      throw error;
    }
    this.world.play(shop(demand));
  }

  close(): Promise<void> {
    return this.stage.stop();
  }

  get world(): World {
    return this.stage.simulator.world;
  }

  get webhook(): WebhookProcess {
    const [webhook] = this.stage.webhooks;
    if (!webhook) throw new Error('the stage has no webhook');
    return webhook;
  }

  /** Real milliseconds of so many seconds of policy time. */
  policySeconds(seconds: number): number {
    return (seconds * 1000) / this.timeScale;
  }

  // -------------------------------------------------------------------- what tests do

  shopHas(pods: number): void {
    this.world.perform({ kind: 'workload-scale', namespace: 'default', name: 'shop', replicas: pods });
  }

  shopUses(cores: number): void {
    this.world.perform({ kind: 'demand', namespace: 'default', name: 'shop', resource: 'cpu', total: cores });
  }

  /** Edits how long a condition must hold, as an operator would in the rules file; `policy` such as "10m". */
  async alertAfter(alert: string, policy: string): Promise<void> {
    const waits = new RegExp(String.raw`(- alert: ${alert}\n(?:(?!- alert:)[^])*?\n\s+for: )\S+`);
    await this.stage.monitoring.editRules((rules) => {
      if (!waits.test(rules)) throw new Error(`the rules have no ${alert} with a "for"`);
      return rules.replace(waits, `$1${scaleDuration(policy, this.timeScale)}`);
    });
  }

  // --------------------------------------------------------------------- what they see

  /** Instances of the pool that EC2 has not ended. */
  alive(): readonly SimInstance[] {
    const ended = ['shutting-down', 'terminated'];
    return this.world.cloud.instances.filter((it) => it.tags[TAGS.pool] === POOL && !ended.includes(it.state));
  }

  nodes(): readonly KubeNode[] {
    return this.world.cluster.nodes().filter(({ metadata }) => metadata.labels?.['smartscale/pool'] === POOL);
  }

  /** Nodes of the pool that take pods. */
  serving(): readonly KubeNode[] {
    return this.nodes().filter((node) => isNodeReady(node) && node.spec.unschedulable !== true);
  }

  /** Nodes of the pool that are cordoned, or carry a mark of a drain. */
  marked(): readonly string[] {
    return this.nodes()
      .filter(({ spec, metadata }) => {
        const ours = Object.keys(metadata.annotations ?? {}).some((name) => name.startsWith('smartscale/'));
        const tainted = spec.taints?.some(({ key }) => key.startsWith('smartscale/'));
        return spec.unschedulable === true || tainted === true || ours;
      })
      .map(({ metadata }) => metadata.name);
  }

  /** Instances without a node and nodes without an instance. */
  strays(): readonly string[] {
    const alive = this.alive().map(({ id }) => id);
    const nodes = this.nodes().map(({ metadata }) => metadata.name);
    return [...alive.filter((id) => !nodes.includes(id)), ...nodes.filter((name) => !alive.includes(name))];
  }

  async openOperations(): Promise<readonly Operation[]> {
    const { operations } = await this.stage.store.readPool(this.key);
    return Object.values(operations).filter((operation) => !isClosed(operation));
  }

  async closedOperations(): Promise<readonly Operation[]> {
    const rows = await this.history();
    return rows.filter(({ kind }) => kind === 'operation').map(({ data }) => data as unknown as Operation);
  }

  /** Newest first. */
  history(): Promise<readonly HistoryRow[]> {
    return this.stage.store.readHistory(this.key, { limit: 500 });
  }

  /** The rounds of launches that reached EC2, as their tags name them, each once: one call for each zone. */
  launchRounds(): readonly unknown[] {
    const { requests } = this.world.cloud.gate;
    const rounds = requests.filter(({ action }) => action === 'CreateFleet').map(({ params }) => attemptTag(params));
    return [...new Set(rounds)];
  }

  /** So many nodes serve, every instance has its node, no operation is open, no node is marked. */
  comesToRestWith(nodes: number): Promise<true> {
    return eventually(`rest with ${nodes} nodes`, async () => {
      const open = (await this.openOperations()).map(({ kind, phase, reason }) => `${kind} ${phase} ${reason ?? ''}`);
      expect({ serving: this.serving().length, strays: this.strays(), marked: this.marked(), open }).toEqual({
        serving: nodes,
        strays: [],
        marked: [],
        open: [],
      });
      return true;
    });
  }

  private note({ state, pool, instance }: { state: string; pool?: string; instance: string }): void {
    if (state === 'pending' && pool === POOL) this.launched.push(instance);
  }
}

/** Of a request as it came over the wire: `TagSpecification.1.Tag.5.Key`. */
function attemptTag(params: Readonly<Record<string, unknown>>): unknown {
  const [key = ''] =
    Object.entries(params).find(([name, value]) => name.endsWith('.Key') && value === TAGS.attempt) ?? [];
  return params[key.replace(/Key$/, 'Value')];
}
