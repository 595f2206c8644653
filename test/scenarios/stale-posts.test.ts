/** Posts come late, twice, out of order and as they were when they were first tried: what Alertmanager says now counts. */
import { connect } from 'node:net';
import { once } from 'node:events';
import { SmartScaleError } from '../../webhook/errors';
import { postOf } from '../support/exchange';
import { highCpu, highMemory, idle } from './support/alerts';
import { payloadOf } from './support/alertmanager';
import { tokenOf } from './support/configuration';
import { givenACluster, type Scene } from './support/scene';

const HOUR = 3_600_000;
const NO_COOLDOWN = { cooldown: { up: '0s' } };

async function grownTo(scene: Scene, nodes: number): Promise<void> {
  await scene.eventually('they are Ready', () => scene.cluster.readyNodes().length === nodes, '2m');
  await scene.eventually('the operation is closed', () => scene.isQuiet(), '10s');
}

test('an alert that began two hours ago, under a silence, acts when it is posted after the silence', async () => {
  const scene = await givenACluster({ nodes: 2 });
  const alert = { ...highCpu({ nodes: 4 }), startsAt: scene.clock.now() - 2 * HOUR };
  const answer = await scene.alertmanager.fires(alert);
  expect(answer?.body.decisions).toMatchObject([{ outcome: 'scale-up', reason: 'accepted' }]);
  await scene.passes('2s');
  expect(await scene.metric('smartscale_alert_to_launch_seconds_sum')).toBeLessThan(5);
});

test('an Idle that began two hours ago acts as well', async () => {
  const scene = await givenACluster({ nodes: 3 });
  await scene.alertmanager.fires({ ...idle({ nodes: 2 }), startsAt: scene.clock.now() - 2 * HOUR });
  await scene.eventually('one is given back', () => scene.cluster.alive().length === 2, '3m');
});

test('a frozen retry that arrives 10 s after its alert has resolved does nothing', async () => {
  const scene = await givenACluster({ nodes: 2, pool: NO_COOLDOWN });
  const alert = highCpu({ nodes: 3 });
  await scene.alertmanager.fires(alert);
  await grownTo(scene, 3);
  const frozen = payloadOf({ ...highCpu({ nodes: 6 }), startsAt: scene.clock.now() });
  await scene.alertmanager.resolves(alert);
  await scene.passes('10s');
  const answer = await scene.post(frozen);
  expect(answer).toMatchObject({ status: 202, body: { decisions: [{ outcome: 'hold', reason: 'nothing-asked' }] } });
  await scene.passes('10m');
  expect(scene.cluster.fleets()).toEqual([1]);
});

test('a frozen retry of Idle gives nothing back', async () => {
  const scene = await givenACluster({ nodes: 4 });
  const answer = await scene.post(payloadOf({ ...idle({ nodes: 2 }), startsAt: scene.clock.now() }));
  expect(answer.body.decisions).toMatchObject([{ outcome: 'hold', reason: 'nothing-asked' }]);
  await scene.passes('10m');
  expect(scene.cluster.markedNodes()).toEqual([]);
});

test('a retry of what was refused while the store was away acts once, however often it comes', async () => {
  const scene = await givenACluster({ nodes: 2 });
  scene.store.failWith(new SmartScaleError('store-unreachable', 'gone'));
  const alert = highCpu({ nodes: 4 });
  expect((await scene.alertmanager.fires(alert))?.status).toBe(503);
  scene.store.failWith(null);
  const answers = [await scene.alertmanager.repeats(alert), await scene.alertmanager.repeats(alert)];
  expect(answers.map(({ body }) => body.decisions?.[0]?.reason)).toEqual(['accepted', 'enough']);
  await scene.passes('5s');
  expect(scene.cluster.fleets()).toEqual([2]);
});

describe('resolved before firing', () => {
  test('of one alert that has ended: nothing is done', async () => {
    const scene = await givenACluster({ nodes: 2 });
    const alert = { ...highCpu({ nodes: 4 }), startsAt: scene.clock.now() };
    await scene.post(payloadOf(alert, 'resolved'));
    const answer = await scene.post(payloadOf(alert));
    expect(answer.body.decisions).toMatchObject([{ reason: 'nothing-asked' }]);
    await scene.passes('10m');
    expect(scene.cluster.fleets()).toEqual([]);
  });

  test('of one alert that fires on: the step is taken', async () => {
    const scene = await givenACluster({ nodes: 2 });
    const alert = { ...highCpu({ nodes: 4 }), startsAt: scene.clock.now() };
    scene.alertmanager.knows(alert);
    await scene.post(payloadOf(alert, 'resolved'));
    const answer = await scene.post(payloadOf(alert));
    expect(answer.body.decisions).toMatchObject([{ outcome: 'scale-up' }]);
  });

  test('a resolved of the firing before, which comes after the next has begun, undoes nothing', async () => {
    const scene = await givenACluster({ nodes: 2 });
    const before = { ...highCpu({ nodes: 4 }), startsAt: scene.clock.now() - 60_000 };
    scene.cluster.ec2.makeUnreachable(true);
    await scene.passes('6s');
    await scene.alertmanager.fires(highCpu({ nodes: 4 }));
    await scene.post(payloadOf(before, 'resolved'));
    scene.cluster.ec2.makeUnreachable(false);
    await scene.eventually('it acts at the next look', () => scene.cluster.fleets().length === 1, '16s');
  });
});

describe('firing after resolved with the same start', () => {
  test('is believed when Alertmanager calls it active: genuine', async () => {
    const scene = await givenACluster({ nodes: 2 });
    const alert = { ...highCpu({ nodes: 4 }), startsAt: scene.clock.now() };
    await scene.post(payloadOf(alert, 'resolved'));
    await scene.alertmanager.fires(alert);
    await scene.passes('5s');
    expect(scene.cluster.fleets()).toEqual([2]);
  });

  test('is not when it does not: stale', async () => {
    const scene = await givenACluster({ nodes: 2, pool: NO_COOLDOWN });
    const alert = { ...highCpu({ nodes: 3 }), startsAt: scene.clock.now() };
    await scene.alertmanager.fires(alert);
    await grownTo(scene, 3);
    await scene.alertmanager.resolves(alert);
    expect((await scene.post(payloadOf({ ...alert, ...highCpu({ nodes: 5 }) }))).status).toBe(202);
    await scene.passes('10m');
    expect(scene.cluster.fleets()).toEqual([1]);
  });
});

test('posts of different groups in any order come to the same', async () => {
  const alerts = [highCpu({ nodes: 4 }), highMemory({ nodes: 6 }), highCpu({ nodes: 3, pool: 'batch' })];
  for (const order of [alerts, alerts.toReversed()]) {
    const scene = await givenACluster({ nodes: 2, pools: { batch: { min: 0 } } });
    await Promise.all(order.map((alert) => scene.alertmanager.fires(alert)));
    await scene.eventually('six are Ready', () => scene.cluster.readyNodes().length === 6, '10m');
    await scene.eventually('three of the other pool', () => scene.cluster.readyNodes('batch').length === 3, '10m');
    expect(scene.cluster.alive()).toHaveLength(6);
  }
});

test('a post that a reload of Alertmanager cuts off, and that is sent again, is one operation', async () => {
  const scene = await givenACluster({ nodes: 2, pool: NO_COOLDOWN });
  const alert = highCpu({ nodes: 4 });
  scene.alertmanager.knows(alert);
  const body = Buffer.from(JSON.stringify(payloadOf(alert)));
  const socket = connect(scene.replica.port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(postOf('/alerts', body, [`Authorization: Bearer ${tokenOf('shop')}`]));
  await once(socket, 'data');
  socket.destroy();
  expect((await scene.alertmanager.repeats(alert)).status).toBe(202);
  await grownTo(scene, 4);
  expect(scene.cluster.fleets()).toEqual([2]);
});

test.each([
  ['without Redis', false],
  ['with Redis, which remembers answers', true],
])(
  'a repeat of the same bytes acts again when the cooldown is over and it still holds, %s',
  async (_how, withRedis) => {
    const scene = await givenACluster({ nodes: 2, withRedis });
    const alert = { ...highCpu(), startsAt: scene.clock.now() };
    const bytes = payloadOf(alert);
    scene.alertmanager.knows(alert);
    await scene.post(bytes);
    await grownTo(scene, 3);
    await scene.passes('200s');
    expect((await scene.post(bytes)).body.decisions).toMatchObject([{ outcome: 'hold', reason: 'cooling-down' }]);
    await scene.passes('100s');
    await scene.post(bytes);
    await grownTo(scene, 4);
    expect(scene.cluster.fleets()).toEqual([1, 1]);
  },
);

test('a start that changes silently, as after a restart of both servers, changes nothing', async () => {
  const scene = await givenACluster({ nodes: 2, pool: NO_COOLDOWN });
  const alert = { ...highCpu({ nodes: 3 }), startsAt: scene.clock.now() - HOUR };
  await scene.alertmanager.fires(alert);
  await grownTo(scene, 3);
  for (const startsAt of [scene.clock.now(), scene.clock.now() - 2 * HOUR]) {
    scene.alertmanager.api.fire({ ...alert, startsAt });
    const answer = await scene.post(payloadOf({ ...alert, startsAt }));
    expect(answer.body.decisions).toMatchObject([{ outcome: 'hold', reason: 'enough' }]);
  }
  scene.alertmanager.api.fire({ ...highCpu({ nodes: 5 }), startsAt: scene.clock.now() - HOUR });
  await scene.eventually('the new number is followed', () => scene.cluster.fleets().length === 2, '16s');
});
