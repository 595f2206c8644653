import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FiredAlert } from '../fakes/fake-alertmanager';
import { highCpu } from './support/alerts';
import { payloadOf, type PostAnswer } from './support/alertmanager';
import { givenACluster, type Scene } from './support/scene';

/** What a route without group_by: ['...'] sends, as Alertmanager wrote it: all in one body. */
const RECORDED = join(__dirname, '..', 'fixtures', 'payloads', 'am-0.33.1-firing-grouped.json');
const grouped = JSON.parse(readFileSync(RECORDED, 'utf8')) as object;

/** One alert each of so many shards; the last asks for most. */
function shards(count: number): readonly FiredAlert[] {
  return Array.from({ length: count }, (_, n) => {
    const alert = highCpu({ nodes: n === count - 1 ? 5 : 3 });
    return { ...alert, labels: { ...alert.labels, shard: `shard-${n}` } };
  });
}

function bodyOf(alerts: readonly FiredAlert[]): object {
  return { ...grouped, ...(payloadOf(alerts) as { readonly alerts: readonly object[] }) };
}

async function posted(scene: Scene, alerts: readonly FiredAlert[]): Promise<PostAnswer> {
  for (const alert of alerts) scene.alertmanager.knows(alert);
  return scene.post(bodyOf(alerts));
}

function heard(scene: Scene): number {
  return scene.replica.service.clusters.get('shop')?.heard.all(scene.clock.now()).length ?? 0;
}

test.each([260, 2000])(
  '%i alerts in one body are all heard, and the one that asks for most is followed',
  async (count) => {
    const scene = await givenACluster({ nodes: 2 });
    const alerts = shards(count);
    const answer = await posted(scene, alerts);
    expect(answer.status).toBe(202);
    expect(answer.body.state).toBe('decided');
    expect(answer.body.alerts?.map(({ state }) => state)).toEqual(alerts.map(() => 'heard'));
    expect(answer.body.decisions).toMatchObject([{ pool: 'workers', outcome: 'scale-up', reason: 'accepted' }]);
    expect(heard(scene)).toBe(count);
    expect(scene.replica.logged('received alerts')).toMatchObject([{ firing: count, resolved: 0 }]);
    await scene.passes('5s');
    expect(scene.cluster.fleets()).toEqual([3]);
    expect(Object.values((await scene.state()).operations)).toMatchObject([{ trigger: { nodes: 5, have: 2 } }]);
  },
);

test('260 alerts that resolve in one body are all forgotten', async () => {
  const scene = await givenACluster({ nodes: 5 });
  await posted(scene, shards(260));
  expect(heard(scene)).toBe(260);
  const answer = await scene.post(payloadOf(shards(260), 'resolved'));
  expect(answer.body.alerts?.every(({ state }) => state === 'forgotten')).toBe(true);
  expect(heard(scene)).toBe(0);
});

test('a body over the limit is answered 413 with what to set, nothing of it is heard, and the next is', async () => {
  const scene = await givenACluster({ nodes: 2 });
  const alerts = shards(3500);
  const body = bodyOf(alerts);
  expect(JSON.stringify(body).length).toBeGreaterThan(2 ** 20);
  const answer = await scene.post(body);
  expect(answer).toMatchObject({ status: 413, body: { error: 'body-too-large' } });
  expect(answer.body.advice).toContain("group_by: ['...']");
  expect(heard(scene)).toBe(0);
  expect((await scene.post(bodyOf(alerts.slice(0, 1)))).body.alerts).toMatchObject([{ state: 'heard' }]);
});
