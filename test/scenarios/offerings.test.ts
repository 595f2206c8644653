/** Zones that stay alike, spot that runs out and comes back, quotas: what a pool does when EC2 does not have everything. */
import { DEFAULT_SETTINGS, DEFAULT_TEMPLATE_ID } from '../../simulator/ec2/settings';
import { highCpu, interruption, queueIsLong } from './support/alerts';
import { ZONES } from './support/cluster';
import { givenACluster, type Scene } from './support/scene';

const TYPES = ['m6i.large', 'm6a.large'];

function aPool(launch: Readonly<Record<string, unknown>> = {}, rest: Readonly<Record<string, unknown>> = {}) {
  return {
    max: 12,
    launch: {
      template: { id: DEFAULT_TEMPLATE_ID, version: '1' },
      subnets: DEFAULT_SETTINGS.subnets.map(({ id, zone }) => ({ id, zone })),
      instanceTypes: TYPES,
      balance: 'zones',
      ...launch,
    },
    ...rest,
  };
}

function capacityIs(scene: Scene, capacityType: 'spot' | 'on-demand', free: number, zones = ZONES): void {
  for (const zone of zones) {
    for (const type of TYPES) scene.cluster.world.perform({ kind: 'capacity', capacityType, type, zone, free });
  }
}

/** Nodes by zone and lifecycle, in the order of the zones. */
function spread(scene: Scene, lifecycle?: string): readonly number[] {
  const alive = new Set(scene.cluster.alive());
  const there = scene.cluster.ec2.instances.filter(({ id }) => alive.has(id));
  return ZONES.map(
    (name) => there.filter(({ zone, ...it }) => zone === name && (lifecycle ?? it.lifecycle) === it.lifecycle).length,
  );
}

const serving = (scene: Scene, nodes: number) =>
  scene.eventually(`${nodes} nodes are Ready`, () => scene.cluster.readyNodes().length === nodes, '3m');

test('zones stay alike, in one round of one scale-up', async () => {
  const scene = await givenACluster({ nodes: 2, pool: aPool() });
  await scene.alertmanager.fires(highCpu({ nodes: 9 }));
  await serving(scene, 9);
  expect(spread(scene)).toEqual([3, 3, 3]);
  expect(scene.cluster.fleets()).toEqual([7]);
  await scene.eventually('it is closed', () => scene.isQuiet(), '30s');
  expect(await scene.history('operation')).toMatchObject([{ phase: 'done', planned: 7, attempt: 1 }]);
});

test('what a zone does not have comes from the others, in the same scale-up', async () => {
  const scene = await givenACluster({ nodes: 0, pool: aPool({}, { min: 0 }) });
  capacityIs(scene, 'on-demand', 0, ZONES.slice(0, 1));
  await scene.alertmanager.fires(highCpu({ nodes: 6 }));
  await serving(scene, 6);
  expect(spread(scene)[0]).toBe(0);
  expect(scene.cluster.fleets()).toEqual([6, 2]);
  await scene.eventually('it is closed', () => scene.isQuiet(), '30s');
  expect(await scene.history('operation')).toMatchObject([{ phase: 'done', planned: 6, attempt: 2 }]);

  await scene.passes('30s');
  await scene.alertmanager.fires(queueIsLong({ nodes: 8 }));
  await serving(scene, 8);
  expect(scene.cluster.fleets()).toEqual([6, 2, 2]);
});

test('a spot pool without any spot launches on demand in the same decision, and later decisions do not ask again', async () => {
  const scene = await givenACluster({ nodes: 0, pool: aPool({ capacity: 'spot' }, { min: 0 }) });
  capacityIs(scene, 'spot', 0);
  const asked = scene.clock.now();
  await scene.alertmanager.fires(highCpu({ nodes: 3 }));
  await scene.eventually('they are launched', () => scene.cluster.alive().length === 3, '5s');
  expect(scene.clock.now() - asked).toBeLessThanOrEqual(5000);
  expect(spread(scene, 'on-demand')).toEqual([1, 1, 1]);
  await serving(scene, 3);
  const requests = () => scene.cluster.fleets().length;
  expect(requests()).toBe(2);
  await scene.alertmanager.fires(queueIsLong({ nodes: 5 }));
  await serving(scene, 5);
  expect(requests()).toBe(3);
  expect(await scene.metric('smartscale_failed_launches', { pool: 'workers' })).toBe(0);
});

test('a zone whose subnet is gone does not keep the pool from growing in the others', async () => {
  const subnets = DEFAULT_SETTINGS.subnets.map(({ id, zone }, i) => ({ id: i === 0 ? 'subnet-0gone' : id, zone }));
  const scene = await givenACluster({ nodes: 0, pool: aPool({ subnets }, { min: 0 }) });
  for (const nodes of [2, 3]) {
    await scene.alertmanager.fires(queueIsLong({ nodes }));
    await serving(scene, nodes);
  }
  expect(spread(scene)).toEqual([0, 2, 1]);
  expect(await scene.metric('smartscale_failed_launches', { pool: 'workers' })).toBe(0);
});

test('what the only spot offering of a pool does not have is on demand in the same decision', async () => {
  const [subnet] = DEFAULT_SETTINGS.subnets;
  const single = {
    capacity: 'spot',
    subnets: [{ id: subnet?.id, zone: subnet?.zone }],
    instanceTypes: TYPES.slice(0, 1),
  };
  const scene = await givenACluster({ nodes: 0, pool: aPool(single, { min: 0 }) });
  capacityIs(scene, 'spot', 1);
  await scene.alertmanager.fires(highCpu({ nodes: 3 }));
  await scene.eventually('they are launched', () => scene.cluster.alive().length === 3, '5s');
  expect([spread(scene, 'spot')[0], spread(scene, 'on-demand')[0]]).toEqual([1, 2]);
});

test('spot that is back is used again when its time is over', async () => {
  const scene = await givenACluster({ nodes: 0, pool: aPool({ capacity: 'spot' }, { min: 0 }) });
  capacityIs(scene, 'spot', 0);
  await scene.alertmanager.fires(highCpu({ nodes: 2 }));
  await serving(scene, 2);
  capacityIs(scene, 'spot', 10);
  await scene.passes('3m');
  await scene.alertmanager.fires(queueIsLong({ nodes: 4 }));
  await serving(scene, 4);
  expect(spread(scene, 'spot').reduce((a, b) => a + b)).toBe(2);
});

test('without fallback a spot pool waits, and says that it has no capacity', async () => {
  const scene = await givenACluster({ nodes: 0, pool: aPool({ capacity: 'spot', spotFallback: 'none' }, { min: 0 }) });
  capacityIs(scene, 'spot', 0);
  await scene.alertmanager.fires(highCpu({ nodes: 2 }));
  await scene.eventually('it is given up', async () => (await scene.history('operation')).length === 1, '3m');
  expect(await scene.history('operation')).toMatchObject([{ phase: 'rolled-back', reason: 'ec2-no-capacity' }]);
  expect(scene.cluster.alive()).toEqual([]);
});

test('some nodes of a spot pool are on demand when it says so, also after one of them was lost', async () => {
  const scene = await givenACluster({ nodes: 0, pool: aPool({ capacity: 'spot', onDemandBase: 2 }, { min: 0 }) });
  await scene.alertmanager.fires(highCpu({ nodes: 4 }));
  await serving(scene, 4);
  const sum = (lifecycle: string) => spread(scene, lifecycle).reduce((a, b) => a + b);
  expect([sum('on-demand'), sum('spot')]).toEqual([2, 2]);
  const [lost] = scene.cluster.ec2.instances.filter(({ lifecycle }) => lifecycle === 'on-demand');
  scene.cluster.ec2.terminateByHand(lost?.id ?? '');
  await scene.eventually('it is replaced', () => sum('on-demand') === 2, '8m');
});

test('a quota of spot is not asked against again in every zone', async () => {
  const scene = await givenACluster({ nodes: 0, pool: aPool({ capacity: 'spot' }, { min: 0 }) });
  scene.cluster.world.cloud.setQuota('spot', 0);
  await scene.alertmanager.fires(highCpu({ nodes: 3 }));
  await serving(scene, 3);
  expect(scene.cluster.fleets()).toEqual([3, 3]);
  expect(spread(scene, 'on-demand')).toEqual([1, 1, 1]);
});

test('a process that dies between two rounds has its rest bought by the next one, once', async () => {
  const scene = await givenACluster({ nodes: 0, replicas: 2, pool: aPool({ capacity: 'spot' }, { min: 0 }) });
  capacityIs(scene, 'spot', 1, ZONES.slice(0, 1));
  capacityIs(scene, 'spot', 0, ZONES.slice(1));
  await scene.alertmanager.fires(highCpu({ nodes: 6 }));
  await serving(scene, 6);
  await scene.passes('10m');
  expect(scene.cluster.alive()).toHaveLength(6);
});

test('two nodes that EC2 takes in a drought are both replaced at once, though each scale-up is refused the same', async () => {
  const scene = await givenACluster({ nodes: 3, pool: aPool({ capacity: 'spot' }, { maxSurge: 2 }) });
  capacityIs(scene, 'spot', 0);
  const taken = scene.cluster.alive().slice(0, 2);
  for (const id of taken)
    scene.cluster.world.cloud.notify(id, { kind: 'interruption', at: scene.clock.now() + 120_000 });
  await scene.alertmanager.fires(interruption(taken[0] ?? ''));
  await scene.alertmanager.fires(interruption(taken[1] ?? ''));
  await scene.eventually('both are replaced', () => scene.cluster.alive().length === 5, '15s');
  await scene.eventually('the operations are closed', () => scene.isQuiet(), '5m');
  expect(scene.cluster.readyNodes()).toHaveLength(3);
  expect((await scene.history('operation')).map(({ phase }) => phase)).toEqual(['done', 'done', 'done', 'done']);
});
