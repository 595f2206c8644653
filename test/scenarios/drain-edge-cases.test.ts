/** What happens beside a drain while it goes on: the table "Edge cases" of docs/draining.md names these. */
import { idle, interruption } from './support/alerts';
import { begins, drainOf, drains, ending, evictions, givenADrain, SLOW } from './support/drains';
import { ZONES } from './support/cluster';
import { givenACluster, type Scene } from './support/scene';

const MINUTE = 60_000;
const NO_SCALE_DOWN = { 'smartscale/no-scale-down': '' };

const podOf = ({ cluster }: Scene, name: string, namespace = 'default') => cluster.world.cluster.pod(namespace, name);
const nodeNamed = ({ cluster }: Scene, name: string) => cluster.world.cluster.node(name);

/** One node that everything runs on and a younger one beside it, which stays. */
async function givenAFullNode(runs: (scene: Scene) => void, running: (scene: Scene) => boolean): Promise<Scene> {
  const scene = await givenACluster({ nodes: 1, pool: { min: 1 } });
  runs(scene);
  await scene.eventually('the pods run', () => running(scene), '2m');
  const [spare = ''] = scene.cluster.startWorkers(1);
  await scene.eventually('there is another node', () => scene.cluster.readyNodes().length === 2, '3m');
  scene.cluster.annotate(spare, NO_SCALE_DOWN);
  return scene;
}

describe('a pod that comes between the mark and the evictions', () => {
  test('just joins the others', async () => {
    const scene = await givenADrain('cordoned');
    const node = (await drainOf(scene)).node?.name ?? '';
    scene.cluster.lands('late-1', node, 'ReplicaSet');
    expect(await ending(scene)).toMatchObject({ phase: 'done', evicted: 2, pods: 2 });
    expect(evictions(scene).filter((it) => it.endsWith('/late-1'))).toHaveLength(1);
  });

  test('ends the drain before any pod has moved if it must stay', async () => {
    const scene = await givenADrain('cordoned');
    const node = (await drainOf(scene)).node?.name ?? '';
    scene.cluster.lands('debugger', node, null);
    expect(await ending(scene)).toMatchObject({
      phase: 'rolled-back',
      reason: 'blocked-by-pod',
      detail: expect.stringContaining('pod default/debugger is a bare pod') as string,
    });
    expect(evictions(scene)).toEqual([]);
    expect(scene.cluster.readyNodes()).toContain(node);
  });
});

test('a pod that was replaced under its name is another pod: it is not touched by what was meant for the old one', async () => {
  const scene = await givenADrain('cordoned');
  const { kubernetes, world } = scene.cluster;
  const node = (await drainOf(scene)).node?.name ?? '';
  const old = scene.cluster.lands('late-1', node, 'ReplicaSet');
  const asked: { readonly uid: string; readonly terminating: boolean }[] = [];
  const evict = kubernetes.evict.bind(kubernetes);
  kubernetes.evict = async (pod) => {
    if (pod.name !== 'late-1') return evict(pod);
    if (asked.length === 0) {
      world.cluster.world.store.pods.remove('default/late-1');
      scene.cluster.lands('late-1', node, 'ReplicaSet');
    }
    const answer = await evict(pod);
    asked.push({ uid: pod.uid, terminating: podOf(scene, 'late-1')?.metadata.deletionTimestamp !== undefined });
    return answer;
  };
  expect(await ending(scene)).toMatchObject({ phase: 'done', evicted: 2 });
  expect(asked).toMatchObject([{ uid: old.metadata.uid, terminating: false }, { terminating: true }]);
  expect(asked[1]?.uid).not.toBe(old.metadata.uid);
});

describe('two operations', () => {
  test('that are accepted together never choose the same node', async () => {
    const scene = await givenACluster({ nodes: 4, pool: { maxConcurrentDrains: 2 } });
    scene.cluster.runs('shop', 4, SLOW);
    await scene.eventually('the pods run', () => scene.cluster.podsOf('shop').running === 4, '1m');
    await begins(scene, 'draining');
    await scene.eventually(
      'both have a node',
      async () => (await drains(scene)).filter((it) => it.node).length === 2,
      '1m',
    );
    const [one, two] = await drains(scene);
    expect(one?.node?.name).not.toBe(two?.node?.name);
  });

  test('do not share a node that EC2 takes while it is drained: one goes on, the other takes nothing', async () => {
    const scene = await givenADrain('draining', {}, { cpu: '300m', stopSeconds: 25 });
    const drain = await drainOf(scene);
    const node = drain.node?.name ?? '';
    scene.cluster.world.cloud.notify(node, { kind: 'interruption', at: scene.clock.now() + 120_000 });
    await scene.alertmanager.fires(interruption(node));
    await scene.passes('2s');
    const owners = (await drains(scene)).filter((it) => it.node?.name === node);
    expect(owners).toHaveLength(1);
    await scene.eventually('it is gone', () => nodeNamed(scene, node) === undefined, '10m');
    await scene.eventually('all is over', () => scene.isQuiet(), '10m');
    const rows = await scene.history('operation');
    const took = rows.filter(
      ({ node: it, phase }) => (it as { name?: string } | null)?.name === node && phase === 'done',
    );
    expect(took).toHaveLength(1);
    expect(evictions(scene)).toHaveLength(1);
    expect(scene.cluster.terminations().filter((id) => id === node).length).toBeLessThanOrEqual(1);
  });
});

test('a node that registers anew in mid-drain is another node: its drain ends, and it serves', async () => {
  // Sooner than anybody looks: the name is never missing.
  const scene = await givenADrain('draining', { world: { kubernetes: { reregisterMs: 0 } } });
  const { node } = await drainOf(scene);
  const name = node?.name ?? '';
  await scene.cluster.kubernetes.deleteNode({ name, uid: node?.uid ?? '' });
  expect(await ending(scene, '1m')).toMatchObject({ phase: 'rolled-back', reason: 'node-gone' });
  await scene.eventually('it is back', () => scene.cluster.readyNodes().includes(name), '2m');
  expect(nodeNamed(scene, name)?.metadata.uid).not.toBe(node?.uid);
  expect(scene.cluster.markedNodes()).toEqual([]);
  expect(scene.cluster.terminations()).toEqual([]);
});

test('the last Ready node of a zone stays while a pod has its volume there', async () => {
  const scene = await givenACluster({ nodes: 3 });
  const zone = ZONES[2] ?? '';
  const [first = '', second = '', last = ''] = scene.cluster
    .nodes()
    .toSorted(byZone)
    .map(({ name }) => name);
  scene.cluster.hasVolume('data', zone);
  const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }];
  scene.cluster.runs('db', 1, { cpu: '100m', volumes, stopSeconds: 5 });
  await scene.eventually('it runs', () => scene.cluster.podsOn(last).length === 1, '1m');
  for (const node of [first, second]) scene.cluster.annotate(node, NO_SCALE_DOWN);
  await scene.passes('15s');
  await scene.alertmanager.fires(idle({ nodes: 2 }));
  expect(await ending(scene)).toMatchObject({ node: null, reason: 'no-candidate' });
  // The history keeps the beginning.
  expect(scene.replica.lines.join('\n')).toContain(`is the last Ready node in zone ${zone}`);
  expect(scene.cluster.terminations()).toEqual([]);
});

function byZone(a: { readonly labels: Labels }, b: { readonly labels: Labels }): number {
  const zone = ({ labels }: { readonly labels: Labels }) => labels['topology.kubernetes.io/zone'] ?? '';
  return zone(a).localeCompare(zone(b));
}

type Labels = Readonly<Record<string, string>>;

test('the pod of a DaemonSet holds no node, whatever its budget says', async () => {
  const scene = await givenACluster({ nodes: 3 });
  scene.cluster.runs('agent', 1, { cpu: '50m', kind: 'DaemonSet' });
  scene.cluster.world.cluster.createBudget({ name: 'agent', namespace: 'default', maxUnavailable: 0 });
  scene.cluster.runs('shop', 3, { cpu: '300m', stopSeconds: 3 });
  await scene.eventually('the pods run', () => scene.cluster.podsOf('shop').running === 3, '1m');
  await scene.eventually('the agents run', () => scene.cluster.podsOf('agent').running >= 3, '1m');
  // It stays for what it belongs to, not for what it tolerates.
  const { pods } = scene.cluster.world.cluster.world.store;
  for (const pod of pods.list().filter(({ metadata }) => metadata.labels?.['app'] === 'agent')) {
    pods.replace({ ...pod, spec: { ...pod.spec, tolerations: [] } });
  }
  await begins(scene, 'draining');
  expect(await ending(scene, '5m')).toMatchObject({ phase: 'done', evicted: 1 });
  expect(evictions(scene).filter((it) => it.includes('agent'))).toEqual([]);
});

describe('a job that is to be completed first', () => {
  const annotations = { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'on-completion' };

  test('and is near its completion is waited for, and not begun anew', async () => {
    const scene = await givenACluster({ nodes: 3 });
    scene.cluster.runs('report', 3, { cpu: '300m', kind: 'Job', annotations, runSeconds: 240 });
    await scene.eventually('the pods run', () => scene.cluster.podsOf('report').running === 3, '1m');
    await begins(scene, 'draining');
    await scene.passes('1m');
    expect(await drainOf(scene)).toMatchObject({ phase: 'draining', reason: 'waits-for-completion' });
    expect(await ending(scene, '10m')).toMatchObject({ phase: 'done', evicted: 0 });
    expect(evictions(scene)).toEqual([]);
    expect(scene.cluster.podsOf('report')).toEqual({ running: 0, pending: 0 });
  });

  test('and is not completed by the deadline goes on where it is', async () => {
    const scene = await givenACluster({ nodes: 3 });
    scene.cluster.runs('report', 3, { cpu: '300m', kind: 'Job', annotations, runSeconds: 7200 });
    await scene.eventually('the pods run', () => scene.cluster.podsOf('report').running === 3, '1m');
    const node = await begins(scene, 'draining');
    const { deadline } = await drainOf(scene);
    const end = await ending(scene);
    expect(end).toMatchObject({ phase: 'rolled-back', reason: 'waits-for-completion' });
    expect(Math.abs(Number(end?.['closedAt']) - (deadline ?? 0))).toBeLessThan(MINUTE);
    expect(scene.cluster.readyNodes()).toContain(node);
    expect(scene.cluster.podsOf('report')).toEqual({ running: 3, pending: 0 });
    const told = scene.cluster.told.filter(({ reason }) => reason === 'FailedDraining').map(({ message }) => message);
    // Every two minutes of the fifteen.
    expect(told.length).toBeGreaterThanOrEqual(7);
    expect(new Set(told)).toEqual(new Set([`waits-for-completion: ${String(end?.['detail'])}`]));
  });
});

test('the pods of an ordered StatefulSet move one after the other under their budget', async () => {
  const scene = await givenAFullNode(
    ({ cluster }) => {
      cluster.runs('db', 3, { cpu: '100m', kind: 'StatefulSet', stopSeconds: 5 });
      cluster.world.cluster.createBudget({ name: 'db', namespace: 'default', maxUnavailable: 1 });
    },
    ({ cluster }) => cluster.podsOf('db').running === 3,
  );
  const before = uids(scene);
  const full = await begins(scene, 'draining', 1);
  let fewest = 3;
  await scene.eventually('its drain is closed', async () => {
    fewest = Math.min(fewest, scene.cluster.podsOf('db').running);
    return (await scene.history('operation')).length > 0;
  });
  expect(await ending(scene)).toMatchObject({ phase: 'done', evicted: 3, node: { name: full } });
  expect(fewest).toBe(2);
  expect(scene.cluster.podsOf('db')).toEqual({ running: 3, pending: 0 });
  expect(uids(scene).some((uid) => before.includes(uid))).toBe(false);
});

function uids(scene: Scene): readonly string[] {
  return ['db-0', 'db-1', 'db-2'].map((name) => podOf(scene, name)?.metadata.uid ?? '');
}

describe('an API server that evicts nothing', () => {
  test('because the webhook that evictions have to pass is down blames no budget, and is asked until it does', async () => {
    const scene = await givenADrain('cordoned');
    scene.cluster.world.perform({ kind: 'eviction-webhook', up: false });
    await scene.passes('3m');
    expect(await drainOf(scene)).toMatchObject({ phase: 'draining' });
    expect((await drainOf(scene)).reason).not.toBe('blocked-by-disruption-budget');
    expect((await drainOf(scene)).lastError?.message).toContain('failed calling webhook');
    expect(evictions(scene).length).toBeLessThan(40);
    expect(scene.replica.logged('evictions refused by budget')).toEqual([]);
    scene.cluster.world.perform({ kind: 'eviction-webhook', up: true });
    expect(await ending(scene, '2m')).toMatchObject({ phase: 'done', evicted: 1 });
  });

  test('because that webhook stays down says so when the node is back in service', async () => {
    const scene = await givenADrain('cordoned');
    scene.cluster.world.perform({ kind: 'eviction-webhook', up: false });
    expect(await ending(scene)).toMatchObject({
      phase: 'rolled-back',
      reason: 'deadline',
      detail: expect.stringContaining('failed calling webhook') as string,
    });
    expect(scene.cluster.readyNodes()).toHaveLength(3);
  });

  test('because of its flow control blames no budget either', async () => {
    const scene = await givenADrain('cordoned');
    scene.cluster.world.cluster.troubles.turnAway(8, /eviction/);
    await scene.eventually('it was turned away', () => evictions(scene).length >= 3, '2m');
    expect((await drainOf(scene)).reason).toBeUndefined();
    const labels = { pool: 'workers', reason: 'blocked-by-disruption-budget' };
    expect(await scene.metric('smartscale_drain_blocked', labels)).toBe(0);
    expect(await ending(scene, '3m')).toMatchObject({ phase: 'done', evicted: 1 });
    expect(evictions(scene)).toHaveLength(9);
    expect(scene.replica.logged('evictions refused by budget')).toEqual([]);
  });
});

test('a replica whose clock is a minute ahead takes a drain over, with the deadline that it had', async () => {
  const scene = await givenACluster({ nodes: 3, replicas: 2 });
  const { cluster } = scene.cluster.world;
  const budget = { name: 'shop', namespace: 'default' };
  scene.replicaNumber(2).systemClock.jump(MINUTE);
  scene.cluster.runs('shop', 6, { cpu: '150m', stopSeconds: 20 });
  cluster.createBudget({ ...budget, maxUnavailable: 1 });
  await scene.eventually('the pods run', () => scene.cluster.podsOf('shop').running === 6, '1m');
  await begins(scene, 'draining');
  await scene.eventually('the first of two pods goes', () => scene.cluster.podsOf('shop').running === 5, '1m');
  cluster.deleteBudget('shop');
  cluster.createBudget({ ...budget, maxUnavailable: 0 });
  const { deadline, owner } = await drainOf(scene);
  expect(owner).toContain('replica-1');
  await scene.replica.kill();
  await scene.eventually('the other one has it', async () => (await drainOf(scene)).owner !== owner, '3m');
  expect(await drainOf(scene)).toMatchObject({ deadline, phase: 'draining' });
  const end = await ending(scene);
  expect(end).toMatchObject({ phase: 'rolled-back', reason: 'blocked-by-disruption-budget' });
  // By the clock of whoever ended it.
  expect(Number(end?.['closedAt']) - (deadline ?? 0)).toBeGreaterThanOrEqual(0);
  expect(Number(end?.['closedAt']) - (deadline ?? 0)).toBeLessThan(MINUTE);
});
