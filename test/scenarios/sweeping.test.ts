import { TAGS } from '../../webhook/model/names';
import { givenACluster } from './support/scene';

test('an instance of ours that never became a node and belongs to no operation is ended, once it is old enough', async () => {
  const scene = await givenACluster({ nodes: 2 });
  scene.cluster.world.perform({ kind: 'never-joins', next: 1 });
  const [orphan = ''] = scene.cluster.startWorkers(1, 'workers', { [TAGS.operation]: 'op-of-nobody' });
  await scene.passes('14m');
  expect(scene.cluster.terminations()).toEqual([]);
  await scene.eventually('it is ended', () => !scene.cluster.alive().includes(orphan), '4m');
  expect(scene.cluster.terminations()).toEqual([orphan]);
  expect(await scene.history('sweep')).toMatchObject([{ finding: 'orphan', what: `orphan/${orphan}` }]);
  expect(scene.cluster.readyNodes()).toHaveLength(2);
});

test('an instance that people started or keep is never ended', async () => {
  const scene = await givenACluster({ nodes: 2 });
  scene.cluster.world.perform({ kind: 'never-joins', next: 3 });
  const foreign = { [TAGS.cluster]: 'another' };
  const [other = ''] = scene.cluster.startWorkers(1, 'workers', foreign);
  const [kept = ''] = scene.cluster.startWorkers(1, 'workers', { [TAGS.permanent]: 'true' });
  const [unknown = ''] = scene.cluster.startWorkers(1, 'a-pool-of-nobody');
  await scene.passes('1h');
  expect(scene.cluster.terminations()).toEqual([]);
  expect(scene.cluster.alive()).toEqual(expect.arrayContaining([other, kept]));
  expect(scene.cluster.alive('a-pool-of-nobody')).toEqual([unknown]);
});

test('more strays at once than can be true are left for a person, and /readyz says so', async () => {
  const scene = await givenACluster({ nodes: 2 });
  scene.cluster.world.perform({ kind: 'never-joins', next: 3 });
  scene.cluster.startWorkers(3);
  await scene.passes('1h');
  expect(scene.cluster.terminations()).toEqual([]);
  expect(scene.cluster.alive()).toHaveLength(5);
  const { status, body } = await scene.replica.get('/readyz');
  expect(status).toBe(200);
  expect(body).toMatchObject({
    status: 'degraded',
    degraded: [
      { part: 'sweep', code: 'sweep-refused', advice: expect.stringContaining('EC2') as string, cluster: 'shop' },
    ],
  });
  expect(await scene.metric('smartscale_sweep_findings', { outcome: 'refused' })).toBe(3);
});

test('a mark of an operation that nobody knows is undone, the cordon of a person is not', async () => {
  const scene = await givenACluster({ nodes: 3 });
  const [ours = '', theirs = ''] = scene.cluster.readyNodes();
  const [node] = scene.cluster.nodes().filter(({ name }) => name === ours);
  await scene.cluster.kubernetes.markNode({ name: ours, uid: node?.uid ?? '' }, 'op-of-nobody');
  scene.cluster.world.perform({ kind: 'cordon', node: theirs });
  await scene.eventually('it serves again', () => scene.cluster.readyNodes().includes(ours), '1m');
  await scene.passes('10m');
  expect(scene.cluster.cordonedNodes()).toEqual([theirs]);
  expect(scene.cluster.markedNodes()).toEqual([]);
});

test('a replica that sweeps no more shows nothing of its last sweep', async () => {
  const scene = await givenACluster({ nodes: 2, replicas: 2 });
  scene.cluster.world.perform({ kind: 'never-joins', next: 3 });
  scene.cluster.startWorkers(3);
  await scene.passes('20m');
  const shown = async () => {
    const [first, second] = await Promise.all(scene.replicas.map((replica) => replica.get('/readyz')));
    return [first?.body['status'], second?.body['status']];
  };
  expect(await shown()).toEqual(['degraded', 'ready']);
  // The first is held up for as long as its lease, and the second takes over.
  const { store } = scene;
  const take = store.takeLease.bind(store);
  store.takeLease = async (cluster, owner, ...rest) =>
    owner.startsWith('replica-1/') ? false : take(cluster, owner, ...rest);
  await scene.passes('3m');
  expect(await shown()).toEqual(['ready', 'degraded']);
});
