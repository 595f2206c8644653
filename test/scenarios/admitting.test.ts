import { highCpu } from './support/alerts';
import { givenACluster, type Scene } from './support/scene';

const options = { nodes: 0, pool: { min: 0 }, world: { startupTaint: true } } as const;

function isHeldOff(scene: Scene, name: string): boolean {
  return scene.cluster
    .nodes()
    .some((node) => node.name === name && node.taints.some(({ key }) => key === 'smartscale/startup'));
}

test('workers that register with the startup taint are admitted, and only then have joined', async () => {
  const scene = await givenACluster(options);
  await scene.alertmanager.fires(highCpu({ nodes: 2 }));
  await scene.eventually('both are in service', () => scene.cluster.readyNodes().length === 2, '3m');
  await scene.eventually('the operation is closed', () => scene.isQuiet(), '10s');
  expect(await scene.history('operation')).toMatchObject([{ phase: 'done' }]);
  const [first = ''] = scene.cluster.readyNodes();
  const { written } = scene.cluster.kubernetes;
  expect(written.filter((it) => it === `admit ${first}`)).toHaveLength(1);
  expect(scene.replica.logged('admitted node')).toHaveLength(2);
});

test('a node that nobody admits is not Ready in time', async () => {
  const scene = await givenACluster(options);
  scene.cluster.kubernetes.troubles.set('admit node', '409');
  await scene.alertmanager.fires(highCpu({ nodes: 1 }));
  await scene.eventually('the operation is closed', async () => (await scene.history('operation')).length === 1, '15m');
  expect(await scene.history('operation')).toMatchObject([{ phase: 'rolled-back', reason: 'not-ready' }]);
  expect(scene.cluster.alive()).toEqual([]);
});

test('workers that come by other ways are admitted by the sweep, strangers are not', async () => {
  const scene = await givenACluster(options);
  const [ours = ''] = scene.cluster.startWorkers(1);
  const [stranger = ''] = scene.cluster.startWorkers(1, 'workers', { 'smartscale:cluster': 'another' });
  await scene.eventually('ours is admitted', () => scene.cluster.readyNodes().includes(ours), '3m');
  await scene.passes('2m');
  expect(isHeldOff(scene, stranger)).toBe(true);
  expect(scene.cluster.alive()).toContain(stranger);
  expect(await scene.history('sweep')).toMatchObject([{ finding: 'startup-taint' }]);
});
