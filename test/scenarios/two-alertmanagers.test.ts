import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fingerprintOf } from '../fakes/fake-alertmanager';
import { highCpu, idle } from './support/alerts';
import { givenACluster, type Scene, type SceneOptions } from './support/scene';

function givenAPair(options: SceneOptions = {}): Promise<Scene> {
  return givenACluster({ alertmanagers: 2, ...options });
}

function membersOf(scene: Scene) {
  const [a, b] = scene.alertmanager.api.members;
  if (!a || !b) throw new Error('it is no pair');
  return [a, b] as const;
}

const HOUR = 3_600_000;
const SILENCE = { id: 's1', createdBy: 'ann', comment: 'release', matchers: { scale: null } };

/** As the two halves of a partitioned pair posted one alert: alike but for `externalURL`. */
function copy(of: 'A' | 'B', alert: ReturnType<typeof highCpu>): object {
  const file = join(__dirname, '..', 'fixtures', 'payloads', `ha-partition-copy-${of}.json`);
  const recorded = JSON.parse(readFileSync(file, 'utf8')) as { readonly alerts: readonly object[] };
  return { ...recorded, alerts: [{ ...recorded.alerts[0], ...alert, fingerprint: fingerprintOf(alert.labels) }] };
}

test('a partitioned pair that posts everything twice has one operation made of it', async () => {
  const scene = await givenAPair({ nodes: 2, replicas: 2, pool: { cooldown: { up: '0s' } } });
  const alert = highCpu({ nodes: 4 });
  scene.alertmanager.knows(alert);
  const answers = [];
  for (let round = 0; round < 10; round += 1) {
    answers.push(
      ...(await Promise.all([
        scene.post(copy('A', alert), 'shop', scene.replicas[0]),
        scene.post(copy('B', alert), 'shop', scene.replicas[1]),
      ])),
    );
    await scene.passes('15s');
  }
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
  expect(scene.cluster.fleets()).toEqual([2]);
  expect(await scene.history('operation')).toHaveLength(1);
});

test('an alert that one of the two knows is active, as when Prometheus does not reach the other', async () => {
  const scene = await givenAPair({ nodes: 2 });
  const [a] = membersOf(scene);
  a.fire(highCpu({ nodes: 4 }));
  await scene.post(copy('A', highCpu({ nodes: 4 })));
  await scene.passes('5s');
  expect(scene.cluster.fleets()).toEqual([2]);
});

test.each([0, 1])('a silence that only one of the two has (%i) holds the step', async (which) => {
  const scene = await givenAPair({ nodes: 2 });
  const ends = scene.clock.now() + HOUR;
  membersOf(scene)[which]?.silence({ ...SILENCE, startsAt: scene.clock.now(), endsAt: ends });
  const alert = highCpu({ nodes: 4 });
  scene.alertmanager.knows(alert);
  const answer = await scene.post(copy('A', alert));
  expect(answer.body.decisions).toMatchObject([{ outcome: 'hold', reason: 'paused' }]);
  await scene.passes('2m');
  expect(scene.cluster.fleets()).toEqual([]);
});

test('while one of the two is down, the other is enough to grow and to shrink', async () => {
  const scene = await givenAPair({ nodes: 3 });
  membersOf(scene)[1].unreachable = true;
  await scene.alertmanager.fires(idle({ nodes: 2 }));
  await scene.eventually('a node is given back', () => scene.cluster.alive().length === 2, '3m');
  await scene.alertmanager.resolves(idle({ nodes: 2 }));
  await scene.alertmanager.fires(highCpu({ nodes: 4 }));
  await scene.eventually('two are bought', () => scene.cluster.fleets().length === 1, '10s');
  expect((await scene.replica.get('/readyz')).body).toMatchObject({
    status: 'degraded',
    degraded: [{ part: 'alertmanager' }],
  });
});

test('what only the one knew that is down now still grows the pool, as it was posted', async () => {
  const scene = await givenAPair({ nodes: 2, pool: { cooldown: { up: '0s' } } });
  const [a] = membersOf(scene);
  a.unreachable = true;
  const answer = await scene.post(copy('A', highCpu({ nodes: 4 })));
  expect(answer.body.decisions).toMatchObject([{ outcome: 'scale-up' }]);
});

test('what only the one knew that is down now does not shrink the pool: the one that answers calls no Idle active', async () => {
  const scene = await givenAPair({ nodes: 4, pool: { cooldown: { down: '2m' } } });
  await scene.alertmanager.fires(highCpu({ nodes: 5 }));
  await scene.eventually('the fifth is Ready', () => scene.isQuiet(), '2m');
  await scene.alertmanager.resolves(highCpu());
  await scene.alertmanager.fires(idle({ nodes: 2 }));
  // Idle ends in the cooldown, and the one that would post it is killed before it does.
  const [a, b] = membersOf(scene);
  await scene.passes('60s');
  a.unreachable = true;
  scene.alertmanager.ends(idle());
  expect(b.read()).toMatchObject({ ok: true });
  await scene.passes('10m');
  expect(scene.cluster.markedNodes()).toEqual([]);
  expect(scene.cluster.readyNodes()).toHaveLength(5);
});

test('a stale firing 14 s after its resolved, as a healthy pair may send it, does nothing', async () => {
  const scene = await givenAPair({ nodes: 2, pool: { cooldown: { up: '0s' } } });
  const alert = highCpu({ nodes: 3 });
  await scene.alertmanager.fires(alert);
  await scene.eventually('the third is Ready', () => scene.isQuiet(), '2m');
  scene.alertmanager.changes(highCpu({ nodes: 5 }));
  await scene.alertmanager.resolves(alert);
  await scene.passes('14s');
  const answer = await scene.post(copy('B', highCpu({ nodes: 5 })));
  expect(answer.body).toMatchObject({ alerts: [{ state: 'heard' }], decisions: [{ reason: 'nothing-asked' }] });
  await scene.passes('10m');
  expect(scene.cluster.fleets()).toEqual([1]);
});

test('an up alert that one of the two knows holds what shrinks, inhibited or not', async () => {
  const scene = await givenAPair({ nodes: 4 });
  const [a, b] = membersOf(scene);
  a.inhibit({ scale: 'up' }, { scale: 'down' });
  a.fire(highCpu({ nodes: 4 }));
  a.fire(idle({ nodes: 2 }));
  b.fire(idle({ nodes: 2 }));
  const answer = await scene.post(copy('B', idle({ nodes: 2 })));
  expect(answer.body.decisions).toMatchObject([{ outcome: 'hold', reason: 'scale-up-firing' }]);
  await scene.passes('15m');
  expect(scene.cluster.markedNodes()).toEqual([]);
});
