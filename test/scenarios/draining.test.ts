/** How a node is drained: docs/draining.md. */
import { SmartScaleError } from '../../webhook/errors';
import { EXCLUDE_LABEL } from '../../webhook/model/names';
import { idle, interruption } from './support/alerts';
import { begins, drainOf, drains, ending, evictions, givenADrain, SLOW } from './support/drains';
import { givenACluster, type Scene, type SceneOptions } from './support/scene';

const MINUTE = 60_000;
const BUDGET_OF_NONE = { name: 'shop', namespace: 'default', maxUnavailable: 0 };
/** Two pods a node that go one after the other: when the first has left, a budget keeps the second. */
async function givenAKeptDrain(
  options: SceneOptions = {},
  budgets: readonly object[] = [BUDGET_OF_NONE],
): Promise<Scene> {
  const scene = await givenACluster({ nodes: 3, ...options });
  const { cluster } = scene.cluster.world;
  scene.cluster.runs('shop', 6, { cpu: '150m', stopSeconds: 20 });
  cluster.createBudget({ ...BUDGET_OF_NONE, maxUnavailable: 1 });
  await scene.eventually('the pods run', () => scene.cluster.podsOf('shop').running === 6, '1m');
  await begins(scene, 'draining');
  await scene.eventually('the first of two pods goes', () => scene.cluster.podsOf('shop').running === 5, '1m');
  cluster.deleteBudget('shop');
  for (const budget of budgets) cluster.createBudget({ ...BUDGET_OF_NONE, ...budget });
  return scene;
}

const deletions = ({ cluster }: Scene) => cluster.kubernetes.written.filter((it) => it.startsWith('delete pod'));

describe('turns', () => {
  test('what serves the other pods leaves when none of them is left', async () => {
    const scene = await givenACluster({ nodes: 1, pool: { min: 1 } });
    scene.cluster.world.cluster.createWorkload({
      name: 'coredns',
      namespace: 'kube-system',
      kind: 'Deployment',
      replicas: 1,
      pod: { requests: { cpu: '100m', memory: '64Mi' } },
    });
    scene.cluster.runs('shop', 3, { cpu: '100m', stopSeconds: 20 });
    await scene.eventually('the pods run', () => scene.cluster.podsOf('shop').running === 3, '1m');
    const [full = ''] = scene.cluster.readyNodes();
    const [spare = ''] = scene.cluster.startWorkers(1);
    await scene.eventually('there is another node', () => scene.cluster.readyNodes().length === 2, '3m');
    // Pods of the system may begin in peace.
    await scene.passes('1h');
    // The new one is emptier, and is to stay.
    scene.cluster.annotate(spare, { 'smartscale/no-scale-down': '' });
    await scene.alertmanager.fires(idle({ nodes: 1 }));
    expect(await ending(scene)).toMatchObject({ phase: 'done', evicted: 4, node: { name: full } });
    expect(evictions(scene)).toHaveLength(4);
    expect(evictions(scene).at(-1)).toContain('kube-system/coredns');
    const asked = scene.cluster.kubernetes.asked.filter(({ call }) => call === 'evict').map(({ at }) => at);
    expect((asked[3] ?? 0) - (asked[2] ?? 0)).toBeGreaterThanOrEqual(20_000);
  });

  test('two drains under one budget come to their end, one pod after the other', async () => {
    const scene = await givenACluster({ nodes: 4, pool: { maxConcurrentDrains: 2 } });
    scene.cluster.runs('shop', 4, { cpu: '300m', stopSeconds: 5 });
    scene.cluster.world.cluster.createBudget({ ...BUDGET_OF_NONE, maxUnavailable: 1 });
    await scene.eventually('the pods run', () => scene.cluster.podsOf('shop').running === 4, '1m');
    await scene.alertmanager.fires(idle({ nodes: 2 }));
    await scene.eventually('both drain', async () => (await drains(scene)).length === 2, '1m');
    let fewest = 4;
    await scene.eventually('both are done', async () => {
      fewest = Math.min(fewest, scene.cluster.podsOf('shop').running);
      return (await scene.history('operation')).length === 2;
    });
    expect(await scene.history('operation')).toMatchObject([{ phase: 'done' }, { phase: 'done' }]);
    expect(fewest).toBeGreaterThanOrEqual(3);
    expect(scene.cluster.podsOf('shop')).toEqual({ running: 4, pending: 0 });
  });
});

describe('the deadline', () => {
  test('a budget that is made in mid-drain keeps its pod; the node serves again, rests, and another one goes', async () => {
    const scene = await givenAKeptDrain({ pool: { cooldown: { down: '0s' } } });
    const stubborn = (await drainOf(scene)).node?.name ?? '';
    expect(scene.cluster.nodes().find(({ name }) => name === stubborn)?.labels[EXCLUDE_LABEL]).toBe('smartscale');
    expect(await ending(scene)).toMatchObject({ phase: 'rolled-back', reason: 'blocked-by-disruption-budget' });
    const node = scene.cluster.nodes().find(({ name }) => name === stubborn);
    expect(node).toMatchObject({ cordoned: false, markedBy: null, annotations: { 'smartscale/failed-drains': '1' } });
    expect(node?.labels).not.toHaveProperty(EXCLUDE_LABEL);
    scene.cluster.world.cluster.deleteBudget('shop');
    scene.cluster.world.cluster.createBudget({ ...BUDGET_OF_NONE, maxUnavailable: 1 });
    await scene.eventually('another one drains', async () => (await drains(scene)).some(({ node: it }) => it), '2m');
    expect((await drainOf(scene)).node?.name).not.toBe(stubborn);
    await scene.eventually('it is gone', () => scene.cluster.readyNodes().length === 2);
    expect(scene.cluster.readyNodes()).toContain(stubborn);
  });

  test('a pool that forces deletes what its budget keeps, by then and not earlier', async () => {
    const scene = await givenADrain('cordoned', { pool: { drain: { force: true } } }, { cpu: '300m', stopSeconds: 3 });
    scene.cluster.world.cluster.createBudget(BUDGET_OF_NONE);
    await scene.eventually('it drains', async () => (await drainOf(scene)).phase === 'draining', '1m');
    const { deadline } = await drainOf(scene);
    expect(await ending(scene)).toMatchObject({ phase: 'done', evicted: 1 });
    const [deleted] = scene.cluster.kubernetes.asked.filter(({ call }) => call === 'delete pod');
    expect((deadline ?? 0) - (deleted?.at ?? 0)).toBeLessThanOrEqual(30_000);
    expect((deadline ?? 0) - (deleted?.at ?? 0)).toBeGreaterThan(25_000);
    expect(deletions(scene)).toEqual([expect.stringMatching(/^delete pod default\/shop-.* \d+s$/)]);
    expect(scene.replica.logged('deleted a pod past budgets and opt-outs')).toHaveLength(1);
  });

  test('survives the process that set it', async () => {
    const scene = await givenAKeptDrain({ replicas: 2 });
    const { deadline, owner } = await drainOf(scene);
    await scene.passes('5m');
    await scene.replica.kill();
    await scene.passes('2m');
    expect(await drainOf(scene)).toMatchObject({ deadline, phase: 'draining' });
    expect((await drainOf(scene)).owner).not.toBe(owner);
    const end = await ending(scene);
    expect(end).toMatchObject({ phase: 'rolled-back', reason: 'blocked-by-disruption-budget' });
    expect(Number(end?.['closedAt']) - (deadline ?? 0)).toBeLessThan(MINUTE);
  });
});

describe('pods that do not just go', () => {
  test('a kubelet that dies in mid-drain holds the node no longer than a minute after the grace of its pods', async () => {
    const scene = await givenADrain('cordoned');
    const node = (await drainOf(scene)).node?.name ?? '';
    scene.cluster.world.perform({ kind: 'kubelet', node, hung: true });
    expect(await ending(scene, '10m')).toMatchObject({ phase: 'done' });
    expect(scene.cluster.alive()).not.toContain(node);
  });

  test('a pod that its kubelet does not end is named, and holds the node no longer than its grace once more', async () => {
    const scene = await givenADrain('cordoned');
    const node = (await drainOf(scene)).node?.name ?? '';
    const [pod = ''] = scene.cluster.podsOn(node);
    scene.cluster.world.perform({ kind: 'slow-kubelet', node, seconds: 7200 });
    const isNamed = async () => (await drainOf(scene)).reason === 'pod-does-not-end';
    await scene.eventually('it is named', isNamed, '5m');
    expect((await drainOf(scene)).detail).toContain(pod);
    const named = scene.clock.now();
    expect(await ending(scene, '3m')).toMatchObject({ phase: 'done', evicted: 1 });
    expect(scene.clock.now() - named).toBeGreaterThan(30_000);
  });

  test('a finalizer holds no node: the containers of its pod have ended', async () => {
    const scene = await givenADrain('draining', {}, { ...SLOW, finalizers: ['example.com/wait'] });
    expect(await ending(scene, '3m')).toMatchObject({ phase: 'done', evicted: 1 });
  });

  test('a job that is to be completed first is waited for', async () => {
    const scene = await givenACluster({ nodes: 3 });
    const annotations = { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'on-completion' };
    scene.cluster.runs('job', 3, { cpu: '300m', annotations });
    await scene.eventually('the pods run', () => scene.cluster.podsOf('job').running === 3, '1m');
    const node = await begins(scene, 'draining');
    await scene.passes('2m');
    expect(await drainOf(scene)).toMatchObject({ phase: 'draining', reason: 'waits-for-completion' });
    expect(evictions(scene)).toEqual([]);
    const [pod] = scene.cluster.podsOn(node);
    scene.cluster.world.perform({ kind: 'delete-pod', namespace: 'default', name: pod ?? '' });
    expect(await ending(scene, '3m')).toMatchObject({ phase: 'done', evicted: 0 });
  });

  test('a namespace that is deleted takes its pods along: no failure, and no budget', async () => {
    const scene = await givenADrain('cordoned');
    scene.cluster.world.perform({ kind: 'delete-namespace', namespace: 'default' });
    expect(await ending(scene, '5m')).toMatchObject({ phase: 'done' });
    expect(scene.replica.logged('action failed')).toEqual([]);
  });
});

describe('an empty node', () => {
  test('lets go of its volumes before its instance ends', async () => {
    const scene = await givenADrain('cordoned');
    const node = (await drainOf(scene)).node?.name ?? '';
    const { volumeattachments } = scene.cluster.world.cluster.world.store;
    const attachment = volumeattachments.insert({
      kind: 'VolumeAttachment',
      apiVersion: 'storage.k8s.io/v1',
      metadata: { name: 'csi-1' },
      spec: { attacher: 'ebs.csi.aws.com', nodeName: node, source: { persistentVolumeName: 'pv-data' } },
      status: { attached: true },
    });
    scene.cluster.world.perform({ kind: 'hold-volumes', node, held: true });
    await scene.eventually('it is named', async () => (await drainOf(scene)).reason === 'volumes-attached', '2m');
    expect((await drainOf(scene)).detail).toBe('pv-data');
    await scene.passes('2m');
    expect(scene.cluster.terminations()).toEqual([]);
    volumeattachments.remove(attachment.metadata.name);
    expect(await ending(scene, '2m')).toMatchObject({ phase: 'done' });
  });

  test('waits for hooks no longer than two minutes', async () => {
    const scene = await givenADrain('cordoned');
    const node = (await drainOf(scene)).node?.name ?? '';
    scene.cluster.annotate(node, { 'delay-deletion.cluster-autoscaler.kubernetes.io/backup': '' });
    await scene.eventually('it waits', async () => (await drainOf(scene)).reason === 'deletion-delayed', '2m');
    const { emptiedAt } = await drainOf(scene);
    await scene.eventually('its instance ends', () => scene.cluster.terminations().length > 0, '3m');
    expect(Math.abs(scene.clock.now() - (emptiedAt ?? 0) - 2 * MINUTE)).toBeLessThan(3000);
  });

  test('whose attachments nobody may see ends all the same, and the log says so once', async () => {
    const scene = await givenADrain('cordoned');
    scene.cluster.kubernetes.troubles.set('list attachments', new SmartScaleError('kubernetes-forbidden', 'no'));
    expect(await ending(scene)).toMatchObject({ phase: 'done' });
    expect(scene.replica.logged('cannot look at volume attachments: nodes end without waiting for them')).toHaveLength(
      1,
    );
  });

  test('that registers again when all is over is swept away', async () => {
    const scene = await givenADrain('cordoned');
    const target = (await drainOf(scene)).node;
    expect(await ending(scene)).toMatchObject({ phase: 'done' });
    const { cluster } = scene.cluster.world;
    cluster.registerNode({
      name: target?.name ?? '',
      instanceId: target?.instanceId ?? '',
      zone: 'ap-southeast-1a',
      instanceType: 'm6i.large',
      labels: { 'smartscale/pool': 'workers' },
      taints: [],
      allocatable: { cpu: '2', memory: '4Gi', pods: '110' },
    });
    cluster.instanceGone(target?.name ?? '');
    expect(cluster.node(target?.name ?? '')).toBeDefined();
    await scene.eventually('it is gone', () => cluster.node(target?.name ?? '') === undefined, '4m');
    expect(scene.cluster.readyNodes()).toHaveLength(2);
  });
});

test('a node that EC2 takes: what its budget keeps is deleted with the grace that is left', async () => {
  const scene = await givenACluster({ nodes: 3 });
  scene.cluster.runs('shop', 3, { cpu: '300m', stopSeconds: 3 });
  scene.cluster.world.cluster.createBudget(BUDGET_OF_NONE);
  await scene.eventually('the pods run', () => scene.cluster.podsOf('shop').running === 3, '1m');
  const [node = ''] = scene.cluster.alive();
  const end = scene.clock.now() + 120_000;
  scene.cluster.world.cloud.notify(node, { kind: 'interruption', at: end });
  await scene.alertmanager.fires(interruption(node));
  await scene.eventually('a pod is deleted', () => deletions(scene).length > 0, '3m');
  const [deleted] = scene.cluster.kubernetes.asked.filter(({ call }) => call === 'delete pod');
  // Five seconds before the end all has to be over, and its grace is 30.
  expect(end - 5000 - (deleted?.at ?? 0)).toBeLessThanOrEqual(30_000);
  expect(end - 5000 - (deleted?.at ?? 0)).toBeGreaterThan(25_000);
  await scene.eventually('the node is gone', () => !scene.cluster.nodes().some(({ name }) => name === node), '10m');
  expect(scene.cluster.podsOf('shop')).toEqual({ running: 3, pending: 0 });
});

describe('people see', () => {
  const words = ({ cluster }: Scene) => cluster.told.map(({ about, reason }) => [about.kind, reason].join(' '));

  test('on the node what is to come before the first pod goes, and what came of it; on the pods that they move', async () => {
    const scene = await givenADrain('draining');
    await ending(scene);
    expect(words(scene)).toEqual(['Node ScaleDown', 'Pod ScaleDown', 'Node ScaleDown']);
    const node = scene.cluster.told[0]?.about;
    expect(scene.cluster.told[0]).toMatchObject({ type: 'Normal', message: expect.stringMatching(BEGINS) as string });
    expect(scene.cluster.told[2]).toMatchObject({ about: node, message: expect.stringMatching(ENDS) as string });
  });
  const BEGINS = /^draining because of Idle: 1 pods to move, until \d{4}-.*Z$/;
  const ENDS = /^removed after \d+ s, 1 pods moved, saves \$0\.\d{3} an hour$/;

  test('what keeps a drain, every two minutes, in a metric meanwhile, and why it failed', async () => {
    const scene = await givenAKeptDrain();
    await scene.passes('1m');
    const labels = { pool: 'workers', reason: 'blocked-by-disruption-budget' };
    expect(await scene.metric('smartscale_drain_blocked', labels)).toBe(1);
    await ending(scene);
    const failing = scene.cluster.told.filter(({ reason }) => reason === 'FailedDraining');
    expect(failing.length).toBeGreaterThanOrEqual(6);
    expect(failing.length).toBeLessThanOrEqual(8);
    expect(failing[0]?.message).toMatch(/^blocked-by-disruption-budget: default\/shop-.*: The disruption budget shop /);
    expect(scene.cluster.told.at(-1)).toMatchObject({ type: 'Warning', reason: 'ScaleDownFailed' });
    expect(await scene.metric('smartscale_drain_blocked', labels)).toBe(0);
  });

  test('at once that two budgets keep a pod', async () => {
    const both = ['one', 'two'].map((name) => ({ name, matchLabels: { app: 'shop' } }));
    const scene = await givenAKeptDrain({}, both);
    await scene.passes('1m');
    expect(scene.cluster.told.at(-1)).toMatchObject({
      reason: 'FailedDraining',
      message: expect.stringMatching(/^more-than-one-budget: /) as string,
    });
    expect(await ending(scene)).toMatchObject({ phase: 'rolled-back', reason: 'more-than-one-budget' });
  });
});
