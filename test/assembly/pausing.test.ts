import { SmartScaleError } from '../../webhook/errors';
import type { Direction } from '../../webhook/model/pool';
import { highCpu } from '../scenarios/support/alerts';
import { givenACluster } from '../scenarios/support/scene';

test('an order that fails half way is told so, and repeated it holds every pool', async () => {
  const scene = await givenACluster({ nodes: 2, pools: { batch: { min: 0 } } });
  const { store } = scene;
  const set = store.setPause.bind(store);
  store.setPause = (key, ...rest) =>
    key.pool === 'batch' ? Promise.reject(new SmartScaleError('store-unreachable', 'throttled')) : set(key, ...rest);
  expect(await scene.orders('pause', { reason: 'x' })).toMatchObject({
    status: 503,
    body: { error: 'store-unreachable' },
  });
  expect(await scene.history('pause')).toEqual([]);
  store.setPause = set;
  expect(await scene.orders('pause', { reason: 'x' })).toMatchObject({
    status: 200,
    body: { pools: ['workers', 'batch'] },
  });
  for (const pool of ['workers', 'batch']) {
    expect((await scene.state(pool)).pauses).toMatchObject({ up: { by: 'ann' }, down: { by: 'ann' } });
    expect(await scene.history('pause', pool)).toHaveLength(1);
  }
});

test('a decision that was made before the pause is not accepted after it', async () => {
  const scene = await givenACluster({ nodes: 2 });
  const { store } = scene;
  const accept = store.accept.bind(store);
  store.accept = async (key, acceptance) => {
    store.accept = accept;
    await store.setPause(key, 'up', { by: 'bob', reason: 'now', until: null, since: scene.clock.now() });
    return accept(key, acceptance);
  };
  const answer = await scene.alertmanager.fires(highCpu({ nodes: 4 }));
  expect(answer?.body.decisions).toMatchObject([{ outcome: 'hold', reason: 'paused' }]);
  expect(scene.cluster.fleets()).toEqual([]);
});

test.each<[Direction | 'both', readonly Direction[]]>([
  ['up', ['up']],
  ['down', ['down']],
  ['both', ['down', 'up']],
])('a pause of %s moves %j, and resume of the other direction leaves it', async (direction, moved) => {
  const scene = await givenACluster({ nodes: 2 });
  await scene.orders('pause', { direction, reason: 'x' });
  expect(Object.keys((await scene.state()).pauses).toSorted()).toEqual(moved);
  await scene.orders('resume', { direction: direction === 'up' ? 'down' : 'up' });
  const left = moved.filter((it) => direction !== 'both' || it !== 'up');
  expect(Object.keys((await scene.state()).pauses)).toEqual(left);
});

test('what is under way goes on while paused: a pause stops decisions, not operations', async () => {
  const scene = await givenACluster({ nodes: 2 });
  await scene.alertmanager.fires(highCpu({ nodes: 4 }));
  await scene.passes('5s');
  await scene.orders('pause', { reason: 'x' });
  await scene.eventually('four nodes are Ready', () => scene.cluster.readyNodes().length === 4, '2m');
  await scene.eventually('the operation is closed', () => scene.isQuiet(), '10s');
});
