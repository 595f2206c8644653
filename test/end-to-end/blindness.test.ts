import { readiness } from './support/asked';
import { always, eventually } from './support/eventually';
import { OPENING, Scene } from './support/scene';

describe('a pool of three nodes', () => {
  let scene: Scene;

  beforeAll(async () => {
    scene = await Scene.open({ pool: { min: 1, cooldown: { down: '30s' } }, shop: { pods: 9, cores: 2 } });
    await scene.comesToRestWith(3);
  }, OPENING);

  afterAll(() => scene.close());

  function nothingHappens(): void {
    expect(scene.launched).toHaveLength(3);
    expect(scene.alive()).toHaveLength(3);
    expect(scene.marked()).toEqual([]);
  }

  function switchKubeStateMetrics(up: boolean): void {
    scene.world.perform({ kind: 'exporter', exporter: 'kube-state-metrics', up });
  }

  it('is left alone while Prometheus restarts and after it', async () => {
    let restarted = false;
    const restarting = scene.stage.monitoring.restartPrometheus().finally(() => (restarted = true));
    while (!restarted) await always(100, nothingHappens);
    await restarting;
    await always(scene.policySeconds(120), nothingHappens);
    await eventually('a Watchdog again', async () => (await readiness(scene)).status === 'ready');
  }, 60_000);

  it('is left alone when it idles for the ten minutes that kube-state-metrics is away', async () => {
    // With this Idle would give nodes back after one minute, if it believed what it does not see.
    await scene.alertAfter('Idle', '1m');
    switchKubeStateMetrics(false);
    scene.shopHas(3);
    scene.shopUses(0.1);
    const looks = await always(scene.policySeconds(600), nothingHappens);
    expect(looks).toBeGreaterThan(50);
    expect(await scene.openOperations()).toEqual([]);
  }, 90_000);

  it('gives nodes back once it is there again', async () => {
    switchKubeStateMetrics(true);
    await scene.comesToRestWith(1);
    expect(scene.launched).toHaveLength(3);
  }, 90_000);
});
