import { highCpu, highMemory, idle } from './support/alerts';
import { givenACluster } from './support/scene';

test('a silence holds an alert that fires under it, says whose it is, and its end lets it act within 30 s', async () => {
  const scene = await givenACluster({ nodes: 2 });
  const ends = scene.clock.now() + 3_600_000;
  scene.alertmanager.api.silence(ends, { createdBy: 'ann', comment: 'release' });
  expect(await scene.alertmanager.fires(highCpu({ nodes: 4 }))).toBeNull();
  await scene.passes('30m');
  expect(scene.cluster.fleets()).toEqual([]);
  expect(await scene.decisions()).toContain('hold paused HighCpu');
  const until = new Date(ends).toISOString();
  expect(await scene.health()).toMatchObject({
    paused: [{ by: 'silence', direction: 'up', who: 'ann', reason: 'release', alert: 'HighCpu', until }],
    lastDecision: { outcome: 'hold', reason: 'paused', detail: expect.stringContaining(until) as string },
  });
  await scene.eventually('the silence ends', () => scene.clock.now() >= ends);
  await scene.eventually('it acts', () => scene.cluster.fleets().length === 1, '30s');
  await scene.passes('1s');
  expect(await scene.health()).toMatchObject({ paused: [] });
});

test('a silence that is expired early lets the alert act within 30 s', async () => {
  const scene = await givenACluster({ nodes: 2 });
  await scene.alertmanager.fires(highCpu({ nodes: 2 }));
  const id = scene.alertmanager.api.silence(scene.clock.now() + 7_200_000);
  scene.alertmanager.changes(highCpu({ nodes: 4 }));
  await scene.passes('5m');
  expect(scene.cluster.fleets()).toEqual([]);
  scene.alertmanager.api.expireSilence(id);
  await scene.eventually('it acts', () => scene.cluster.fleets().length === 1, '30s');
});

test('a silence that is set while a look is under way still holds the step', async () => {
  const scene = await givenACluster({ nodes: 2 });
  const { api } = scene.alertmanager;
  const read = api.read.bind(api);
  api.read = async () => {
    const level = await read();
    api.read = read;
    api.silence(scene.clock.now() + 3_600_000);
    return level;
  };
  const answer = await scene.alertmanager.fires(highCpu({ nodes: 4 }));
  expect(answer?.body.decisions).toMatchObject([{ outcome: 'hold', reason: 'paused' }]);
  await scene.passes('1m');
  expect(scene.cluster.fleets()).toEqual([]);
});

test('a silence does not stop the minimum', async () => {
  const scene = await givenACluster({ nodes: 0 });
  scene.alertmanager.api.silence(scene.clock.now() + 7_200_000);
  await scene.eventually('two nodes are Ready', () => scene.cluster.readyNodes().length === 2, '2m');
});

test('POST /pause stops even the minimum, and resume goes on at once', async () => {
  const scene = await givenACluster({ nodes: 2 });
  const answer = await scene.orders('pause', { pool: 'workers', reason: 'migration' });
  expect(answer).toMatchObject({ status: 200, body: { state: 'paused', pools: ['workers'], until: null } });
  for (const instance of scene.cluster.alive()) scene.cluster.world.perform({ kind: 'kill-instance', instance });
  await scene.alertmanager.fires(highCpu({ nodes: 5 }));
  await scene.passes('10m');
  expect(scene.cluster.fleets()).toEqual([]);
  expect(await scene.health()).toMatchObject({
    paused: [
      { by: 'switch', who: 'ann', direction: 'up', reason: 'migration', until: null },
      { by: 'switch', who: 'ann', direction: 'down', reason: 'migration', until: null },
    ],
    lastDecision: { reason: 'paused', detail: expect.stringContaining('ann') as string },
  });
  expect((await scene.orders('resume')).status).toBe(200);
  await scene.passes('2s');
  expect(scene.cluster.fleets()).toEqual([5]);
  expect(await scene.history('pause')).toMatchObject([
    { what: 'paused', direction: 'both', by: 'ann', reason: 'migration' },
    { what: 'resumed', by: 'ann' },
  ]);
});

test('a pause of one direction lets the other act', async () => {
  const scene = await givenACluster({ nodes: 3 });
  await scene.orders('pause', { direction: 'down', reason: 'sale' });
  const answer = await scene.alertmanager.fires(idle({ nodes: 2 }));
  expect(answer?.body.decisions).toMatchObject([
    { reason: 'paused', detail: expect.stringContaining('sale') as string },
  ]);
  await scene.passes('15m');
  expect(scene.cluster.markedNodes()).toEqual([]);
  await scene.alertmanager.fires(highCpu({ nodes: 4 }));
  await scene.eventually('four nodes are Ready', () => scene.cluster.readyNodes().length === 4, '2m');
});

test('a pause ends at its time by itself', async () => {
  const scene = await givenACluster({ nodes: 2 });
  await scene.orders('pause', { reason: 'lunch', until: '20m' });
  await scene.alertmanager.fires(highCpu({ nodes: 3 }));
  await scene.passes('19m');
  expect(scene.cluster.fleets()).toEqual([]);
  await scene.eventually('it acts', () => scene.cluster.fleets().length === 1, '80s');
});

test('a pause survives a restart and holds on every replica', async () => {
  const scene = await givenACluster({ nodes: 2, replicas: 2 });
  await scene.orders('pause', { direction: 'up', reason: 'migration' });
  for (const replica of [...scene.replicas]) await replica.stop();
  await scene.restart();
  const answer = await scene.alertmanager.fires(highMemory({ nodes: 5 }));
  expect(answer?.body.decisions).toMatchObject([{ outcome: 'hold', reason: 'paused' }]);
});

test('a pause of a pool that is not configured is refused with the name', async () => {
  const scene = await givenACluster();
  const answer = await scene.orders('pause', { pool: 'nobodys', reason: 'x' });
  expect(answer).toMatchObject({ status: 400, body: { error: 'bad-request' } });
  expect(String(answer.body['message'])).toContain('nobodys');
});

test('a pause is answered at once while EC2 hangs', async () => {
  const scene = await givenACluster({ nodes: 2 });
  scene.cluster.ec2.hangNext('DescribeInstances', 100);
  await scene.passes('16s');
  const answer = await scene.orders('pause', { reason: 'EC2 is ill' });
  expect(answer.status).toBe(200);
  expect(await scene.health()).toMatchObject({ paused: [{ who: 'ann' }, { who: 'ann' }] });
  scene.cluster.ec2.releaseHung();
});
