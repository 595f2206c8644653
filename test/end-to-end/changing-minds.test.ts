import { holdPods } from '../support/held-pods';
import { TAGS } from '../../webhook/model/names';
import { health } from './support/asked';
import { always, eventually } from './support/eventually';
import { descendantsOf } from './support/processes';
import { OPENING, Scene } from './support/scene';
import { PODS_A_NODE, POOL, shop } from './support/shop';

describe('a pool of four nodes', () => {
  let scene: Scene;

  beforeAll(async () => {
    scene = await Scene.open({ pool: { min: 2, cooldown: { down: '30s' } } });
    await scene.comesToRestWith(2);
    scene.world.launchWorkers(2, { tags: { [TAGS.cluster]: scene.stage.cluster, [TAGS.pool]: POOL } });
    await scene.comesToRestWith(4);
  }, OPENING);

  afterAll(() => scene.close());

  async function decisionsOn(alert: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const decisions = (await scene.history()).filter(
      ({ kind, data }) => kind === 'decision' && data['alert'] === alert,
    );
    return decisions.map(({ data }) => data);
  }

  /** Everything that was started for the stage: guards, webhook, Prometheus, Alertmanager. */
  function processes() {
    return descendantsOf(process.pid).filter(({ command }) => command.includes(scene.stage.workDir));
  }

  function shopPods(): number {
    return scene.world.cluster.pods().filter(({ metadata }) => metadata.labels?.['app'] === 'shop').length;
  }

  async function busyPercent(): Promise<number> {
    const query = 'smartscale:pool:cpu_percent';
    const answer = await fetch(`${scene.stage.monitoring.prometheusUrl}/api/v1/query?query=${query}`);
    const body = (await answer.json()) as { data: { result: readonly { value: readonly [number, string] }[] } };
    return Number(body.data.result[0]?.value[1]);
  }

  it('takes a drain back instead of buying when load spikes in the middle of it', async () => {
    scene.world.play(shop({ pods: 4 }));
    await eventually('four pods', () => shopPods() === 4);
    // Nobody may be moved before its end: the drain lasts until it is taken back.
    holdPods(scene.world.cluster, 'shop');
    await scene.alertAfter('Idle', '30s');
    const drained = await eventually('a node in mid-drain', async () => {
      const [operation] = await scene.openOperations();
      return operation?.kind === 'scale-down' && operation.phase === 'draining' ? operation.node?.name : undefined;
    });
    expect(scene.marked()).toEqual([drained]);

    scene.shopHas(3 * PODS_A_NODE + 2);
    await scene.comesToRestWith(4);

    holdPods(scene.world.cluster, 'shop', false);
    const [taken] = await scene.closedOperations();
    expect(taken).toMatchObject({ kind: 'scale-down', phase: 'rolled-back', reason: 'cancelled' });
    expect(await decisionsOn('UnschedulablePods')).toContainEqual(
      expect.objectContaining({ outcome: 'uncordon', launch: 0, takeBack: [taken?.id] }),
    );
    expect(scene.launchRounds()).toHaveLength(1);
    expect(scene.alive()).toHaveLength(4);
  }, 120_000);

  it('follows an edited threshold with the next decision, and nothing is restarted', async () => {
    await scene.alertAfter('HighCpu', '1m');
    scene.shopUses(3);
    await eventually('a pool that is 40 % busy', async () => Math.abs((await busyPercent()) - 40) < 1);
    const before = processes();
    expect(before.length).toBeGreaterThanOrEqual(6);
    // Longer than the rule's "for": at 40 % the shipped threshold of 70 % asks for nothing.
    await always(scene.policySeconds(90), () => expect(scene.alive()).toHaveLength(4));
    expect(await decisionsOn('HighCpu')).toEqual([]);

    await scene.stage.monitoring.editRules((rules) => {
      const edited = rules.replace(/(threshold_percent\n\s+expr: vector\()70\)/, '$130)');
      expect(edited).not.toBe(rules);
      return edited;
    });

    // 3 cores of the shop and 0.05 of each node's own, at most 0.6 busy cores a node: 5.33 nodes.
    await scene.comesToRestWith(6);
    expect((await decisionsOn('HighCpu')).at(-1)).toMatchObject({ outcome: 'scale-up', have: 4, want: 6, launch: 2 });
    expect(processes()).toEqual(before);
    expect((await health(scene)).nodes).toMatchObject({ have: 6, alive: 6 });
  }, 120_000);
});
