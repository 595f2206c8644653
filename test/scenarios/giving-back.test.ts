import { ANNOTATIONS, LABELS, TAGS } from '../../webhook/model/names';
import { highCpu, idle, queueIsLong } from './support/alerts';
import type { Cluster } from './support/cluster';
import { givenACluster, type Scene } from './support/scene';

async function closedDrain(scene: Scene, within = '20m') {
  await scene.eventually('a drain is closed', async () => (await scene.history('operation')).length > 0, within);
  const [closed] = await scene.history('operation');
  return closed;
}

test('Idle gives back one node at a time, ten minutes apart, down to min', async () => {
  const scene = await givenACluster({ nodes: 4, pool: { min: 2 } });
  await scene.alertmanager.fires(idle({ nodes: 1 }));
  let most = 0;
  await scene.eventually('two nodes are left', () => {
    most = Math.max(most, scene.cluster.cordonedNodes().length);
    return scene.cluster.alive().length === 2;
  });
  await scene.passes('30m');
  expect(scene.cluster.alive()).toHaveLength(2);
  expect(scene.cluster.nodes()).toHaveLength(2);
  expect(most).toBe(1);
  const closed = await scene.history('operation');
  expect(closed).toMatchObject([
    { kind: 'scale-down', phase: 'done' },
    { kind: 'scale-down', phase: 'done' },
  ]);
  const [first, second] = closed.map(({ closedAt, acceptedAt }) => ({ closedAt, acceptedAt }) as Times);
  expect((second?.acceptedAt ?? 0) - (first?.closedAt ?? 0)).toBeGreaterThanOrEqual(600_000);
  expect(await scene.decisions()).toContain('hold at-min Idle');
});

interface Times {
  readonly closedAt: number;
  readonly acceptedAt: number;
}

test('every pod of a node that leaves was evicted and runs elsewhere', async () => {
  const scene = await givenACluster({ nodes: 3 });
  scene.cluster.runs('shop', 3, { cpu: '300m' });
  scene.cluster.world.cluster.createBudget({ name: 'shop', namespace: 'default', maxUnavailable: 1 });
  await scene.eventually('the pods run', () => scene.cluster.podsOf('shop').running === 3, '1m');
  await scene.alertmanager.fires(idle({ nodes: 2 }));
  const closed = await closedDrain(scene);
  expect(closed).toMatchObject({ phase: 'done' });
  expect(scene.cluster.nodes()).toHaveLength(2);
  expect(scene.cluster.podsOf('shop')).toEqual({ running: 3, pending: 0 });
  expect(scene.cluster.terminations()).toHaveLength(1);
});

test('an up alert beats Idle, even one that nobody ever posted', async () => {
  const scene = await givenACluster({ nodes: 4 });
  scene.alertmanager.knows(highCpu({ nodes: 4 }));
  const answer = await scene.alertmanager.fires(idle({ nodes: 2 }));
  expect(answer?.body.decisions).toMatchObject([{ outcome: 'hold', reason: 'scale-up-firing' }]);
  await scene.passes('20m');
  expect(await scene.history('operation')).toEqual([]);
  expect(scene.cluster.markedNodes()).toEqual([]);
});

test('an alert that resolves is not idleness: nothing is given back', async () => {
  const scene = await givenACluster({ nodes: 2 });
  const alert = highCpu({ nodes: 4 });
  await scene.alertmanager.fires(alert);
  await scene.eventually('four nodes are Ready', () => scene.cluster.readyNodes().length === 4, '2m');
  const answer = await scene.alertmanager.resolves(alert);
  expect(answer.body).toMatchObject({
    alerts: [{ alert: 'HighCpu', state: 'forgotten' }],
    decisions: [{ outcome: 'hold', reason: 'nothing-asked' }],
  });
  await scene.passes('1h');
  expect(scene.cluster.readyNodes()).toHaveLength(4);
});

test('more load in mid-drain takes the node back instead of buying one', async () => {
  const scene = await givenACluster({ nodes: 3 });
  scene.cluster.runs('shop', 3, { cpu: '300m', stopSeconds: 25 });
  await scene.eventually('the pods run', () => scene.cluster.podsOf('shop').running === 3, '1m');
  const spare = idle({ nodes: 2 });
  await scene.alertmanager.fires(spare);
  await scene.eventually('pods are evicted', async () => (await phase(scene)) === 'draining', '1m');
  await scene.alertmanager.resolves(spare);
  const answer = await scene.alertmanager.fires(highCpu({ nodes: 3 }));
  expect(answer?.body.decisions).toMatchObject([{ outcome: 'uncordon', reason: 'accepted' }]);
  await scene.eventually('three nodes serve again', () => scene.cluster.readyNodes().length === 3, '30s');
  await scene.passes('10m');
  expect(scene.cluster.fleets()).toEqual([]);
  expect(scene.cluster.terminations()).toEqual([]);
  expect(scene.cluster.markedNodes()).toEqual([]);
  expect(await scene.history('operation')).toMatchObject([{ phase: 'rolled-back', reason: 'cancelled' }]);
});

test('what is missing beyond the nodes taken back is bought', async () => {
  const scene = await givenACluster({ nodes: 4, pool: { maxConcurrentDrains: 2 } });
  scene.cluster.runs('shop', 4, { cpu: '300m', stopSeconds: 25 });
  await scene.eventually('the pods run', () => scene.cluster.podsOf('shop').running === 4, '1m');
  const spare = idle({ nodes: 2 });
  await scene.alertmanager.fires(spare);
  await scene.eventually('two nodes are cordoned', () => scene.cluster.cordonedNodes().length === 2, '1m');
  await scene.alertmanager.resolves(spare);
  await scene.alertmanager.fires(queueIsLong({ nodes: 5 }));
  await scene.eventually('five nodes serve', () => scene.cluster.readyNodes().length === 5, '3m');
  expect(scene.cluster.fleets()).toEqual([1]);
  expect(scene.cluster.terminations()).toEqual([]);
});

describe('a drain that must not go on ends with the node back in service and the reason in history', () => {
  const budgetOfNone = { name: 'shop', namespace: 'default', maxUnavailable: 0 };
  const hostPath = [{ name: 'data', hostPath: { path: '/var/data' } }];

  test('a disruption budget that allows nothing: no node is touched', async () => {
    const scene = await givenACluster({ nodes: 3 });
    scene.cluster.runs('shop', 3, { cpu: '300m' });
    scene.cluster.world.cluster.createBudget(budgetOfNone);
    await scene.eventually('the pods run', () => scene.cluster.podsOf('shop').running === 3, '1m');
    await scene.passes('15s');
    await scene.alertmanager.fires(idle({ nodes: 2 }));
    expect(await closedDrain(scene, '1m')).toMatchObject({
      node: null,
      phase: 'rolled-back',
      reason: 'blocked-by-disruption-budget',
      detail: expect.stringMatching(/budget shop of pod default\/shop-\S+ allows no disruption/) as string,
    });
    expect(scene.cluster.podsOf('shop')).toEqual({ running: 3, pending: 0 });
  });

  test('a disruption budget that is made stricter in mid-drain, until the deadline', async () => {
    const scene = await givenACluster({ nodes: 3 });
    const { cluster } = scene.cluster.world;
    scene.cluster.runs('shop', 6, { cpu: '150m', stopSeconds: 20 });
    cluster.createBudget({ ...budgetOfNone, maxUnavailable: 1 });
    await scene.eventually('the pods run', () => scene.cluster.podsOf('shop').running === 6, '1m');
    await scene.alertmanager.fires(idle({ nodes: 2 }));
    await scene.eventually('the first of two pods goes', () => scene.cluster.podsOf('shop').running === 5, '1m');
    cluster.deleteBudget('shop');
    cluster.createBudget(budgetOfNone);
    const closed = await closedDrain(scene);
    expect(closed).toMatchObject({
      phase: 'rolled-back',
      reason: 'blocked-by-disruption-budget',
      detail: expect.stringContaining('shop') as string,
    });
    expect(scene.seconds).toBeGreaterThan(15 * 60);
    // Once each time that the budget says something else.
    const told = scene.replica.logged('evictions refused by budget').map(({ refused }) => String(refused));
    expect(told.length).toBeGreaterThan(0);
    expect(new Set(told).size).toBe(told.length);
    expect(scene.cluster.markedNodes()).toEqual([]);
    expect(scene.cluster.readyNodes()).toHaveLength(3);
    expect(scene.cluster.podsOf('shop')).toEqual({ running: 6, pending: 0 });
  });

  test('a pod that somebody wants to stay, said after the node was chosen', async () => {
    const scene = await givenACluster({ nodes: 3 });
    scene.cluster.runs('shop', 3, { cpu: '300m' });
    await scene.eventually('the pods run', () => scene.cluster.podsOf('shop').running === 3, '1m');
    await scene.alertmanager.fires(idle({ nodes: 2 }));
    await scene.eventually('a node is cordoned', () => scene.cluster.cordonedNodes().length === 1, '30s');
    scene.cluster.annotatesPods('shop', { 'karpenter.sh/do-not-disrupt': 'true' });
    const closed = await closedDrain(scene);
    expect(closed).toMatchObject({
      phase: 'rolled-back',
      reason: 'blocked-by-pod',
      detail: expect.stringContaining('has karpenter.sh/do-not-disrupt=true') as string,
    });
    expect(scene.cluster.markedNodes()).toEqual([]);
    expect(scene.cluster.readyNodes()).toHaveLength(3);
  });

  test.each([
    ['a bare pod', { kind: 'Bare' as const }, 'is a bare pod'],
    ['a local volume', { volumes: hostPath }, 'keeps data in local volume data'],
    [
      'an annotation of the Cluster Autoscaler',
      { annotations: { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false' } },
      'cluster-autoscaler.kubernetes.io/safe-to-evict=fal',
    ],
  ])('%s on every node', async (_what, traits, why) => {
    const scene = await givenACluster({ nodes: 3 });
    scene.cluster.runs('shop', 3, { cpu: '1100m', ...traits });
    await scene.eventually('the pods run', () => scene.cluster.podsOf('shop').running === 3, '1m');
    await scene.passes('15s');
    await scene.alertmanager.fires(idle({ nodes: 2 }));
    const closed = await closedDrain(scene, '1m');
    expect(closed).toMatchObject({
      phase: 'rolled-back',
      reason: 'no-candidate',
      detail: expect.stringContaining(why) as string,
    });
    expect(scene.cluster.cordonedNodes()).toEqual([]);
    expect(scene.cluster.podsOf('shop')).toEqual({ running: 3, pending: 0 });
  });

  test('pods that would find no other place', async () => {
    const scene = await givenACluster({ nodes: 3 });
    scene.cluster.runs('shop', 3, { cpu: '1100m' });
    await scene.eventually('the pods run', () => scene.cluster.podsOf('shop').running === 3, '1m');
    await scene.alertmanager.fires(idle({ nodes: 2 }));
    expect(await closedDrain(scene, '1m')).toMatchObject({ reason: 'pods-do-not-fit-elsewhere' });
    expect(scene.cluster.cordonedNodes()).toEqual([]);
  });

  test.each<[string, (cluster: Cluster, node: string) => void, string]>([
    ['a label', (cluster, node) => cluster.label(node, { [LABELS.permanent]: 'true' }), 'is permanent (label)'],
    ['a tag', ({ ec2 }, node) => ec2.cloud.createTags([node], { [TAGS.permanent]: 'yes' }), 'is permanent (tag)'],
    [
      'an annotation',
      (cluster, node) => cluster.annotate(node, { [ANNOTATIONS.noScaleDown]: 'yes' }),
      'is kept by annotation smartscale/no-scale-down',
    ],
    ['a cordon', ({ world }, node) => world.perform({ kind: 'cordon', node }), 'is cordoned'],
  ])('a node that people keep by %s', async (_what, keep, why) => {
    const scene = await givenACluster({ nodes: 3, started: false });
    const { cluster } = scene;
    const kept = cluster.readyNodes();
    for (const node of kept) keep(cluster, node);
    const [spare = ''] = cluster.startWorkers(1);
    await scene.passes('60s');
    await scene.restart({ min: 0 });
    await scene.alertmanager.fires(idle({ nodes: 0 }));
    await scene.eventually('the one that nobody keeps is gone', () => !cluster.alive().includes(spare), '1m');
    await scene.passes('30m');
    expect(cluster.alive().toSorted()).toEqual(kept);
    const answers = [...(await scene.history('operation')), ...(await scene.history('decision'))];
    expect(answers.some(({ reason }) => reason === 'no-candidate' || reason === 'enough')).toBe(true);
    if (why !== 'is cordoned') expect(JSON.stringify(answers)).toContain(why);
    expect(cluster.markedNodes()).toEqual([]);
  });

  test('a person who uncordons the node in mid-drain', async () => {
    const scene = await givenACluster({ nodes: 3 });
    scene.cluster.runs('shop', 3, { cpu: '300m', stopSeconds: 25 });
    await scene.eventually('the pods run', () => scene.cluster.podsOf('shop').running === 3, '1m');
    await scene.alertmanager.fires(idle({ nodes: 2 }));
    await scene.eventually('pods are evicted', async () => (await phase(scene)) === 'draining', '1m');
    const [node = ''] = scene.cluster.cordonedNodes();
    await scene.passes('2s');
    scene.cluster.world.perform({ kind: 'uncordon', node });
    expect(await closedDrain(scene, '1m')).toMatchObject({ phase: 'rolled-back', reason: 'uncordoned-by-person' });
    expect(scene.cluster.markedNodes()).toEqual([]);
    expect(scene.cluster.terminations()).toEqual([]);
  });
});

async function phase(scene: Scene): Promise<string | undefined> {
  return Object.values((await scene.state()).operations)[0]?.phase;
}
