import { highCpu } from './support/alerts';
import { tokenOf } from './support/configuration';
import { givenACluster, type Scene } from './support/scene';

/** Something is launched for an alert that asks for three nodes of two. */
async function givenALaunch(beginning?: (scene: Scene) => void) {
  const scene = await givenACluster({ nodes: 2 });
  beginning?.(scene);
  await scene.alertmanager.fires(highCpu({ nodes: 3 }));
  await scene.eventually('it is launched', () => scene.cluster.alive().length === 3, '5s');
  const ready = scene.cluster.readyNodes();
  const instance = scene.cluster.alive().find((id) => !ready.includes(id)) ?? '';
  return { scene, instance };
}

async function ending(scene: Scene) {
  await scene.eventually('the operation is closed', async () => (await scene.history('operation')).length > 0, '20m');
  const [closed = {}] = await scene.history('operation');
  return { ...closed, minutes: (Number(closed['closedAt']) - Number(closed['launchedAt'])) / 60_000 };
}

test.each([
  ['Server.InsufficientInstanceCapacity', 'ec2-no-capacity'],
  ['Client.VolumeLimitExceeded', 'ec2-quota'],
  ['Client.InternalError', 'ec2-volume-key'],
])('an instance that dies of %s rolls the scale-up back as %s, long before any deadline', async (reason, meaning) => {
  const { scene, instance } = await givenALaunch();
  const { type, zone } = scene.cluster.world.cloud.instances.find(({ id }) => id === instance) ?? {};
  scene.cluster.world.perform({ kind: 'kill-instance', instance, reason });
  const closed = await ending(scene);
  expect(closed).toMatchObject({
    phase: 'rolled-back',
    reason: meaning,
    detail: `${instance} ended before joining: ${reason}, ${type} in ${zone}`,
    instances: [{ id: instance, zone, ended: { class: meaning, type, spot: false } }],
  });
  expect(closed.minutes).toBeLessThan(2);
  expect(await scene.state()).toMatchObject({ backoff: { failures: 1, cause: meaning } });
  expect(await scene.metric('smartscale_instances_lost_total', { reason: meaning })).toBe(1);
  const marks = await scene.store.readMarks({ cluster: scene.cluster.name, pool: 'workers' });
  const scope = { instanceType: type, zone, capacity: 'on-demand' };
  expect(marks).toMatchObject(meaning === 'ec2-no-capacity' ? [{ kind: 'no-capacity', scope }] : []);
});

test('an instance that never runs is given up after two minutes', async () => {
  const scene = await givenACluster({ nodes: 0, pool: { min: 0 }, world: { ec2: { pendingMs: 3_600_000 } } });
  await scene.alertmanager.fires(highCpu({ nodes: 1 }));
  const closed = await ending(scene);
  expect(closed).toMatchObject({
    phase: 'rolled-back',
    reason: 'not-running',
    detail: expect.stringContaining('still pending') as string,
  });
  expect(closed.minutes).toBeGreaterThan(2);
  expect(closed.minutes).toBeLessThan(5);
  expect(scene.cluster.alive()).toEqual([]);
});

test('an instance that never registers is given up after five minutes', async () => {
  const { scene } = await givenALaunch(({ cluster }) => cluster.world.perform({ kind: 'never-joins', next: 1 }));
  const closed = await ending(scene);
  expect(closed).toMatchObject({ phase: 'rolled-back', reason: 'not-registered' });
  expect(closed.minutes).toBeGreaterThan(5);
  expect(closed.minutes).toBeLessThan(8);
  expect(scene.cluster.alive()).toHaveLength(2);
});

test('the console of what never joined is kept for operators of its cluster, without its secrets', async () => {
  const { scene, instance } = await givenALaunch(({ cluster }) =>
    cluster.world.perform({ kind: 'never-joins', next: 1 }),
  );
  await ending(scene);
  const path = `/consoles/shop/workers/${instance}`;
  const { status, text } = await scene.replica.get(path, tokenOf('shop'));
  expect(status).toBe(200);
  expect(text).toContain('failed to get CA certs');
  expect(text).toContain('K3S_TOKEN=[redacted]');
  expect(text).not.toMatch(/K10[0-9a-f]/);
  expect((await scene.replica.get(path, 'nobody')).status).toBe(401);
  expect((await scene.replica.get('/consoles/shop/workers/i-0', tokenOf('shop'))).status).toBe(404);
  expect((await scene.replica.get(`/consoles/shop/other/${instance}`, tokenOf('shop'))).status).toBe(404);
  const asked = scene.cluster.ec2.requests.filter(({ action }) => action === 'GetConsoleOutput');
  expect(asked.map(({ params }) => params['id'])).toEqual([instance]);
});

test.each([
  ['fails', ({ cluster }: Scene) => cluster.ec2.failNext('GetConsoleOutput', 'UnauthorizedOperation')],
  ['never answers', ({ cluster }: Scene) => cluster.ec2.hangNext('GetConsoleOutput')],
])('console output that %s delays no termination', async (_what, trouble) => {
  const { scene, instance } = await givenALaunch((it) => {
    it.cluster.world.perform({ kind: 'never-joins', next: 1 });
    trouble(it);
  });
  const isRollingBack = async () => Object.values((await scene.state()).operations)[0]?.phase === 'rolling-back';
  await scene.eventually('it is given up', isRollingBack, '6m');
  await scene.eventually('it is terminated', () => scene.cluster.terminations().includes(instance), '12s');
  expect(await ending(scene)).toMatchObject({ phase: 'rolled-back', reason: 'not-registered', consolesKept: true });
  scene.cluster.ec2.releaseHung();
});

test('a node that comes after its instance was given up is removed, and its instance ended', async () => {
  const { scene, instance } = await givenALaunch(({ cluster }) =>
    cluster.world.perform({ kind: 'never-joins', next: 1 }),
  );
  const phase = async () => Object.values((await scene.state()).operations)[0]?.phase;
  await scene.eventually('it is given up', async () => (await phase()) === 'rolling-back', '6m');
  scene.cluster.joinsAfterAll();
  expect(await ending(scene)).toMatchObject({ phase: 'rolled-back', reason: 'not-registered' });
  expect(scene.cluster.terminations()).toContain(instance);
  expect(scene.cluster.nodes().map(({ name }) => name)).not.toContain(instance);
});
