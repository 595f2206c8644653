import { parsePayload } from '../../webhook/alertmanager/payload';
import { SmartScaleError } from '../../webhook/errors';
import { highCpu, interruption, unschedulablePods } from './support/alerts';
import { payloadOf, type PostAnswer } from './support/alertmanager';
import type { Replica } from './support/replica';
import { givenACluster, type Scene } from './support/scene';

const ALERT = highCpu({ nodes: 4 });

/** As Alertmanager posts it, to one of the processes. */
function posts(scene: Scene, replica: Replica = scene.replica, alert = ALERT): Promise<PostAnswer> {
  scene.alertmanager.knows(alert);
  return scene.post(payloadOf({ ...alert, startsAt: 0 }), 'shop', replica);
}

/** How often the pool item is read while this runs. */
async function readsOf(scene: Scene, work: () => Promise<unknown>): Promise<number> {
  const read = scene.store.readPool.bind(scene.store);
  let reads = 0;
  scene.store.readPool = (key) => {
    reads += 1;
    return read(key);
  };
  await work();
  scene.store.readPool = read;
  return reads;
}

const recalls = (scene: Scene, result: string, replica = scene.replica) =>
  scene.metric('smartscale_redis_requests_total', { request: 'recall', result }, replica);

describe('the same post again', () => {
  test('is answered with the same decision, by any replica, and the store is not read', async () => {
    const scene = await givenACluster({ nodes: 2, replicas: 2, withRedis: true });
    const [one, two] = [scene.replicaNumber(1), scene.replicaNumber(2)];
    const first = await posts(scene, one);
    expect(first).toMatchObject({ status: 202, body: { state: 'decided', decisions: [{ outcome: 'scale-up' }] } });
    for (const replica of [one, two]) {
      const again: PostAnswer[] = [];
      expect(await readsOf(scene, async () => again.push(await posts(scene, replica)))).toBe(0);
      expect(again).toEqual([{ status: 202, body: { ...first.body, state: 'repeated' } }]);
      expect(await scene.metric('smartscale_posts_total', { result: 'repeated' }, replica)).toBe(1);
      expect(await recalls(scene, 'hit', replica)).toBe(1);
    }
  });

  test('is heard all the same: what it asks for is done by that replica when it looks by itself', async () => {
    const scene = await givenACluster({ nodes: 2, replicas: 2, withRedis: true, pool: { cooldown: { up: '0s' } } });
    await posts(scene, scene.replicaNumber(1));
    expect((await posts(scene, scene.replicaNumber(2))).body).toMatchObject({ state: 'repeated' });
    await scene.replicaNumber(1).kill();
    scene.alertmanager.knows(highCpu({ nodes: 5 }));
    await scene.eventually('four nodes and one more', () => scene.cluster.readyNodes().length === 5, '3m');
    expect(scene.cluster.fleets()).toEqual([2, 1]);
  });

  test('is looked at again after ten seconds, and not before', async () => {
    const scene = await givenACluster({ nodes: 2, withRedis: true });
    await posts(scene);
    await scene.passes('9s');
    expect((await posts(scene)).body).toMatchObject({ state: 'repeated', decisions: [{ outcome: 'scale-up' }] });
    await scene.passes('1s');
    expect((await posts(scene)).body).toMatchObject({ state: 'decided', decisions: [{ reason: 'enough' }] });
  });

  test('is looked at when a cooldown has ended meanwhile: then it acts', async () => {
    const scene = await givenACluster({ nodes: 2, withRedis: true, pool: { cooldown: { up: '60s' } } });
    await posts(scene);
    await scene.eventually('it is done', () => scene.isQuiet(), '3m');
    const left = async () => ((await scene.health())['cooldownSeconds'] as { up: number }).up;
    await scene.eventually('four seconds of cooldown are left', async () => (await left()) <= 4, '2m');
    const more = highCpu({ nodes: 6 });
    expect((await posts(scene, scene.replica, more)).body).toMatchObject({ decisions: [{ reason: 'cooling-down' }] });
    await scene.clock.advance(2000);
    expect((await posts(scene, scene.replica, more)).body).toMatchObject({ state: 'repeated' });
    await scene.clock.advance(2000);
    expect((await posts(scene, scene.replica, more)).body).toMatchObject({
      state: 'decided',
      decisions: [{ outcome: 'scale-up' }],
    });
  });

  test('is not the same with another number, or under another cluster', async () => {
    const scene = await givenACluster({ nodes: 2, withRedis: true, clusters: ['shop', 'bank'] });
    const alert = (nodes: number) => highCpu({ nodes, cluster: 'shop' });
    await posts(scene, scene.replica, alert(3));
    expect((await posts(scene, scene.replica, alert(3))).body.state).toBe('repeated');
    expect((await posts(scene, scene.replica, alert(4))).body.state).toBe('decided');
    // What the token of the shop was answered says nothing to the bank, which may not ask for the shop.
    const foreign = await scene.post(payloadOf({ ...alert(3), startsAt: 0 }), 'bank');
    expect(foreign.body).toMatchObject({ state: 'ignored', alerts: [{ state: 'foreign' }] });
  });
});

describe('an answer is not remembered', () => {
  test('when the world could not be seen: whoever comes next may see it', async () => {
    const scene = await givenACluster({ nodes: 2, withRedis: true });
    await scene.passes('6s');
    scene.cluster.kubernetes.unreachable = true;
    expect((await posts(scene)).body).toMatchObject({ state: 'decided', decisions: [{ reason: 'unknown-state' }] });
    scene.cluster.kubernetes.unreachable = false;
    await scene.passes('6s');
    expect((await posts(scene)).body).toMatchObject({ state: 'decided', decisions: [{ outcome: 'scale-up' }] });
  });

  test('when it was an error of the store', async () => {
    const scene = await givenACluster({ nodes: 2, withRedis: true });
    scene.store.failWith(new SmartScaleError('store-unreachable', 'gone'));
    expect((await posts(scene)).status).toBe(503);
    scene.store.failWith(null);
    expect((await posts(scene)).body).toMatchObject({ state: 'decided', decisions: [{ outcome: 'scale-up' }] });
  });

  test('when a node is to be taken: EC2 may confirm it at any moment', async () => {
    const scene = await givenACluster({ nodes: 2, withRedis: true });
    const alert = interruption(scene.cluster.readyNodes()[0] ?? '');
    for (let i = 0; i < 2; i += 1) expect((await posts(scene, scene.replica, alert)).body.state).toBe('decided');
    expect(await recalls(scene, 'miss')).toBe(0);
  });

  test('when it was put off: nobody knows what comes of it', async () => {
    const scene = await givenACluster({ nodes: 2, withRedis: true });
    await scene.passes('6s');
    scene.cluster.ec2.hangNext('DescribeInstances', 1);
    scene.alertmanager.knows(ALERT);
    const post = parsePayload(JSON.parse(JSON.stringify(payloadOf({ ...ALERT, startsAt: 0 }))));
    const answer = scene.replica.service.http.receive(post, 'shop');
    await scene.clock.advance(1000);
    expect(await answer).toMatchObject({ state: 'queued' });
    scene.cluster.ec2.releaseHung();
    await scene.clock.advance(0);
    expect((await posts(scene)).body).toMatchObject({ state: 'decided' });
  });

  test('when nothing was asked of a pool of ours, which costs nothing anyway', async () => {
    const scene = await givenACluster({ nodes: 2, withRedis: true });
    const alert = highCpu({ nodes: 3, pool: 'unheard-of' });
    for (let i = 0; i < 2; i += 1) expect((await posts(scene, scene.replica, alert)).body.state).toBe('ignored');
    expect(await recalls(scene, 'miss')).toBe(0);
  });
});

describe('while Redis is out of reach', () => {
  test.each(['away', 'hung'] as const)(
    'every post is looked at as without it, and people are told what is lost: %s',
    async (state) => {
      const scene = await givenACluster({ nodes: 2, withRedis: true });
      const ready = async () => (await scene.replica.get('/readyz')).body;
      expect(await ready()).toMatchObject({ status: 'ready' });
      scene.redis.state = state;
      await scene.passes('6s');
      const first = await posts(scene);
      expect(first.body).toMatchObject({ state: 'decided', decisions: [{ outcome: 'scale-up' }] });
      expect((await posts(scene)).body).toMatchObject({ state: 'decided', decisions: [{ reason: 'enough' }] });
      expect(await ready()).toMatchObject({
        status: 'degraded',
        degraded: [
          { part: 'redis', code: 'redis-unreachable', advice: expect.stringMatching(/nothing but speed/) as string },
        ],
      });
      expect((await scene.replica.get('/readyz')).status).toBe(200);
      await scene.passes('1m');
      scene.redis.state = 'here';
      await scene.passes('6s');
      expect(await ready()).toMatchObject({ status: 'ready' });
      const lines = ['out of order', 'in order again'].map((message) => scene.replica.logged(message));
      expect(lines).toMatchObject([[{ part: 'redis' }], [{ part: 'redis', code: 'redis-unreachable' }]]);
      expect(await recalls(scene, 'error')).toBe(2);
      expect(scene.cluster.fleets()).toEqual([2]);
    },
  );

  test('what it forgot in a restart is looked at once more, and bought once', async () => {
    const scene = await givenACluster({ nodes: 2, withRedis: true });
    await posts(scene);
    scene.redis.values.clear();
    expect((await posts(scene)).body).toMatchObject({ state: 'decided', decisions: [{ reason: 'enough' }] });
    await scene.eventually('four nodes', () => scene.cluster.readyNodes().length === 4, '2m');
    expect(scene.cluster.fleets()).toEqual([2]);
  });
});

describe('another replica', () => {
  /** Two processes of which the second saw its pool a moment ago and will not look for a while. */
  async function twoReplicas(pool = {}): Promise<{ scene: Scene; one: Replica; two: Replica }> {
    const scene = await givenACluster({ nodes: 2, replicas: 2, withRedis: true, pool });
    return { scene, one: scene.replicaNumber(1), two: scene.replicaNumber(2) };
  }

  const shown = (scene: Scene, replica: Replica) => scene.health('workers', 'shop', replica);

  test('shows at once what one has accepted', async () => {
    const { scene, one, two } = await twoReplicas();
    await posts(scene, one);
    await scene.clock.advance(0);
    expect(await shown(scene, two)).toMatchObject({ operations: [{ kind: 'scale-up' }] });
    expect(JSON.parse(scene.redis.published[0] ?? '')).toEqual({
      from: expect.stringMatching(/^replica-1\//) as string,
      cluster: 'shop',
      pool: 'workers',
      kind: 'accepted',
      operation: Object.keys((await scene.state()).operations)[0],
      at: scene.clock.now(),
    });
  });

  test.each([
    ['at once', 'here', 0],
    ['at its next look, when the event is lost,', 'away', 1],
  ] as const)('shows %s that it has closed', async (_when, state, openThere) => {
    const { scene, one, two } = await twoReplicas();
    await posts(scene, one);
    scene.redis.state = state;
    await scene.eventually('it has closed', () => scene.isQuiet(), '3m');
    expect(await shown(scene, one)).toMatchObject({ operations: [], cooldownSeconds: { up: 300 } });
    const there = await shown(scene, two);
    expect(there['operations']).toHaveLength(openThere);
    expect((there['cooldownSeconds'] as { up: number }).up > 0).toBe(openThere === 0);
  });

  test('looks at once at what the end of an operation lets through', async () => {
    const { scene, one } = await twoReplicas();
    const looks = () => scene.metric('smartscale_evaluation_seconds_count', { pool: 'workers' }, one);
    const before = await looks();
    scene.redis.publish(
      JSON.stringify({ from: 'replica-9/x', cluster: 'shop', pool: 'workers', kind: 'closed', at: 1 }),
    );
    await scene.clock.advance(0);
    expect(await looks()).toBe(before + 1);
  });

  test('shows a pause and its end at once', async () => {
    const { scene, two } = await twoReplicas();
    await scene.orders('pause', { reason: 'release' });
    await scene.clock.advance(0);
    expect(await shown(scene, two)).toMatchObject({ paused: [{ who: 'ann' }, { who: 'ann' }] });
    await scene.orders('resume');
    await scene.clock.advance(0);
    expect(await shown(scene, two)).toMatchObject({ paused: [] });
  });

  test('finds it at its next look when the event was lost', async () => {
    const { scene, two } = await twoReplicas();
    scene.redis.state = 'away';
    await scene.orders('pause', { reason: 'release' });
    await scene.clock.advance(0);
    expect(await shown(scene, two)).toMatchObject({ paused: [] });
    await scene.passes('15s');
    expect(await shown(scene, two)).toMatchObject({ paused: [{ who: 'ann' }, { who: 'ann' }] });
  });

  test('hears nothing of a dry run, whose state is nobody else’s', async () => {
    const { scene, one } = await twoReplicas({ dryRun: true });
    expect((await posts(scene, one)).body).toMatchObject({ decisions: [{ outcome: 'scale-up' }] });
    expect(scene.redis.published).toEqual([]);
  });
});

test('without Redis nothing is repeated, nothing is counted and nothing is out of order', async () => {
  const scene = await givenACluster({ nodes: 2 });
  await posts(scene, scene.replica, unschedulablePods({ nodes: 3 }));
  const again = await posts(scene, scene.replica, unschedulablePods({ nodes: 3 }));
  expect(again.body.state).toBe('decided');
  expect((await scene.replica.get('/metrics')).text).not.toMatch(/^smartscale_redis_requests_total\{/m);
  expect((await scene.replica.get('/readyz')).body).toEqual({ status: 'ready', degraded: [] });
});
