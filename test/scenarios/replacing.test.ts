import { LABELS } from '../../webhook/model/names';
import { SECOND } from '../support/builders';
import { highCpu, interruption, maintenance } from './support/alerts';
import { givenACluster, type Scene, type SceneOptions } from './support/scene';

/** A cluster whose nodes are spot instances, with a shop that runs on all of them. */
async function aShop(options: SceneOptions = {}): Promise<Scene> {
  const scene = await givenACluster({ nodes: 3, ...options });
  scene.cluster.runs('shop', 6, { cpu: '300m', stopSeconds: 5 });
  await scene.passes('30s');
  expect(scene.cluster.podsOf('shop')).toEqual({ running: 6, pending: 0 });
  return scene;
}

function first(scene: Scene): string {
  return scene.cluster.alive()[0] ?? '';
}

function ec2Takes(scene: Scene, node: string, seconds = 120): void {
  scene.cluster.world.cloud.notify(node, { kind: 'interruption', at: scene.clock.now() + seconds * SECOND });
}

const cordoned = (scene: Scene) => scene.cluster.markedNodes();

test('a node that EC2 takes is cordoned at once, another is launched, and its pods have moved before the end', async () => {
  const scene = await aShop();
  const node = first(scene);
  ec2Takes(scene, node);
  const answer = await scene.alertmanager.fires(interruption(node));
  expect(answer?.body.decisions).toMatchObject([{ outcome: 'replace', reason: 'accepted' }]);
  await scene.passes('5s');
  expect(cordoned(scene)).toEqual([node]);
  expect(scene.cluster.fleets()).toEqual([1]);
  await scene.eventually('its pods have moved', () => scene.cluster.podsOn(node).length === 0, '90s');
  expect(scene.cluster.alive()).toContain(node);
  await scene.eventually('all of them run', () => scene.cluster.podsOf('shop').running === 6, '10s');
  expect(scene.cluster.alive()).toContain(node);

  await scene.eventually('the operations are closed', () => scene.isQuiet(), '4m');
  expect(scene.cluster.terminations()).toEqual([]);
  expect(scene.cluster.alive()).toHaveLength(3);
  expect(scene.cluster.readyNodes()).toHaveLength(3);
  expect(scene.cluster.nodes()).toHaveLength(3);
  expect(await scene.history('operation')).toMatchObject([
    { kind: 'scale-down', phase: 'done', forced: true },
    { kind: 'scale-up', phase: 'done', planned: 1 },
  ]);
});

test('at max the replacement may go one above it, and no other launch may', async () => {
  const scene = await aShop({ pool: { max: 3 } });
  const node = first(scene);
  ec2Takes(scene, node);
  await scene.alertmanager.fires(interruption(node));
  await scene.alertmanager.fires(highCpu({ nodes: 6 }));
  await scene.passes('100s');
  expect(scene.cluster.alive()).toHaveLength(4);
  await scene.passes('10m');
  expect(scene.cluster.alive()).toHaveLength(3);
  expect(scene.cluster.fleets()).toEqual([1]);
});

test('an alert that EC2 does not confirm cordons, and nothing else; when it ends the node is back in service', async () => {
  const scene = await aShop();
  const node = first(scene);
  await scene.alertmanager.fires(interruption(node));
  await scene.passes('2m');
  expect(cordoned(scene)).toEqual([node]);
  expect(scene.cluster.podsOn(node)).toHaveLength(2);
  await scene.alertmanager.resolves(interruption(node));
  await scene.eventually('it is back', () => cordoned(scene).length === 0, '30s');
  await scene.eventually('the operation is closed', () => scene.isQuiet(), '30s');
  expect(await scene.history('operation')).toMatchObject([{ phase: 'rolled-back', reason: 'not-confirmed' }]);
  expect([scene.cluster.fleets(), scene.cluster.terminations()]).toEqual([[], []]);
});

test('when EC2 confirms it later the rest follows', async () => {
  const scene = await aShop();
  const node = first(scene);
  await scene.alertmanager.fires(interruption(node));
  await scene.passes('30s');
  expect(scene.cluster.fleets()).toEqual([]);
  ec2Takes(scene, node);
  await scene.eventually('another is launched', () => scene.cluster.fleets().length === 1, '20s');
  await scene.eventually('its pods have moved', () => scene.cluster.podsOn(node).length === 0, '90s');
  await scene.eventually('the operations are closed', () => scene.isQuiet(), '4m');
  expect(scene.cluster.fleets()).toEqual([1]);
  expect(scene.cluster.readyNodes()).toHaveLength(3);
});

test('a drain that a person ends leaves its replacement: the next drain of that node buys no second one', async () => {
  const scene = await aShop({ pool: { max: 3, maxSurge: 2 } });
  scene.cluster.world.cluster.createBudget({ name: 'shop', namespace: 'default', minAvailable: '100%' });
  const node = first(scene);
  ec2Takes(scene, node, 300);
  await scene.alertmanager.fires(interruption(node));
  await scene.passes('10s');
  scene.cluster.world.perform({ kind: 'uncordon', node });
  await scene.eventually('the drain is rolled back', () => cordoned(scene).length === 0, '60s');
  await scene.eventually('it is drained again', () => cordoned(scene).length === 1, '90s');
  await scene.eventually('the operations are closed', () => scene.isQuiet(), '8m');
  expect(scene.cluster.fleets()).toEqual([1]);
  expect(scene.cluster.readyNodes()).toHaveLength(3);
});

test('with twenty seconds left everything that can be moved is', async () => {
  const scene = await aShop();
  const node = first(scene);
  ec2Takes(scene, node, 20);
  await scene.alertmanager.fires(interruption(node));
  await scene.eventually('its pods have moved', () => scene.cluster.podsOn(node).length === 0, '19s');
  await scene.eventually('the operations are closed', () => scene.isQuiet(), '4m');
  expect(scene.cluster.readyNodes()).toHaveLength(3);
  expect(scene.cluster.podsOf('shop')).toEqual({ running: 6, pending: 0 });
});

test('a budget that lets nothing go is asked until the grace of its pods is all that is left, and holds nothing up after it', async () => {
  const scene = await aShop();
  scene.cluster.world.cluster.createBudget({ name: 'shop', namespace: 'default', minAvailable: '100%' });
  const node = first(scene);
  ec2Takes(scene, node);
  await scene.alertmanager.fires(interruption(node));
  // Two minutes are left at first, five seconds of which are kept, and the pods have a grace of 30 s.
  await scene.passes('80s');
  expect(scene.cluster.podsOn(node)).toHaveLength(2);
  await scene.eventually('they are deleted', () => scene.cluster.podsOn(node).length === 0, '8s');
  await scene.eventually('the operations are closed', () => scene.isQuiet(), '4m');
  expect(scene.cluster.nodes()).toHaveLength(3);
});

test('a node of people is left alone', async () => {
  const scene = await aShop();
  const node = first(scene);
  scene.cluster.label(node, { [LABELS.permanent]: 'true' });
  await scene.passes('10s');
  ec2Takes(scene, node);
  await scene.alertmanager.fires(interruption(node));
  await scene.passes('60s');
  expect(cordoned(scene)).toEqual([]);
  expect(scene.cluster.fleets()).toEqual([]);
});

test('under a silence nothing happens', async () => {
  const scene = await aShop();
  const node = first(scene);
  scene.alertmanager.api.silence(scene.clock.now() + 600 * SECOND, { matchers: { scale: 'replace' } });
  ec2Takes(scene, node, 600);
  await scene.alertmanager.fires(interruption(node));
  await scene.passes('60s');
  expect(cordoned(scene)).toEqual([]);
});

test('a scheduled event that is withdrawn puts its node back into service, and what was launched for it stays', async () => {
  const scene = await aShop();
  scene.cluster.world.cluster.createBudget({ name: 'shop', namespace: 'default', minAvailable: '100%' });
  const node = first(scene);
  scene.cluster.world.cloud.notify(node, { kind: 'maintenance', at: scene.clock.now() + 1800 * SECOND });
  await scene.alertmanager.fires(maintenance(node));
  await scene.eventually('it is cordoned', () => cordoned(scene).length === 1, '10s');
  await scene.passes('2m');
  scene.cluster.world.cloud.notify(node, null);
  await scene.passes('30s');
  expect(cordoned(scene)).toEqual([node]);
  await scene.alertmanager.resolves(maintenance(node));
  await scene.eventually('it is back', () => cordoned(scene).length === 0, '30s');
  await scene.eventually('the operations are closed', () => scene.isQuiet(), '3m');
  const [drain] = (await scene.history('operation')).filter(({ kind }) => kind === 'scale-down');
  expect(drain).toMatchObject({ phase: 'rolled-back', reason: 'withdrawn', evicted: 0 });
  expect([scene.cluster.fleets(), scene.cluster.terminations()]).toEqual([[1], []]);
  expect(scene.cluster.readyNodes()).toHaveLength(4);
});

test('an event whose alert is over is drained all the same while EC2 says so, or does not answer', async () => {
  const scene = await aShop();
  scene.cluster.world.cluster.createBudget({ name: 'shop', namespace: 'default', minAvailable: '100%' });
  const node = first(scene);
  scene.cluster.world.cloud.notify(node, { kind: 'maintenance', at: scene.clock.now() + 300 * SECOND });
  await scene.alertmanager.fires(maintenance(node));
  await scene.eventually('it is drained', () => cordoned(scene).length === 1, '10s');
  await scene.alertmanager.resolves(maintenance(node));
  await scene.passes('30s');
  expect(cordoned(scene)).toEqual([node]);
  scene.cluster.world.cloud.gate.failNext('DescribeInstanceStatus', 'RequestLimitExceeded', { times: 10_000 });
  scene.cluster.world.cloud.notify(node, null);
  await scene.passes('30s');
  expect(cordoned(scene)).toEqual([node]);
});
