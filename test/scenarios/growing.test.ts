import { highCpu, highMemory, queueIsLong, unschedulablePods } from './support/alerts';
import { payloadOf } from './support/alertmanager';
import { givenACluster } from './support/scene';

test('HighCpu that asks for five nodes makes five of two', async () => {
  const scene = await givenACluster({ nodes: 2 });
  const answer = await scene.alertmanager.fires(highCpu({ nodes: 5 }));
  expect(answer).toMatchObject({
    status: 202,
    body: {
      state: 'decided',
      alerts: [{ alert: 'HighCpu', pool: 'workers', state: 'heard' }],
      decisions: [{ pool: 'workers', outcome: 'scale-up', reason: 'accepted' }],
    },
  });
  await scene.eventually('five nodes are Ready', () => scene.cluster.readyNodes().length === 5, '2m');
  await scene.eventually('the operation is closed', () => scene.isQuiet(), '10s');
  await scene.passes('20m');
  expect(scene.cluster.fleets()).toEqual([3]);
  expect(scene.cluster.alive()).toHaveLength(5);
});

test('a number that is a part of a node too large buys the whole node', async () => {
  const scene = await givenACluster({ nodes: 2 });
  await scene.alertmanager.fires(highCpu({ nodes: '2.2' }));
  await scene.passes('5s');
  expect(scene.cluster.fleets()).toEqual([1]);
});

test('repeats, retries and the other half of a pair buy nothing', async () => {
  const scene = await givenACluster({ nodes: 2, pool: { cooldown: { up: '0s' } } });
  const alert = highCpu({ nodes: 4 });
  await scene.alertmanager.fires(alert);
  for (let retry = 0; retry < 5; retry += 1) await scene.alertmanager.repeats(alert);
  await scene.passes('10s');
  const answer = await scene.alertmanager.repeats(alert);
  expect(answer.body.decisions).toMatchObject([{ outcome: 'hold', reason: 'enough' }]);
  await scene.eventually('four nodes are Ready', () => scene.cluster.readyNodes().length === 4, '2m');
  for (let retry = 0; retry < 5; retry += 1) await scene.alertmanager.repeats(alert);
  await scene.passes('30m');
  expect(scene.cluster.fleets()).toEqual([2]);
});

test('the same post 500 times at once on two services with one store is one operation', async () => {
  const scene = await givenACluster({ nodes: 2, replicas: 2 });
  const alert = highCpu({ nodes: 5 });
  scene.alertmanager.knows(alert);
  const payload = payloadOf(alert);
  const answers = await Promise.all(
    Array.from({ length: 500 }, (_, i) => scene.post(payload, 'shop', scene.replicas[i % 2])),
  );
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
  await scene.eventually('five nodes are Ready', () => scene.cluster.readyNodes().length === 5, '2m');
  await scene.passes('10m');
  expect(scene.cluster.fleets()).toEqual([3]);
  expect(await scene.history('operation')).toHaveLength(1);
});

test('an urgent alert tops up what is under way, thirty seconds later at the earliest', async () => {
  const scene = await givenACluster({ nodes: 2 });
  await scene.alertmanager.fires(highCpu({ nodes: 4 }));
  await scene.passes('5s');
  const answer = await scene.alertmanager.fires(queueIsLong({ nodes: 6 }));
  expect(answer?.body.decisions).toMatchObject([{ outcome: 'hold', reason: 'already-in-flight' }]);
  await scene.eventually('the top-up is asked for', () => scene.cluster.fleets().length === 2, '45s');
  expect(scene.seconds).toBeGreaterThanOrEqual(60 + 30);
  await scene.eventually('six nodes are Ready', () => scene.cluster.readyNodes().length === 6, '2m');
  await scene.passes('10m');
  expect(scene.cluster.fleets()).toEqual([2, 2]);
  expect(await scene.history('operation')).toMatchObject([
    { trigger: { alert: 'HighCpu', nodes: 4, have: 2, topUp: false } },
    { trigger: { alert: 'QueueIsLong', nodes: 6, have: 4, topUp: true } },
  ]);
});

test('HighCpu in the cooldown waits, and acts when that ends without another post', async () => {
  const scene = await givenACluster({ nodes: 2 });
  const alert = highCpu({ nodes: 3 });
  await scene.alertmanager.fires(alert);
  await scene.eventually('the first is done', async () => (await scene.history('operation')).length === 1);
  const { upClosedAt = NaN } = await scene.state();
  await scene.alertmanager.resolves(alert);
  await scene.passes('170s');
  const answer = await scene.alertmanager.fires(highMemory({ nodes: 4 }));
  expect(answer?.body.decisions).toMatchObject([{ outcome: 'hold', reason: 'cooling-down' }]);
  expect(await scene.metric('smartscale_cooldown_seconds', { clock: 'up' })).toBeCloseTo(130, 0);
  const posts = () => scene.replica.logged('received alerts').length;
  const before = posts();
  await scene.passes('115s');
  expect(scene.cluster.fleets()).toEqual([1]);
  await scene.eventually('it acts', () => scene.cluster.fleets().length === 2, '32s');
  expect(scene.clock.now() - upClosedAt).toBeGreaterThanOrEqual(300_000);
  expect(posts() - before).toBeLessThanOrEqual(1);
});

test('what a replica was told of is acted on by it later, whether or not it keeps the minimum', async () => {
  const scene = await givenACluster({ nodes: 2, replicas: 2, pool: { cooldown: { up: '10m' } } });
  const payload = payloadOf(queueIsLong({ nodes: 3 }));
  scene.alertmanager.knows(queueIsLong({ nodes: 3 }));
  await scene.post(payload, 'shop', scene.replicas[0]);
  await scene.eventually('the operation is closed', async () => (await scene.history('operation')).length === 1, '2m');
  await scene.passes('8m');
  scene.alertmanager.knows(highCpu({ nodes: 4 }));
  const answer = await scene.post(payloadOf(highCpu({ nodes: 4 })), 'shop', scene.replicas[1]);
  expect(answer.body.decisions).toMatchObject([{ outcome: 'hold', reason: 'cooling-down' }]);
  await scene.eventually('it acts', () => scene.cluster.fleets().length === 2, '2m20s');
});

test('three alerts at once never make more than max', async () => {
  const scene = await givenACluster({ nodes: 2, pool: { max: 6 } });
  const answers = await Promise.all([
    scene.alertmanager.fires(highCpu({ nodes: 8 })),
    scene.alertmanager.fires(highMemory({ nodes: 9 })),
    scene.alertmanager.fires(queueIsLong({ nodes: 7 })),
  ]);
  expect(answers.map((answer) => answer?.status)).toEqual([202, 202, 202]);
  await scene.eventually('six nodes are Ready', () => scene.cluster.readyNodes().length === 6, '2m');
  await scene.passes('30m');
  expect(scene.cluster.fleets()).toEqual([4]);
  expect(scene.cluster.alive()).toHaveLength(6);
  expect(await scene.decisions()).toContain('hold at-max HighMemory');
  const accepted = (await scene.history('decision')).filter(({ outcome }) => outcome === 'scale-up');
  expect(accepted).toMatchObject([{ limitedBy: ['max'], have: 2, launch: 4 }]);
});

test('not more than ten nodes are bought by one decision', async () => {
  const scene = await givenACluster({ nodes: 2, pool: { max: 30 } });
  await scene.alertmanager.fires(queueIsLong({ nodes: 25 }));
  await scene.passes('5s');
  expect(scene.cluster.fleets()).toEqual([10]);
  await scene.eventually('all 25 are Ready', () => scene.cluster.readyNodes().length === 25);
  expect(scene.cluster.fleets()).toEqual([10, 10, 3]);
});

test('an alert without a number asks for a step, and not again beside what is under way', async () => {
  const scene = await givenACluster({ nodes: 2, pool: { step: 2 } });
  await scene.alertmanager.fires(highCpu());
  await scene.passes('20s');
  const answer = await scene.alertmanager.fires(highMemory());
  expect(answer?.body.decisions).toMatchObject([{ outcome: 'hold', reason: 'already-in-flight' }]);
  await scene.eventually('four nodes are Ready', () => scene.cluster.readyNodes().length === 4, '2m');
  await scene.passes('4m');
  expect(scene.cluster.fleets()).toEqual([2]);
  await scene.eventually('after the cooldown the next step', () => scene.cluster.fleets().length === 2, '3m');
  expect(scene.cluster.fleets()).toEqual([2, 2]);
});

test('a number that changes while the alert fires is followed, not the one that was posted', async () => {
  const scene = await givenACluster({ nodes: 2, pool: { cooldown: { up: '0s' } } });
  await scene.alertmanager.fires(highCpu({ nodes: 3 }));
  await scene.passes('10s');
  scene.alertmanager.changes(highCpu({ nodes: 5 }));
  await scene.eventually('five nodes are Ready', () => scene.cluster.readyNodes().length === 5, '4m');
  expect(scene.cluster.fleets()).toEqual([1, 2]);
  await scene.eventually('all is closed', () => scene.isQuiet(), '10s');
  const [first, second] = await scene.history('operation');
  expect(Number(second?.['acceptedAt']) - Number(first?.['closedAt'])).toBeLessThanOrEqual(1000);
});

test('an alert that was active and never posted does not act', async () => {
  const scene = await givenACluster({ nodes: 2 });
  scene.alertmanager.knows(highCpu({ nodes: 5 }));
  await scene.passes('10m');
  expect(scene.cluster.fleets()).toEqual([]);
});

test('pending pods are bought for once, and only those that a new node would take', async () => {
  const scene = await givenACluster({ nodes: 2 });
  scene.cluster.runs('shop', 3, { cpu: '1500m' });
  await scene.eventually('one pod waits', () => scene.cluster.podsOf('shop').pending === 1, '1m');
  scene.cluster.runs('giant', 1, { cpu: '16' });
  scene.cluster.runs('picky', 1, { cpu: '100m', nodeSelector: { disk: 'ssd' } });
  await scene.passes('5s');
  await scene.alertmanager.fires(unschedulablePods({ nodes: 3 }));
  await scene.eventually('the pod runs', () => scene.cluster.podsOf('shop').running === 3, '3m');
  await scene.passes('10m');
  expect(scene.cluster.fleets()).toEqual([1]);
});
