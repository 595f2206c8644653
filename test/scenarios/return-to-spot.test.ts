/** A spot pool that had to launch on demand goes back to spot when there is some, one node at a time and by itself. */
import { holdPods } from '../support/held-pods';
import { DEFAULT_SETTINGS, DEFAULT_TEMPLATE_ID } from '../../simulator/ec2/settings';
import { TAGS } from '../../webhook/model/names';
import { highCpu, idle, queueIsLong } from './support/alerts';
import { ZONES } from './support/cluster';
import { givenACluster, type Scene } from './support/scene';

const TYPES = ['m6i.large', 'm6a.large'];

function aPool(rest: Readonly<Record<string, unknown>> = {}, launch: Readonly<Record<string, unknown>> = {}) {
  return {
    min: 0,
    max: 12,
    launch: {
      template: { id: DEFAULT_TEMPLATE_ID, version: '1' },
      subnets: DEFAULT_SETTINGS.subnets.map(({ id, zone }) => ({ id, zone })),
      instanceTypes: TYPES,
      balance: 'zones',
      capacity: 'spot',
      ...launch,
    },
    ...rest,
  };
}

function spotIs(scene: Scene, free: number): void {
  for (const zone of ZONES) {
    for (const type of TYPES) scene.cluster.world.perform({ kind: 'capacity', capacityType: 'spot', type, zone, free });
  }
}

/** How many of the pool are spot, and how many on demand. */
function kinds(scene: Scene): { readonly spot: number; readonly onDemand: number } {
  const alive = new Set(scene.cluster.alive());
  const there = scene.cluster.ec2.instances.filter(({ id }) => alive.has(id));
  const spot = there.filter(({ lifecycle }) => lifecycle === 'spot').length;
  return { spot, onDemand: there.length - spot };
}

const serving = (scene: Scene, nodes: number) =>
  scene.eventually(`${nodes} nodes are Ready`, () => scene.cluster.readyNodes().length === nodes, '3m');

const exchanges = async (scene: Scene) =>
  (await scene.history('operation'))
    .filter(({ trigger }) => (trigger as { alert: string }).alert === 'return-to-spot')
    .map(({ kind, phase, reason }) => [kind, phase, ...(reason === undefined ? [] : [reason])].join(' '));

/** A pool whose nodes are all on demand, because there was no spot; the alert that asked for them is over. */
async function onDemandForWant(nodes: number, ...pool: Parameters<typeof aPool>): Promise<Scene> {
  const scene = await givenACluster({ nodes: 0, pool: aPool(...pool) });
  spotIs(scene, 0);
  await scene.alertmanager.fires(highCpu({ nodes }));
  await serving(scene, nodes);
  await scene.alertmanager.resolves(highCpu({ nodes }));
  expect(kinds(scene)).toEqual({ spot: 0, onDemand: nodes });
  return scene;
}

const launchedInPlace = (scene: Scene) =>
  scene.eventually('one stands in', () => kinds(scene).spot === 1 && scene.cluster.readyNodes().length === 3, '20m');

test('nodes are exchanged one at a time, the spot node first, and there are as many as before', async () => {
  const scene = await onDemandForWant(2);
  spotIs(scene, 10);
  scene.cluster.runs('shop', 4, { cpu: '300m', stopSeconds: 5 });
  await scene.passes('30s');
  let least = 2;
  let most = 2;
  await scene.eventually(
    'both are exchanged',
    () => {
      const { spot, onDemand } = kinds(scene);
      least = Math.min(least, scene.cluster.readyNodes().length);
      most = Math.max(most, spot + onDemand);
      return spot === 2 && onDemand === 0;
    },
    '90m',
  );
  expect([least, most]).toEqual([2, 3]);
  expect(scene.cluster.podsOf('shop')).toEqual({ running: 4, pending: 0 });
  await scene.passes('60m');
  expect(kinds(scene)).toEqual({ spot: 2, onDemand: 0 });
  expect(await exchanges(scene)).toEqual(['scale-up done', 'scale-down done', 'scale-up done', 'scale-down done']);
  expect(await scene.metric('smartscale_decisions_total', { outcome: 'exchange', reason: 'accepted' })).toBe(4);
});

test('what is launched for want of spot says so by a tag, and what is on demand anyway does not', async () => {
  const scene = await onDemandForWant(3, {}, { onDemandBase: 1 });
  const tagged = scene.cluster.ec2.instances.filter(({ tags }) => tags[TAGS.fallback] === 'true');
  expect(tagged).toHaveLength(2);
  spotIs(scene, 10);
  await scene.eventually('they are exchanged', () => kinds(scene).onDemand === 1, '90m');
  await scene.passes('60m');
  expect(kinds(scene)).toEqual({ spot: 2, onDemand: 1 });
});

test('one exchange begins in the time of the budget', async () => {
  const scene = await onDemandForWant(2, {}, { returnToSpot: { every: '40m' } });
  spotIs(scene, 10);
  await scene.eventually('the first is over', () => kinds(scene).spot === 1 && kinds(scene).onDemand === 1, '40m');
  await scene.passes('30m');
  expect(kinds(scene)).toEqual({ spot: 1, onDemand: 1 });
  await scene.eventually('the second is over', () => kinds(scene).spot === 2 && kinds(scene).onDemand === 0, '40m');
});

test.each([
  ['switched off', {}, { returnToSpot: { every: '0s' } }],
  ['a pool in dry run', { dryRun: true }, {}],
])('%s: nothing is exchanged', async (_what, rest, launch) => {
  const scene = await onDemandForWant(2);
  spotIs(scene, 10);
  await scene.replica.kill();
  await scene.restart(aPool(rest, launch));
  await scene.passes('60m');
  expect(kinds(scene)).toEqual({ spot: 0, onDemand: 2 });
  expect(await exchanges(scene)).toEqual([]);
});

test('without spot it waits, does not launch on demand, and holds nobody back', async () => {
  const scene = await onDemandForWant(2);
  await scene.passes('65m');
  expect(kinds(scene)).toEqual({ spot: 0, onDemand: 2 });
  const tried = await exchanges(scene);
  expect(tried.length).toBeGreaterThan(1);
  expect(new Set(tried)).toEqual(new Set(['scale-up rolled-back ec2-no-capacity']));
  // Marks grow: 3, 6, 12, 24 minutes, and never sooner than every 10.
  expect(tried.length).toBeLessThan(6);
  expect(await scene.metric('smartscale_failed_launches', { pool: 'workers' })).toBe(0);
  await scene.eventually('it tries again', async () => !(await scene.isQuiet()), '40m');
  await scene.alertmanager.fires(queueIsLong({ nodes: 4 }));
  await scene.eventually('they are launched', () => scene.cluster.alive().length === 4, '10s');
});

test('an up alert in the middle keeps the node until it is over, and nobody waits for the exchange', async () => {
  const scene = await onDemandForWant(2);
  spotIs(scene, 10);
  await scene.eventually('one is launched in its place', () => kinds(scene).spot === 1, '30m');
  await scene.alertmanager.fires(highCpu({ nodes: 4 }));
  await serving(scene, 4);
  await scene.passes('30m');
  expect(kinds(scene)).toEqual({ spot: 2, onDemand: 2 });
  await scene.alertmanager.resolves(highCpu({ nodes: 4 }));
  let least = 4;
  await scene.eventually(
    'they are exchanged',
    () => {
      least = Math.min(least, scene.cluster.readyNodes().length);
      return kinds(scene).onDemand === 0;
    },
    '2h',
  );
  await scene.passes('30m');
  // What the alert counted on is no stand-in any more: nobody is left with fewer nodes than were asked for.
  expect(least).toBe(4);
  expect(kinds(scene)).toEqual({ spot: 4, onDemand: 0 });
});

test('at max it may go one above it, and without surge it waits', async () => {
  const scene = await onDemandForWant(2, { max: 2 });
  spotIs(scene, 10);
  await scene.eventually('they are exchanged', () => kinds(scene).onDemand === 0, '90m');
  expect(kinds(scene)).toEqual({ spot: 2, onDemand: 0 });

  const tight = await onDemandForWant(2, { max: 2, maxSurge: 0 });
  spotIs(tight, 10);
  await tight.passes('60m');
  expect(kinds(tight)).toEqual({ spot: 0, onDemand: 2 });
  expect((await tight.health())['lastDecision']).toMatchObject({
    outcome: 'hold',
    detail: expect.stringMatching(/is not exchanged for spot: 2 of at most 2 instances/) as string,
  });
});

test.each(['up', 'down'])('nothing is exchanged while %s is paused', async (direction) => {
  const scene = await onDemandForWant(2);
  spotIs(scene, 10);
  await scene.orders('pause', { direction, reason: 'release' });
  await scene.passes('60m');
  expect(kinds(scene)).toEqual({ spot: 0, onDemand: 2 });
});

test('a node whose pods would fit on no new node, or have to stay, is left alone', async () => {
  const scene = await onDemandForWant(2);
  for (const node of scene.cluster.readyNodes()) scene.cluster.annotate(node, { 'smartscale/no-scale-down': 'true' });
  spotIs(scene, 10);
  await scene.passes('60m');
  expect(kinds(scene)).toEqual({ spot: 0, onDemand: 2 });
  expect(await exchanges(scene)).toEqual([]);
});

test('a process that dies between the steps is followed by one that gives the node back', async () => {
  const scene = await onDemandForWant(2);
  spotIs(scene, 10);
  await launchedInPlace(scene);
  await scene.replica.kill();
  await scene.passes('5m');
  await scene.restart();
  await scene.eventually('it is given back', () => kinds(scene).onDemand === 1, '20m');
  expect(kinds(scene)).toEqual({ spot: 1, onDemand: 1 });
});

test('a drain that a budget refuses is tried again after the time, and nothing more is launched for it', async () => {
  const scene = await onDemandForWant(2);
  scene.cluster.runs('shop', 4, { cpu: '300m', stopSeconds: 5 });
  await scene.passes('30s');
  scene.cluster.world.cluster.createBudget({ name: 'shop', namespace: 'default', maxUnavailable: 0 });
  spotIs(scene, 10);
  await scene.passes('2h');
  expect(kinds(scene)).toEqual({ spot: 1, onDemand: 2 });
  const tried = await exchanges(scene);
  expect(tried.filter((it) => it.startsWith('scale-up'))).toHaveLength(1);
  expect(tried.filter((it) => it === 'scale-down rolled-back blocked-by-disruption-budget').length).toBeGreaterThan(1);
  scene.cluster.world.cluster.deleteBudget('shop');
  await scene.eventually('it is given back', () => kinds(scene).onDemand === 1, '40m');
});

test('when the stand-in is lost in the middle of the drain the node stays', async () => {
  const scene = await onDemandForWant(2);
  scene.cluster.runs('shop', 4, { cpu: '300m', stopSeconds: 5 });
  await scene.passes('30s');
  holdPods(scene.cluster.world.cluster, 'shop');
  spotIs(scene, 10);
  await scene.eventually('it drains', () => scene.cluster.markedNodes().length === 1, '40m');
  const spot = scene.cluster.ec2.instances.find(({ lifecycle }) => lifecycle === 'spot');
  scene.cluster.ec2.terminateByHand(spot?.id ?? '');
  await scene.eventually('it is back in service', () => scene.cluster.markedNodes().length === 0, '5m');
  await scene.eventually('it is closed', () => scene.isQuiet(), '30s');
  expect(await exchanges(scene)).toEqual(['scale-up done', 'scale-down rolled-back stand-in-gone']);
  expect(kinds(scene)).toEqual({ spot: 0, onDemand: 2 });
});

test('a scale-down takes the nodes that are on demand for want of spot first', async () => {
  const scene = await onDemandForWant(1, {}, { returnToSpot: { every: '0s' } });
  const [costly = ''] = scene.cluster.alive();
  spotIs(scene, 10);
  await scene.passes('5m');
  await scene.alertmanager.fires(highCpu({ nodes: 3 }));
  await serving(scene, 3);
  scene.cluster.runs('shop', 2, { cpu: '300m', stopSeconds: 5 });
  await scene.passes('30s');
  await scene.alertmanager.resolves(highCpu({ nodes: 3 }));
  await scene.alertmanager.fires(idle({ nodes: 2 }));
  await scene.eventually('one is given back', () => scene.cluster.alive().length === 2, '20m');
  expect(scene.cluster.alive()).not.toContain(costly);
});
