import { parsePayload } from '../../webhook/alertmanager/payload';
import { SmartScaleError } from '../../webhook/errors';
import type { ReceiveAnswer } from '../../webhook/http/deps';
import { settled } from '../support/fake-clock';
import { highCpu, idle } from '../scenarios/support/alerts';
import { payloadOf } from '../scenarios/support/alertmanager';
import { givenACluster, type Scene } from '../scenarios/support/scene';

/** Without HTTP, so that an answer may take as long as the clock says. */
function received(scene: Scene, alert = highCpu({ nodes: 4 })): Promise<ReceiveAnswer> {
  scene.alertmanager.knows(alert);
  const post = parsePayload(JSON.parse(JSON.stringify(payloadOf(alert))));
  return scene.replica.service.http.receive(post, 'shop');
}

/** What has come of it by now. */
async function soFar<T>(work: Promise<T>): Promise<T | 'nothing yet'> {
  await settled();
  return Promise.race([work, settled().then(() => 'nothing yet' as const)]);
}

async function withHangingEc2(): Promise<Scene> {
  const scene = await givenACluster({ nodes: 2 });
  // Older than what a look accepts.
  await scene.passes('6s');
  scene.cluster.ec2.hangNext('DescribeInstances', 1);
  return scene;
}

test('a look that takes longer than a second is answered queued, and goes on', async () => {
  const scene = await withHangingEc2();
  const answer = received(scene);
  await scene.clock.advance(999);
  expect(await soFar(answer)).toBe('nothing yet');
  await scene.clock.advance(1);
  expect(await soFar(answer)).toEqual({
    state: 'queued',
    alerts: [{ alert: 'HighCpu', pool: 'workers', state: 'heard' }],
    decisions: [],
  });
  scene.cluster.ec2.releaseHung();
  await scene.eventually('it acts without another post', () => scene.cluster.fleets().length === 1, '16s');
});

test('a look within the second is answered with its decision, and leaves no timer behind', async () => {
  const scene = await givenACluster({ nodes: 2 });
  const sleeping = scene.clock.sleeping;
  expect(await received(scene)).toMatchObject({ state: 'decided', decisions: [{ outcome: 'scale-up' }] });
  await settled();
  // The operation that was accepted sleeps now, and nothing else.
  expect(scene.clock.sleeping).toBe(sleeping + 1);
});

test('a store that fails after the answer queued breaks nothing', async () => {
  const scene = await withHangingEc2();
  const answer = received(scene, idle({ nodes: 2 }));
  await scene.clock.advance(1000);
  expect(await answer).toMatchObject({ state: 'queued' });
  scene.store.failWith(new SmartScaleError('store-unreachable', 'gone'));
  scene.cluster.ec2.releaseHung();
  // An unhandled rejection would fail this test.
  await scene.passes('5s');
  scene.store.failWith(null);
  expect(await received(scene)).toMatchObject({ state: 'decided' });
});

test('a store that fails within the second is the error of the answer', async () => {
  const scene = await givenACluster({ nodes: 2 });
  scene.store.failWith(new SmartScaleError('store-unreachable', 'gone'));
  await expect(received(scene)).rejects.toMatchObject({ code: 'store-unreachable' });
});

test('ten thousand posts at once cost three looks', async () => {
  const scene = await givenACluster({ nodes: 2 });
  const looks = () => scene.metric('smartscale_evaluation_seconds_count', { pool: 'workers' });
  const before = await looks();
  const answers = await Promise.all(Array.from({ length: 10_000 }, () => received(scene)));
  expect(new Set(answers.map(({ state }) => state))).toEqual(new Set(['decided']));
  expect((await looks()) - before).toBeLessThanOrEqual(3);
  await scene.passes('5s');
  expect(scene.cluster.fleets()).toEqual([2]);
});

test('a pool that hangs does not keep the decision of another from being made', async () => {
  const scene = await givenACluster({ nodes: 2, clusters: ['shop', 'bank'] });
  await scene.passes('6s');
  scene.clusterOf('bank').ec2.hangNext('DescribeInstances', 1);
  const post = payloadOf([highCpu({ nodes: 3, cluster: 'shop' }), highCpu({ nodes: 3, cluster: 'bank' })]);
  for (const [name, { alertmanager }] of scene.clusters) alertmanager.knows(highCpu({ nodes: 3, cluster: name }));
  const answer = scene.replica.service.http.receive(parsePayload(JSON.parse(JSON.stringify(post))), null);
  await scene.clock.advance(1000);
  expect(await answer).toMatchObject({ state: 'queued' });
  expect(scene.clusterOf('shop').fleets()).toEqual([1]);
  scene.clusterOf('bank').ec2.releaseHung();
});
