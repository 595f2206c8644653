import { Recorder } from '../../simulator/demo/recorder';
import { flashSale } from '../../simulator/workload/flash-sale';
import { health, metric, post, readiness } from './support/asked';
import { always, eventually } from './support/eventually';
import { OPENING, Scene } from './support/scene';
import { POOL } from './support/shop';

/** Thirteen pods of the shop at the peak, four a node, and the two of a small service beside them. */
const SALE = { baselineSeconds: 30, riseSeconds: 60, plateauSeconds: 210, fallSeconds: 60, peakCores: 3.9 };
const MIN = 2;
const MAX = 6;

interface ApiAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly generatorURL: string;
}

describe('a flash sale, policy and routes as shipped', () => {
  let scene: Scene;
  let recorder: Recorder;
  let looking: NodeJS.Timeout;

  beforeAll(async () => {
    scene = await Scene.open({ pool: { min: MIN, max: MAX, maxConcurrentDrains: 2 } });
    recorder = new Recorder(scene.world, POOL);
    looking = setInterval(() => recorder.look(), 25);
  }, OPENING);

  afterAll(async () => {
    clearInterval(looking);
    await scene.close();
  });

  const most = () => Math.max(...recorder.alive.map(({ value }) => value));

  async function alertsOfPrometheus(): Promise<readonly ApiAlert[]> {
    const answer = await fetch(`${scene.stage.monitoring.alertmanagerUrl}/api/v2/alerts?filter=scale="up"`);
    return (await answer.json()) as readonly ApiAlert[];
  }

  it('finds an empty EC2, where min nodes come up by themselves', async () => {
    await scene.comesToRestWith(MIN);
    expect(scene.launched).toHaveLength(MIN);
    const [launch] = await scene.closedOperations();
    expect(launch).toMatchObject({ phase: 'done', planned: MIN, trigger: { alert: 'below-minimum' } });
  }, 90_000);

  it('is told by health and readiness as it is', async () => {
    expect(await health(scene)).toMatchObject({ min: MIN, max: MAX, nodes: { have: MIN, alive: MIN }, paused: [] });
    await eventually('a Watchdog that has arrived', async () => {
      expect(await readiness(scene)).toEqual({ code: 200, status: 'ready', degraded: [] });
      return true;
    });
  }, 90_000);

  it('grows by alerts of a real Prometheus to what the peak needs', async () => {
    scene.world.play(flashSale(SALE, POOL));
    const alert = await eventually('an up alert at Alertmanager', async () => (await alertsOfPrometheus())[0]);
    expect(alert.generatorURL).toContain('/graph?g0.expr=smartscale');
    const operation = await eventually('an operation in /healthz', async () => (await health(scene)).operations[0]);
    expect(operation.kind).toBe('scale-up');
    await scene.comesToRestWith(4);
    expect(most()).toBe(4);
    expect(recorder.peak.nodesNeeded).toBe(4);
    const bought = (await scene.closedOperations()).filter((it) => it.trigger.alert !== 'below-minimum');
    expect(bought.map((it) => it.trigger.alert)).toContain(alert.labels['alertname']);
    expect(bought.every((it) => it.kind === 'scale-up' && it.phase === 'done')).toBe(true);
  }, 120_000);

  it('measures from alert to launch and from launch to Ready', async () => {
    const of = { cluster: scene.stage.cluster, pool: POOL };
    expect(await metric(scene, 'smartscale_alert_to_launch_seconds_count', of)).toBeGreaterThanOrEqual(2);
    expect(await metric(scene, 'smartscale_launch_to_ready_seconds_count', of)).toBe(4);
    expect(await metric(scene, 'smartscale_launch_to_ready_seconds_sum', of)).toBeGreaterThan(0);
    expect(await metric(scene, 'smartscale_posts_total', { result: 'decided' })).toBeGreaterThan(0);
    expect(await metric(scene, 'smartscale_nodes', { ...of, state: 'ready' })).toBe(4);
  });

  it('drains, terminates and removes what idles, and ends at min', async () => {
    await scene.comesToRestWith(MIN);
    const downs = (await scene.closedOperations()).filter(({ kind }) => kind === 'scale-down');
    expect(downs).toHaveLength(2);
    for (const down of downs) expect(down).toMatchObject({ phase: 'done', trigger: { alert: 'Idle' } });
    expect(scene.launched).toHaveLength(4);
  }, 120_000);

  it('was never over max nor under min, and evicted nothing against a budget', () => {
    const reached = recorder.ready.findIndex(({ value }) => value >= MIN);
    expect(most()).toBeLessThanOrEqual(MAX);
    expect(Math.min(...recorder.ready.slice(reached).map(({ value }) => value))).toBe(MIN);
    expect(recorder.undrained).toEqual([]);
    expect(recorder.brokenBudgets).toEqual([]);
  });

  it('replaces a node that was killed from outside, and sweeps what is left of it', async () => {
    const [victim] = scene.alive();
    if (!victim) throw new Error('nobody to kill');
    scene.world.perform({ kind: 'kill-instance', instance: victim.id });
    await scene.comesToRestWith(MIN);
    expect(scene.nodes().map(({ metadata }) => metadata.name)).not.toContain(victim.id);
    expect(scene.launched).toHaveLength(5);
    // The row follows the removal.
    const row = await eventually('the row of the sweep', async () =>
      (await scene.history()).find(({ kind }) => kind === 'sweep'),
    );
    expect(row.data).toMatchObject({ finding: 'dead-node' });
    expect((await scene.closedOperations())[0]).toMatchObject({ phase: 'done', trigger: { alert: 'below-minimum' } });
  }, 90_000);

  it('grows only when an operator lets it: POST /pause and /resume', async () => {
    const { url } = scene.webhook;
    const order = { direction: 'up', by: 'ops', reason: 'change freeze' };
    expect(await post(`${url}/pause`, order, 'not-the-token')).toMatchObject({ status: 401 });
    expect(await post(`${url}/pause`, { ...order, until: '1h' }, scene.stage.token)).toMatchObject({
      status: 200,
      body: { state: 'paused', pools: [POOL] },
    });
    scene.world.perform({ kind: 'workload-scale', namespace: 'default', name: 'shop', replicas: 8 });
    await eventually('an alert that the pause holds', async () => {
      expect((await health(scene)).lastDecision).toMatchObject({ outcome: 'hold', reason: 'paused' });
      return true;
    });
    const { paused } = await health(scene);
    expect(paused).toMatchObject([{ by: 'switch', direction: 'up', who: 'ops', reason: 'change freeze' }]);
    await always(scene.policySeconds(60), () => expect(scene.alive()).toHaveLength(MIN));
    expect(await post(`${url}/resume`, order, scene.stage.token)).toMatchObject({ status: 200 });
    await scene.comesToRestWith(3);
    expect(await health(scene)).toMatchObject({ paused: [] });
  }, 120_000);

  it('shuts down on SIGTERM: finishes, says so, leaves with 0', async () => {
    const { webhook } = scene;
    await webhook.stop();
    expect(webhook.exitCode).toBe(0);
    const ending = webhook.lines.map(({ msg }) => msg).filter((msg) => msg.startsWith('stop'));
    expect(ending).toEqual(['stopping', 'stopped']);
    expect(await scene.openOperations()).toEqual([]);
  });
});
