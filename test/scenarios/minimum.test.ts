import { highCpu } from './support/alerts';
import { givenACluster } from './support/scene';

test('an empty cluster gets its first workers by itself', async () => {
  const scene = await givenACluster({ nodes: 0, pool: { min: 3 } });
  await scene.eventually('three nodes are Ready', () => scene.cluster.readyNodes().length === 3, '2m');
  await scene.passes('20m');
  expect(scene.cluster.fleets()).toEqual([3]);
  expect(await scene.history('operation')).toMatchObject([{ phase: 'done', trigger: { alert: 'below-minimum' } }]);
});

test('a worker that was killed from outside comes back, and its Node object goes', async () => {
  const scene = await givenACluster({ nodes: 2 });
  const [killed = ''] = scene.cluster.alive();
  scene.cluster.world.perform({ kind: 'kill-instance', instance: killed });
  await scene.eventually('another is bought', () => scene.cluster.fleets().length === 1, '20s');
  const isGone = () => !scene.cluster.nodes().some(({ name }) => name === killed);
  await scene.eventually('the dead Node is gone', isGone, '5m');
  expect(scene.cluster.readyNodes()).toHaveLength(2);
  expect(scene.cluster.fleets()).toEqual([1]);
  expect(await scene.history('sweep')).toMatchObject([
    { finding: 'dead-node', what: expect.stringMatching(/^dead-node/) as string },
  ]);
});

test('the minimum and an alert at once buy for the larger of the two, once', async () => {
  const scene = await givenACluster({ nodes: 0, started: false });
  await scene.restart();
  await scene.alertmanager.fires(highCpu({ nodes: 4 }));
  await scene.passes('10m');
  expect(scene.cluster.fleets().reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(4);
  expect(scene.cluster.alive().length).toBeLessThanOrEqual(4);
});

test('of two services with one store one keeps the minimum, the other takes over when it dies', async () => {
  const scene = await givenACluster({ nodes: 2, replicas: 2 });
  await scene.replicas[0]?.kill();
  const [killed = ''] = scene.cluster.alive();
  scene.cluster.world.perform({ kind: 'kill-instance', instance: killed });
  await scene.eventually('a worker is bought', () => scene.cluster.fleets().length === 1, '61s');
  await scene.passes('5m');
  expect(scene.cluster.fleets()).toEqual([1]);
});

test('after a graceful stop the next process keeps the minimum at once', async () => {
  const scene = await givenACluster({ nodes: 2 });
  await scene.replica.stop();
  for (const instance of scene.cluster.alive()) scene.cluster.world.perform({ kind: 'kill-instance', instance });
  await scene.restart();
  await scene.eventually('two workers are bought', () => scene.cluster.fleets().length === 1, '5s');
  expect(scene.cluster.fleets()).toEqual([2]);
});
