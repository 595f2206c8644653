import { SmartScaleError } from '../../webhook/errors';
import { highCpu, idle } from './support/alerts';
import { givenACluster, type Scene } from './support/scene';

async function degraded(scene: Scene) {
  const { status, body } = await scene.replica.get('/readyz');
  const parts = body['degraded'] as readonly { part: string; advice: string }[];
  expect(parts.every(({ advice }) => advice.length > 10)).toBe(true);
  return { status, parts: [...new Set(parts.map(({ part }) => part))] };
}

test('while no Alertmanager answers what is posted can grow the pool and not shrink it, and /readyz says so', async () => {
  const scene = await givenACluster({ nodes: 3 });
  scene.alertmanager.api.unreachable = true;
  const down = await scene.alertmanager.fires(idle({ nodes: 2 }));
  expect(down?.body.decisions).toMatchObject([
    { outcome: 'hold', reason: 'pipeline-silent', detail: 'no Alertmanager answers' },
  ]);
  expect(await degraded(scene)).toEqual({ status: 200, parts: ['alertmanager'] });
  await scene.passes('12m');
  expect(scene.cluster.markedNodes()).toEqual([]);
  const up = await scene.alertmanager.fires(highCpu({ nodes: 4 }));
  expect(up?.body.decisions).toMatchObject([{ outcome: 'scale-up' }]);
  await scene.eventually('four nodes are Ready', () => scene.cluster.readyNodes().length === 4, '2m');
  scene.alertmanager.api.unreachable = false;
  await scene.passes('20s');
  expect(await degraded(scene)).toEqual({ status: 200, parts: [] });
});

test('while no Alertmanager answers, what was posted as resolved stands no more', async () => {
  const scene = await givenACluster({ nodes: 2 });
  scene.alertmanager.api.unreachable = true;
  scene.cluster.ec2.makeUnreachable(true);
  await scene.passes('6s');
  const alert = highCpu({ nodes: 4 });
  expect((await scene.alertmanager.fires(alert))?.body.decisions).toMatchObject([{ reason: 'unknown-state' }]);
  await scene.alertmanager.resolves(alert);
  scene.cluster.ec2.makeUnreachable(false);
  await scene.passes('5m');
  expect(scene.cluster.fleets()).toEqual([]);
});

test('a stale Watchdog holds what shrinks until it is fresh again', async () => {
  const scene = await givenACluster({ nodes: 3 });
  scene.alertmanager.api.watchdog(false);
  const answer = await scene.alertmanager.fires(idle({ nodes: 2 }));
  expect(answer?.body.decisions).toMatchObject([{ outcome: 'hold', reason: 'pipeline-silent' }]);
  await scene.passes('15m');
  expect(scene.cluster.markedNodes()).toEqual([]);
  expect(await degraded(scene)).toEqual({ status: 200, parts: ['prometheus'] });
  scene.alertmanager.api.watchdog();
  await scene.eventually('a node is given back', () => scene.cluster.alive().length === 2, '2m');
});

test('Prometheus that dies shrinks nothing, and grows nothing that was not posted', async () => {
  const scene = await givenACluster({ nodes: 3 });
  await scene.alertmanager.fires(highCpu({ nodes: 3 }));
  scene.alertmanager.api.stopUpdates();
  await scene.passes('1h');
  expect(scene.cluster.readyNodes()).toHaveLength(3);
  expect(await scene.history('operation')).toEqual([]);
});

describe.each([
  ['EC2', 'ec2', (scene: Scene, gone: boolean) => scene.cluster.ec2.makeUnreachable(gone)],
  [
    'K3s',
    'kubernetes',
    (scene: Scene, gone: boolean) => {
      scene.cluster.kubernetes.unreachable = gone;
    },
  ],
])('while %s cannot be read', (_name, part, makeUnreachable) => {
  test('an alert is answered unknown-state with 202, and acted on by itself afterwards', async () => {
    const scene = await givenACluster({ nodes: 2 });
    makeUnreachable(scene, true);
    await scene.passes('10s');
    const answer = await scene.alertmanager.fires(highCpu({ nodes: 4 }));
    expect(answer).toMatchObject({ status: 202, body: { decisions: [{ outcome: 'hold', reason: 'unknown-state' }] } });
    expect(await degraded(scene)).toEqual({ status: 200, parts: [part] });
    await scene.passes('70s');
    expect(scene.cluster.fleets()).toEqual([]);
    makeUnreachable(scene, false);
    await scene.eventually('it acts', () => scene.cluster.fleets().length === 1, '16s');
    expect(scene.cluster.fleets()).toEqual([2]);
    expect(await degraded(scene)).toEqual({ status: 200, parts: [] });
  });

  test('the minimum is not kept either: unknown is not zero', async () => {
    const scene = await givenACluster({ nodes: 2 });
    makeUnreachable(scene, true);
    await scene.passes('30m');
    makeUnreachable(scene, false);
    await scene.passes('10m');
    expect(scene.cluster.fleets()).toEqual([]);
    expect(scene.cluster.terminations()).toEqual([]);
    expect(scene.cluster.readyNodes()).toHaveLength(2);
  });

  test.each([
    ['meanwhile', 30_000],
    ['a little later', 930_000],
  ])('nodes that join %s are not rolled back at the deadline', async (_when, joinDelay) => {
    const joining = { joinDelayMs: { min: joinDelay, max: joinDelay } };
    const scene = await givenACluster({ nodes: 2, world: { joining } });
    await scene.alertmanager.fires(highCpu({ nodes: 4 }));
    await scene.eventually('they are launched', () => scene.cluster.alive().length === 4, '10s');
    makeUnreachable(scene, true);
    await scene.passes('15m');
    makeUnreachable(scene, false);
    await scene.eventually('the operation is closed', () => scene.isQuiet(), '3m');
    expect(await scene.history('operation')).toMatchObject([{ phase: 'done' }]);
    expect(scene.cluster.terminations()).toEqual([]);
  });
});

describe('while the store cannot be reached', () => {
  const outage = new SmartScaleError('store-unreachable', 'connect ECONNREFUSED');

  test('posts and /readyz are answered 503 with advice, and what fires then is acted on afterwards', async () => {
    const scene = await givenACluster({ nodes: 2 });
    scene.store.failWith(outage);
    const answer = await scene.alertmanager.fires(highCpu({ nodes: 4 }));
    expect(answer).toMatchObject({ status: 503, body: { error: 'store-unreachable' } });
    expect(answer?.body.advice).toContain('DynamoDB');
    expect(await degraded(scene)).toMatchObject({ status: 503, parts: ['store'] });
    expect((await scene.replica.get('/healthz')).status).toBe(200);
    await scene.passes('70s');
    expect(scene.cluster.fleets()).toEqual([]);
    scene.store.failWith(null);
    await scene.eventually('it acts', () => scene.cluster.fleets().length === 1, '16s');
    expect(await degraded(scene)).toEqual({ status: 200, parts: [] });
  });

  test.each(['launching', 'joining'])('an operation in %s waits and ends well', async (phase) => {
    const scene = await givenACluster({ nodes: 2 });
    await scene.alertmanager.fires(highCpu({ nodes: 4 }));
    if (phase === 'joining') await scene.passes('10s');
    scene.store.failWith(outage);
    await scene.passes('3m');
    scene.store.failWith(null);
    await scene.eventually('the operation is closed', () => scene.isQuiet(), '3m');
    expect(scene.cluster.readyNodes()).toHaveLength(4);
    expect(scene.cluster.fleets()).toEqual([2]);
    expect(await scene.history('operation')).toMatchObject([{ phase: 'done' }]);
  });

  test('a drain does not go on blindly', async () => {
    const scene = await givenACluster({ nodes: 3 });
    scene.cluster.runs('shop', 3, { cpu: '300m', stopSeconds: 25 });
    await scene.passes('30s');
    await scene.alertmanager.fires(idle({ nodes: 2 }));
    await scene.eventually('a node is cordoned', () => scene.cluster.cordonedNodes().length === 1, '30s');
    scene.store.failWith(outage);
    await scene.passes('10m');
    expect(scene.cluster.terminations()).toEqual([]);
    scene.store.failWith(null);
    await scene.eventually('the drain is closed', () => scene.isQuiet(), '20m');
    expect(scene.cluster.markedNodes()).toEqual([]);
  });
});

test('history that cannot be written holds up neither answer nor launch', async () => {
  const scene = await givenACluster({ nodes: 2 });
  const { store } = scene;
  const write = store.appendHistory.bind(store);
  store.appendHistory = () => Promise.reject(new SmartScaleError('store-unreachable', 'throttled'));
  const answer = await scene.alertmanager.fires(highCpu({ nodes: 4 }));
  expect(answer).toMatchObject({ status: 202, body: { decisions: [{ outcome: 'scale-up' }] } });
  expect((await scene.orders('pause', { direction: 'down', reason: 'throttled' })).status).toBe(200);
  await scene.eventually('four nodes are Ready', () => scene.cluster.readyNodes().length === 4, '2m');
  expect(await scene.isQuiet()).toBe(false);
  store.appendHistory = write;
  await scene.eventually('the operation is closed', () => scene.isQuiet(), '1m');
  expect(await scene.history('operation')).toMatchObject([{ phase: 'done' }]);
});

test('a store that goes away right after the acceptance was stored is no reason to answer 503', async () => {
  const scene = await givenACluster({ nodes: 2 });
  const { store } = scene;
  const [read, accept] = [store.readPool.bind(store), store.accept.bind(store)];
  store.accept = async (...args) => {
    const answer = await accept(...args);
    store.readPool = () => Promise.reject(new SmartScaleError('store-unreachable', 'gone'));
    return answer;
  };
  const answer = await scene.alertmanager.fires(highCpu({ nodes: 4 }));
  expect(answer).toMatchObject({ status: 202, body: { decisions: [{ outcome: 'scale-up' }] } });
  await scene.passes('20s');
  store.readPool = read;
  await scene.eventually('four nodes are Ready', () => scene.cluster.readyNodes().length === 4, '2m');
  expect(scene.cluster.fleets()).toEqual([2]);
});
