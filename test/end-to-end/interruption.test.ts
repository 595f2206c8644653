import { TAGS } from '../../webhook/model/names';
import { DEFAULT_SETTINGS, DEFAULT_TEMPLATE_ID } from '../../simulator/ec2/settings';
import { Drag } from './support/drag';
import { always, eventually } from './support/eventually';
import { OPENING, Scene } from './support/scene';

/** Slow enough that a scrape of five seconds is one of a second. */
const SCALE = 5;

/**
 * From notice to cordon 15 s. Twelve of them are policy, which the scale divides: the unit asks every 2 s, the scrape comes
 * every 5 s, the evaluation every 5 s. Three are left to what no scale divides: Alertmanager, webhook and their calls.
 */
const CORDON_MS = 12_000 / SCALE + 3000;

const LAUNCH = {
  template: { id: DEFAULT_TEMPLATE_ID, version: '1' },
  subnets: DEFAULT_SETTINGS.subnets.map(({ id, zone }) => ({ id, zone })),
  instanceTypes: ['m6i.large', 'm6a.large'],
  capacity: 'spot',
};

const POOL = { min: 3, max: 6, cooldown: { down: '30s' }, launch: LAUNCH };

describe('nodes that EC2 announces to take', () => {
  let scene: Scene;
  let drag: Drag;

  beforeEach(() => {
    drag = new Drag(scene);
  });

  afterEach(() => drag.end());

  beforeAll(async () => {
    scene = await Scene.open({ timeScale: SCALE, pool: POOL, shop: { pods: 6 } });
    await eventually('a shop that runs', () => runningPods() === 6);
  }, OPENING);

  afterAll(() => scene.close());

  const shopPods = () => scene.world.cluster.pods().filter(({ metadata }) => metadata.name.startsWith('shop'));
  const runningPods = () => shopPods().filter(({ status }) => status.phase === 'Running').length;
  const podsOn = (node: string) => shopPods().filter(({ spec }) => spec.nodeName === node).length;
  const isAlive = (node: string) => scene.alive().some(({ id }) => id === node);
  const ofKind = async (kind: string) => (await scene.closedOperations()).filter((it) => it.kind === kind);

  /** Real milliseconds until the node is cordoned, but for what a busy machine adds. */
  async function cordonAfter(node: string, begun: number): Promise<number> {
    const dragged = drag.milliseconds;
    return eventually(
      `the cordon of ${node}`,
      () => scene.marked().includes(node) && Date.now() - begun - (drag.milliseconds - dragged),
      { every: 10 },
    );
  }

  it('are cordoned within 15 s, replaced once and left in time when it takes two at once', async () => {
    const [one = '', two = '', stays = ''] = scene.alive().map(({ id }) => id);
    const begun = Date.now();
    const at = begun + scene.policySeconds(120);
    for (const id of [one, two]) scene.world.cloud.notify(id, { kind: 'interruption', at });
    const cordons = await Promise.all([one, two].map((node) => cordonAfter(node, begun)));
    for (const ms of cordons) expect(ms).toBeLessThan(CORDON_MS);

    await eventually('nodes that are empty before they end', () => podsOn(one) + podsOn(two) === 0);
    expect([isAlive(one), isAlive(two)]).toEqual([true, true]);
    await eventually('a shop that runs elsewhere', () => runningPods() === 6);
    await scene.comesToRestWith(3);

    const replaced = scene.alive().flatMap(({ tags }) => tags[TAGS.replaces] ?? []);
    expect(replaced.sort()).toEqual([one, two].sort());
    expect(scene.nodes().map(({ metadata }) => metadata.name)).toContain(stays);
    expect(scene.launched).toHaveLength(5);
    const drains = await ofKind('scale-down');
    expect(drains).toHaveLength(2);
    for (const drain of drains)
      expect(drain).toMatchObject({ phase: 'done', forced: true, trigger: { alert: 'SpotInterruption' } });
    await always(scene.policySeconds(30), () => expect(scene.launched).toHaveLength(5));
  }, 180_000);

  it('are only cordoned by a recommendation, and serve again when it is over', async () => {
    const [node = ''] = scene.alive().map(({ id }) => id);
    const pods = podsOn(node);
    const begun = Date.now();
    scene.world.cloud.notify(node, { kind: 'rebalance', at: begun });
    expect(await cordonAfter(node, begun)).toBeLessThan(CORDON_MS);
    await always(scene.policySeconds(20), () => {
      expect(podsOn(node)).toBe(pods);
      expect(scene.launched).toHaveLength(5);
    });
    scene.world.cloud.notify(node, null);
    await scene.comesToRestWith(3);
    expect((await ofKind('scale-down'))[0]).toMatchObject({ phase: 'rolled-back', reason: 'not-confirmed' });
  }, 120_000);

  it('serve again when the event that would take them is withdrawn', async () => {
    scene.world.cluster.createBudget({ name: 'shop', namespace: 'default', minAvailable: '100%' });
    const node = scene.alive().find(({ id }) => podsOn(id) > 0)?.id ?? '';
    const begun = Date.now();
    scene.world.cloud.notify(node, { kind: 'maintenance', at: begun + scene.policySeconds(1800) });
    expect(await cordonAfter(node, begun)).toBeLessThan(CORDON_MS);
    await eventually('another one launched in its place', () => scene.launched.length === 6);
    expect(scene.marked()).toEqual([node]);
    scene.world.cloud.notify(node, null);
    await scene.comesToRestWith(4);
    expect(podsOn(node)).toBeGreaterThan(0);
    expect((await ofKind('scale-down'))[0]).toMatchObject({ phase: 'rolled-back', reason: 'withdrawn' });
  }, 120_000);
});
