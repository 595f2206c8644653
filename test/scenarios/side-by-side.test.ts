import { highCpu, idle } from './support/alerts';
import { givenACluster } from './support/scene';

test('two pools of a cluster grow and shrink without disturbing each other', async () => {
  const scene = await givenACluster({ nodes: 3, pools: { batch: { min: 1, max: 3 } } });
  await scene.eventually('the other pool has its minimum', () => scene.cluster.readyNodes('batch').length === 1, '2m');
  await scene.passes('10m');
  await scene.alertmanager.firesTogether(idle({ nodes: 2 }), highCpu({ nodes: 9, pool: 'batch' }));
  await scene.eventually('one is full', () => scene.cluster.readyNodes('batch').length === 3, '3m');
  await scene.eventually('one has shrunk', () => scene.cluster.alive('workers').length === 2, '3m');
  await scene.passes('10m');
  expect(scene.cluster.fleets('workers')).toEqual([]);
  expect(scene.cluster.fleets('batch')).toEqual([1, 2]);
  expect(scene.cluster.readyNodes('workers')).toHaveLength(2);
});

test('two clusters of a service do not disturb each other', async () => {
  const scene = await givenACluster({ nodes: 2, clusters: ['shop', 'bank'] });
  const [shop, bank] = [scene.clusterOf('shop'), scene.clusterOf('bank')];
  bank.kubernetes.unreachable = true;
  bank.alertmanager.api.unreachable = true;
  const answer = await shop.alertmanager.fires(highCpu({ nodes: 4, cluster: 'shop' }));
  expect(answer?.body.decisions).toMatchObject([{ outcome: 'scale-up' }]);
  await scene.eventually('the shop has four', () => shop.readyNodes().length === 4, '2m');
  expect(bank.fleets()).toEqual([]);
  bank.kubernetes.unreachable = false;
  bank.alertmanager.api.unreachable = false;
  await bank.alertmanager.fires(highCpu({ nodes: 3, cluster: 'bank' }));
  await scene.eventually('the bank has three', () => bank.readyNodes().length === 3, '2m');
  await scene.eventually('the operation is closed', () => scene.isQuiet('workers', 'bank'), '10s');
  expect(shop.fleets()).toEqual([2]);
  expect(bank.fleets()).toEqual([1]);
  expect(await scene.history('operation', 'workers', 'bank')).toHaveLength(1);
});

test('an up alert of one pool does not hold what shrinks another', async () => {
  const scene = await givenACluster({ nodes: 3, pools: { batch: { min: 0 } } });
  scene.alertmanager.knows(highCpu({ nodes: 2, pool: 'batch' }));
  await scene.alertmanager.fires(idle({ nodes: 2 }));
  await scene.eventually('one is given back', () => scene.cluster.alive().length === 2, '2m');
});

test('pools that are looked at together read Alertmanager together', async () => {
  const pools = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`batch-${i}`, { min: 0 }]));
  const scene = await givenACluster({ nodes: 2, pools });
  await scene.passes('1m');
  const { api } = scene.alertmanager;
  const read = api.read.bind(api);
  let readings = 0;
  api.read = () => {
    readings += 1;
    return read();
  };
  await scene.passes('30s');
  // The first who asks, and all who ask while that one is under way: two for each of the two or three looks.
  expect(readings).toBeGreaterThan(1);
  expect(readings).toBeLessThanOrEqual(6);
});
