/** What each peer can do to the service short of being away: docs/reliability.md, "Faults". */
import { SmartScaleError } from '../../webhook/errors';
import { EC2_RATES } from '../../simulator/ec2/token-buckets';
import { highCpu, idle, queueIsLong } from './support/alerts';
import { givenACluster, type Scene } from './support/scene';
import type { KubernetesCall } from './support/world-kubernetes';

const MINUTE = 60_000;
const lots = { times: 100_000 };

interface Asked {
  readonly at: number;
}

/** The most that any minute saw. */
function busiestMinute(asked: readonly Asked[]): number {
  const within = (from: number) => asked.filter(({ at }) => at >= from && at < from + MINUTE).length;
  return Math.max(0, ...asked.map(({ at }) => within(at)));
}

function requests({ cluster }: Scene, action: string) {
  return cluster.ec2.requests.filter((request) => request.action === action);
}

function calls({ cluster }: Scene, call: KubernetesCall) {
  return cluster.kubernetes.asked.filter((it) => it.call === call);
}

async function degraded(scene: Scene): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const { body } = await scene.replica.get('/readyz');
  return body['degraded'] as readonly Readonly<Record<string, unknown>>[];
}

async function openOperation(scene: Scene): Promise<Readonly<Record<string, unknown>>> {
  const { operations } = (await scene.health()) as { operations: readonly Readonly<Record<string, unknown>>[] };
  expect(operations).toHaveLength(1);
  return operations[0] ?? {};
}

/** Three nodes with a pod each, of which Idle gives one back; time stands at the moment when its drain is in this phase. */
async function givenADrain(phase: string): Promise<Scene> {
  const scene = await givenACluster({ nodes: 3 });
  scene.cluster.runs('shop', 3, { cpu: '300m', stopSeconds: 25 });
  await scene.passes('30s');
  await scene.alertmanager.fires(idle({ nodes: 2 }));
  const isThere = async () => Object.values((await scene.state()).operations).some((it) => it.phase === phase);
  await scene.eventually(`the drain is ${phase}`, isThere, '2m');
  return scene;
}

const ending = async (scene: Scene) => (await scene.history('operation'))[0];

describe('EC2 that throttles', () => {
  test('DescribeInstances: nothing is decided, said with code and advice, asked a few times a minute', async () => {
    const scene = await givenACluster({ nodes: 2 });
    scene.cluster.ec2.failNext('DescribeInstances', 'RequestLimitExceeded', lots);
    await scene.passes('10s');
    const answer = await scene.alertmanager.fires(highCpu({ nodes: 4 }));
    expect(answer).toMatchObject({ status: 202, body: { decisions: [{ reason: 'unknown-state' }] } });
    await scene.passes('10m');
    expect(await degraded(scene)).toMatchObject([{ part: 'ec2', code: 'ec2-throttled', retryable: true }]);
    expect(scene.cluster.fleets()).toEqual([]);
    expect(busiestMinute(requests(scene, 'DescribeInstances'))).toBeLessThanOrEqual(8);
  });

  test('the rates that it grants are enough: three replicas that grow, idle and sweep are never throttled', async () => {
    const scene = await givenACluster({ nodes: 2, replicas: 3 });
    scene.cluster.world.cloud.gate.limit(EC2_RATES);
    await scene.alertmanager.fires(highCpu({ nodes: 10 }));
    await scene.eventually('ten nodes are Ready', () => scene.cluster.readyNodes().length === 10, '5m');
    await scene.passes('20m');
    expect(scene.cluster.world.cloud.gate.throttled).toBe(0);
    expect(await scene.isQuiet()).toBe(true);
  });

  test('CreateFleet: the same token is asked again, ten seconds apart in the end, and launches once', async () => {
    const scene = await givenACluster({ nodes: 2 });
    scene.cluster.ec2.failNext('CreateFleet', 'RequestLimitExceeded', lots);
    await scene.alertmanager.fires(queueIsLong({ nodes: 4 }));
    await scene.passes('5m');
    const asked = requests(scene, 'CreateFleet');
    expect(new Set(asked.map(({ params }) => params['token'])).size).toBe(1);
    expect(busiestMinute(asked)).toBeLessThanOrEqual(10);
    expect(asked.length).toBeGreaterThan(25);
    expect(await openOperation(scene)).toMatchObject({ phase: 'launching', lastError: { code: 'ec2-throttled' } });
    const failures = { action: 'create-fleet', code: 'ec2-throttled' };
    expect(await scene.metric('smartscale_action_failures_total', failures)).toBe(asked.length);
    scene.cluster.ec2.cloud.gate.calm();
    await scene.eventually('four nodes are Ready', () => scene.cluster.readyNodes().length === 4, '3m');
    expect(scene.cluster.alive()).toHaveLength(4);
    expect(scene.cluster.fleets()).toEqual([2]);
  });

  test('TerminateInstances: it is asked again until EC2 has heard it, and there is no way back', async () => {
    const scene = await givenADrain('draining');
    scene.cluster.ec2.failNext('TerminateInstances', 'RequestLimitExceeded', lots);
    await scene.eventually('it is terminating', () => requests(scene, 'TerminateInstances').length > 0, '5m');
    await scene.passes('5m');
    await scene.alertmanager.fires(queueIsLong({ nodes: 3 }));
    await scene.passes('1m');
    expect(busiestMinute(requests(scene, 'TerminateInstances'))).toBeLessThanOrEqual(10);
    expect(scene.cluster.cordonedNodes()).toHaveLength(1);
    scene.cluster.ec2.cloud.gate.calm();
    await scene.eventually('the drain has closed', async () => (await scene.history('operation')).length > 0, '3m');
    await scene.passes('3m');
    const closed = await scene.history('operation');
    expect(closed.map(({ kind, phase }) => `${String(kind)} ${String(phase)}`).sort()).toEqual([
      'scale-down done',
      'scale-up done',
    ]);
    expect(scene.cluster.readyNodes()).toHaveLength(3);
  });
});

describe('EC2 that shows late what it has launched', () => {
  test('is not asked for the same again, and its instances count from the answer on', async () => {
    const scene = await givenACluster({ nodes: 2, pool: { max: 4 } });
    scene.cluster.ec2.cloud.truncateAnswers(2);
    await scene.alertmanager.fires(queueIsLong({ nodes: 4 }));
    await scene.passes('35s');
    expect(scene.cluster.alive()).toHaveLength(4);
    await scene.alertmanager.fires(queueIsLong({ nodes: 6 }));
    await scene.passes('20s');
    scene.cluster.ec2.cloud.truncateAnswers(null);
    await scene.eventually('four nodes are Ready', () => scene.cluster.readyNodes().length === 4, '3m');
    await scene.passes('15m');
    expect(scene.cluster.alive()).toHaveLength(4);
    expect(scene.cluster.fleets()).toEqual([2]);
    expect(scene.cluster.terminations()).toEqual([]);
  });
});

const broken = new SmartScaleError('kubernetes-unreachable', '500 etcdserver: request timed out');
const forbidden = new SmartScaleError('kubernetes-forbidden', '403 nodes is forbidden');

describe('an API server that fails', () => {
  test.each<KubernetesCall>(['list nodes', 'list pods'])(
    '%s: nothing is decided, and it is not hammered',
    async (call) => {
      const scene = await givenACluster({ nodes: 2 });
      await scene.alertmanager.fires(queueIsLong({ nodes: 3 }));
      await scene.eventually('a node joins', () => scene.cluster.alive().length === 3, '10s');
      scene.cluster.kubernetes.troubles.set(call, broken);
      await scene.passes('15m');
      expect(await degraded(scene)).toMatchObject([{ part: 'kubernetes', code: 'kubernetes-unreachable' }]);
      expect(await openOperation(scene)).toMatchObject({ phase: 'joining' });
      expect(busiestMinute(calls(scene, call))).toBeLessThanOrEqual(20);
      scene.cluster.kubernetes.troubles.clear();
      await scene.eventually('it is done', () => scene.isQuiet(), '1m');
      expect(await ending(scene)).toMatchObject({ phase: 'done' });
    },
  );

  test.each<[string, SmartScaleError | '409']>([
    ['500', broken],
    ['409, again and again', '409'],
  ])('marking with %s: the drain waits with back-off, and is given up at its deadline', async (_what, trouble) => {
    const scene = await givenACluster({ nodes: 3 });
    scene.cluster.kubernetes.troubles.set('mark node', trouble);
    await scene.alertmanager.fires(idle({ nodes: 2 }));
    await scene.passes('2m');
    expect(await openOperation(scene)).toMatchObject({ lastError: { code: 'kubernetes-unreachable' } });
    await scene.eventually('it is given up', async () => (await scene.history('operation')).length > 0, '10m');
    expect(await ending(scene)).toMatchObject({ phase: 'rolled-back', reason: 'deadline' });
    expect(busiestMinute(calls(scene, 'mark node'))).toBeLessThanOrEqual(10);
    expect(scene.cluster.markedNodes()).toEqual([]);
    expect(scene.cluster.alive()).toHaveLength(3);
  });

  test('evicting with 500: each pod is asked for at most every ten seconds; at the deadline the node serves again', async () => {
    const scene = await givenADrain('cordoned');
    scene.cluster.kubernetes.troubles.set('evict', broken);
    await scene.passes('5m');
    expect(await openOperation(scene)).toMatchObject({ phase: 'draining' });
    expect(
      busiestMinute(calls(scene, 'evict').filter(({ at }) => at > scene.clock.now() - 4 * MINUTE)),
    ).toBeLessThanOrEqual(12);
    await scene.eventually('it is given up', async () => (await scene.history('operation')).length > 0, '15m');
    expect(await ending(scene)).toMatchObject({ phase: 'rolled-back', reason: 'deadline' });
    expect(scene.cluster.readyNodes()).toHaveLength(3);
    expect(scene.cluster.terminations()).toEqual([]);
  });

  test.each<[string, SmartScaleError | '409']>([
    ['500', broken],
    ['409, again and again', '409'],
  ])('unmarking with %s: it is asked until the node serves again', async (_what, trouble) => {
    const scene = await givenADrain('draining');
    scene.cluster.kubernetes.troubles.set('unmark node', trouble);
    await scene.alertmanager.fires(queueIsLong({ nodes: 3 }));
    await scene.passes('10m');
    expect(await openOperation(scene)).toMatchObject({ phase: 'rolling-back' });
    expect(busiestMinute(calls(scene, 'unmark node'))).toBeLessThanOrEqual(10);
    scene.cluster.kubernetes.troubles.clear();
    await scene.eventually('it serves again', () => scene.cluster.readyNodes().length === 3, '1m');
    expect(scene.cluster.fleets()).toEqual([]);
  });

  test('deleting the Node with 500: the instance is gone, and the Node is asked for until it is too', async () => {
    const scene = await givenADrain('draining');
    scene.cluster.kubernetes.troubles.set('delete node', broken);
    await scene.eventually('it is terminated', () => scene.cluster.terminations().length === 1, '5m');
    await scene.passes('10m');
    expect(await openOperation(scene)).toMatchObject({
      phase: 'terminating',
      lastError: { code: 'kubernetes-unreachable' },
    });
    expect(busiestMinute(calls(scene, 'delete node'))).toBeLessThanOrEqual(10);
    expect(scene.cluster.terminations()).toHaveLength(1);
    scene.cluster.kubernetes.troubles.clear();
    await scene.eventually('the drain has closed', () => scene.isQuiet(), '1m');
    expect(scene.cluster.nodes()).toHaveLength(2);
  });
});

describe('an API server that does not let us', () => {
  test.each<KubernetesCall>(['list nodes', 'list pods'])(
    '%s: nothing is decided, and people are told why',
    async (call) => {
      const scene = await givenACluster({ nodes: 2 });
      scene.cluster.kubernetes.troubles.set(call, forbidden);
      await scene.passes('20s');
      expect((await scene.alertmanager.fires(highCpu({ nodes: 4 })))?.body.decisions).toMatchObject([
        { reason: 'unknown-state' },
      ]);
      expect(await degraded(scene)).toMatchObject([
        { part: 'kubernetes', code: 'kubernetes-forbidden', advice: expect.stringContaining('ClusterRole') as string },
      ]);
      expect(scene.cluster.fleets()).toEqual([]);
    },
  );

  test.each<[KubernetesCall, string]>([
    ['mark node', 'accepted'],
    ['evict', 'cordoned'],
  ])('%s: the drain is given up at once, with the reason', async (call, phase) => {
    const scene = phase === 'accepted' ? await givenACluster({ nodes: 3 }) : await givenADrain(phase);
    scene.cluster.kubernetes.troubles.set(call, forbidden);
    if (phase === 'accepted') await scene.alertmanager.fires(idle({ nodes: 2 }));
    await scene.eventually('it is given up', async () => (await scene.history('operation')).length > 0, '1m');
    expect(await ending(scene)).toMatchObject({ phase: 'rolled-back', reason: 'refused-by-api-server' });
    expect(scene.cluster.markedNodes()).toEqual([]);
    expect(scene.cluster.alive()).toHaveLength(3);
  });
});

describe('a store', () => {
  test('that is slow: posts are answered queued within a second, and one operation comes of them', async () => {
    const scene = await givenACluster({ nodes: 2 });
    await scene.passes('10s');
    scene.storeWire.latency = 1500;
    const posted = scene.alertmanager.fires(queueIsLong({ nodes: 4 }));
    await scene.passes('2s');
    expect(await posted).toMatchObject({ status: 202, body: { state: 'queued' } });
    await scene.eventually('four nodes are Ready', () => scene.cluster.readyNodes().length === 4, '4m');
    await scene.eventually('the operation is closed', () => scene.isQuiet(), '2m');
    expect(scene.cluster.fleets()).toEqual([2]);
    expect(await scene.history('operation')).toMatchObject([{ phase: 'done' }]);
  });

  test.each([
    ['throttles', 'ProvisionedThroughputExceededException'],
    ['is not there', 'ECONNREFUSED'],
  ])('that %s is not hammered, whatever is open', async (_what, message) => {
    const scene = await givenACluster({ nodes: 3 });
    await scene.alertmanager.fires(queueIsLong({ nodes: 5 }));
    await scene.eventually('they are launched', () => scene.cluster.alive().length === 5, '10s');
    scene.store.failWith(new SmartScaleError('store-unreachable', message));
    const begun = scene.clock.now();
    await scene.passes('10m');
    const asked = scene.storeWire.asked.filter(({ at }) => at > begun + MINUTE);
    expect(busiestMinute(asked)).toBeLessThanOrEqual(20);
    expect(await degraded(scene)).toMatchObject([{ part: 'store', code: 'store-unreachable' }]);
    expect(scene.replica.logged('out of order').filter(({ part }) => part === 'store')).toHaveLength(1);
    scene.store.failWith(null);
    await scene.eventually('it is closed', () => scene.isQuiet(), '3m');
    expect(scene.cluster.fleets()).toEqual([2]);
  });

  test('that loses the reply of every write it applies has each of them found, and nothing is done twice', async () => {
    const scene = await givenACluster({ nodes: 2 });
    const losing = setLosing(scene);
    await scene.alertmanager.fires(queueIsLong({ nodes: 4 }));
    await scene.eventually('four nodes are Ready', () => scene.cluster.readyNodes().length === 4, '3m');
    await scene.eventually('the operation is closed', () => scene.isQuiet(), '1m');
    expect(losing.times).toBeGreaterThan(4);
    expect(scene.cluster.fleets()).toEqual([2]);
    expect(await scene.history('operation')).toMatchObject([{ phase: 'done' }]);
  });
});

/** Each conditional write of an operation is repeated after it was applied, as the SDK does when the reply is lost. */
function setLosing({ store }: Scene): { times: number } {
  const losing = { times: 0 };
  for (const method of ['accept', 'saveOperation', 'closeOperation'] as const) {
    const write = store[method].bind(store) as (...args: unknown[]) => Promise<'written' | 'lost'>;
    store[method] = (...args: unknown[]) => {
      losing.times += 1;
      store.loseNextReply();
      return write(...args);
    };
  }
  return losing;
}

test('an Alertmanager that does not answer is asked a few times a minute', async () => {
  const scene = await givenACluster({ nodes: 2 });
  const { api } = scene.alertmanager;
  const read = api.read.bind(api);
  const asked: Asked[] = [];
  api.read = () => {
    asked.push({ at: scene.clock.now() });
    return read();
  };
  api.unreachable = true;
  await scene.alertmanager.fires(queueIsLong({ nodes: 3 }));
  await scene.passes('10m');
  expect(busiestMinute(asked)).toBeLessThanOrEqual(20);
  expect(await degraded(scene)).toMatchObject([{ part: 'alertmanager', code: 'alertmanager-unreachable' }]);
});
