import type { FleetRequest } from '../../webhook/ports';
import { highCpu, queueIsLong, unschedulablePods } from './support/alerts';
import { ZONES } from './support/cluster';
import { givenACluster, type Scene } from './support/scene';

const TYPES = ['m6i.large', 'm6a.large'];

function capacityIs(scene: Scene, free: number): void {
  for (const zone of ZONES) {
    for (const type of TYPES) {
      const limit = zone === ZONES[0] && type === TYPES[0] ? free : 0;
      scene.cluster.world.perform({ kind: 'capacity', capacityType: 'on-demand', type, zone, free: limit });
    }
  }
}

test('a fleet that EC2 gives only in part is kept, and completed later instead of bought again', async () => {
  const scene = await givenACluster({ nodes: 2 });
  capacityIs(scene, 1);
  await scene.alertmanager.fires(queueIsLong({ nodes: 5 }));
  await scene.eventually('one came', () => scene.cluster.readyNodes().length === 3, '2m');
  expect(scene.cluster.alive()).toHaveLength(3);
  capacityIs(scene, 10);
  await scene.eventually('the others came', () => scene.cluster.readyNodes().length === 5, '10m');
  await scene.passes('10m');
  expect(scene.cluster.alive()).toHaveLength(5);
});

test('a refused launch backs off, twice as long each time, and says so', async () => {
  const scene = await givenACluster({ nodes: 2 });
  capacityIs(scene, 0);
  const asked = () => scene.cluster.ec2.requests.filter(({ action }) => action === 'CreateFleet').map(({ at }) => at);
  await scene.alertmanager.fires(queueIsLong({ nodes: 4 }));
  await scene.eventually('the first is given up', async () => (await scene.history('operation')).length === 1, '3m');
  const [closed] = await scene.history('operation');
  expect(closed).toMatchObject({ phase: 'rolled-back', reason: 'ec2-no-capacity', instances: [] });
  expect(await scene.health()).toMatchObject({ cooldownSeconds: { backoff: 30 } });
  await scene.passes('16s');
  expect(await scene.health()).toMatchObject({ lastDecision: { reason: 'backing-off' } });
  await scene.passes('1h');
  const gaps = asked().map((at, i, all) => (i === 0 ? 0 : at - (all[i - 1] ?? 0)));
  expect(gaps.length).toBeGreaterThan(3);
  expect(gaps.length).toBeLessThan(12);
  expect(gaps.at(-1)).toBeGreaterThan(2 * (gaps[1] ?? 0));
  capacityIs(scene, 10);
  await scene.eventually('it is given', () => scene.cluster.readyNodes().length === 4, '40m');
  await scene.eventually('the operation is closed', () => scene.isQuiet(), '10s');
  expect(await scene.state()).not.toHaveProperty('backoff');
});

test('after three failures one node at a time is tried, and when one joins the rest follows at once', async () => {
  const scene = await givenACluster({ nodes: 2 });
  capacityIs(scene, 0);
  await scene.alertmanager.fires(queueIsLong({ nodes: 6 }));
  const circuit = () => scene.metric('smartscale_circuit_open', { pool: 'workers' });
  const asked = () =>
    scene.cluster.ec2.requests
      .filter(({ action }) => action === 'CreateFleet')
      .map(({ params }) => (params['request'] as FleetRequest).count);

  await scene.eventually('the circuit opens', async () => (await circuit()) === 1, '10m');
  expect(asked()).toEqual([4, 4, 4]);
  await scene.passes('20s');
  expect(await scene.health()).toMatchObject({
    circuit: { state: 'open', failures: 3, cause: 'ec2-no-capacity' },
    lastDecision: {
      outcome: 'hold',
      reason: 'circuit-open',
      detail: expect.stringMatching(/3 launches failed/) as string,
    },
  });
  const { body } = await scene.replica.get('/readyz');
  expect(body).toMatchObject({ status: 'degraded', degraded: [{ part: 'circuit of workers', code: 'circuit-open' }] });

  await scene.eventually('a probe is refused', () => asked().length === 4, '10m');
  capacityIs(scene, 10);
  await scene.eventually('another joins', () => scene.cluster.readyNodes().length === 3, '15m');
  await scene.eventually('the rest follows', () => scene.cluster.readyNodes().length === 6, '2m');
  expect(asked()).toEqual([4, 4, 4, 1, 1, 3]);
  expect(await circuit()).toBe(0);
  expect(await scene.health()).toMatchObject({ circuit: { state: 'closed', failures: 0, cause: null } });
});

test('the back-off holds the minimum too', async () => {
  const scene = await givenACluster({ nodes: 0, started: false });
  capacityIs(scene, 0);
  await scene.restart();
  await scene.passes('30m');
  const asked = scene.cluster.ec2.requests.filter(({ action }) => action === 'CreateFleet');
  expect(asked.length).toBeGreaterThan(2);
  expect(asked.length).toBeLessThan(10);
});

test('instances that never become nodes are terminated when they are overdue, those that did stay', async () => {
  const scene = await givenACluster({ nodes: 2 });
  scene.cluster.world.perform({ kind: 'never-joins', next: 1 });
  await scene.alertmanager.fires(highCpu({ nodes: 4 }));
  await scene.eventually('the operation is closed', async () => (await scene.history('operation')).length === 1, '20m');
  const [closed] = await scene.history('operation');
  expect(closed).toMatchObject({ phase: 'rolled-back', reason: 'not-registered' });
  expect((Number(closed?.['closedAt']) - Number(closed?.['acceptedAt'])) / 60_000).toBeGreaterThanOrEqual(5);
  expect(scene.cluster.readyNodes()).toHaveLength(3);
  expect(scene.cluster.alive()).toHaveLength(3);
  expect(scene.cluster.terminations()).toHaveLength(1);
});

test('an instance that ends while it boots does not hold the operation until the deadline', async () => {
  const scene = await givenACluster({ nodes: 2 });
  await scene.alertmanager.fires(highCpu({ nodes: 3 }));
  await scene.eventually('it is launched', () => scene.cluster.alive().length === 3, '5s');
  const instance = scene.cluster.alive().find((id) => !scene.cluster.readyNodes().includes(id)) ?? '';
  scene.cluster.world.perform({ kind: 'kill-instance', instance });
  await scene.eventually('the operation is closed', async () => (await scene.history('operation')).length === 1, '4m');
  expect(await scene.history('operation')).toMatchObject([{ phase: 'rolled-back', reason: 'instance-ended' }]);
});

test('a launch whose answer was lost is not repeated', async () => {
  const scene = await givenACluster({ nodes: 2 });
  scene.cluster.ec2.loseNextReply('CreateFleet', 2);
  await scene.alertmanager.fires(highCpu({ nodes: 4 }));
  await scene.eventually('four nodes are Ready', () => scene.cluster.readyNodes().length === 4, '3m');
  await scene.passes('10m');
  expect(scene.cluster.alive()).toHaveLength(4);
});

test('a token that EC2 knows with another request is given up, and a second attempt launches once', async () => {
  const scene = await givenACluster({ nodes: 2 });
  scene.cluster.ec2.failNext('CreateFleet', 'IdempotentParameterMismatch');
  await scene.alertmanager.fires(highCpu({ nodes: 4 }));
  await scene.passes('50s');
  expect(scene.cluster.alive()).toHaveLength(2);
  const failures = { action: 'create-fleet', code: 'ec2-token-reused' };
  expect(await scene.metric('smartscale_action_failures_total', failures)).toBe(1);
  await scene.eventually('four nodes are Ready', () => scene.cluster.readyNodes().length === 4, '3m');
  await scene.eventually('the operation is closed', () => scene.isQuiet(), '1m');
  expect(scene.cluster.alive()).toHaveLength(4);
  expect(await scene.history('operation')).toMatchObject([{ phase: 'done', attempt: 2 }]);
});

test('pods that would fit no new node are not bought for, and the answer names them', async () => {
  const scene = await givenACluster({ nodes: 2 });
  scene.cluster.runs('giant', 1, { cpu: '16' });
  await scene.passes('20s');
  const answer = await scene.alertmanager.fires(unschedulablePods({ nodes: 3 }));
  expect(answer?.body.decisions).toMatchObject([
    { outcome: 'hold', reason: 'pending-pods-do-not-fit', detail: expect.stringContaining('giant') as string },
  ]);
  await scene.passes('10m');
  expect(scene.cluster.fleets()).toEqual([]);
});

test('nodes that did not help the pods they were bought for are not bought again for the same pods', async () => {
  const scene = await givenACluster({ nodes: 2 });
  scene.cluster.runs('shop', 1, { cpu: '100m', nodeSelector: { 'smartscale/pool': 'workers', disk: 'ssd' } });
  await scene.passes('20s');
  await scene.restart({ node: { ...NODE, labels: { disk: 'ssd' } } });
  await scene.replicas[0]?.stop();
  await scene.alertmanager.fires(unschedulablePods({ nodes: 3 }));
  await scene.eventually('a node is bought', () => scene.cluster.fleets().length === 1, '5s');
  await scene.eventually('the operation is closed', () => scene.isQuiet(), '3m');
  await scene.passes('61s');
  scene.alertmanager.changes(unschedulablePods({ nodes: 4 }));
  await scene.passes('1h');
  expect(await scene.decisions()).toContain('hold did-not-help UnschedulablePods');
  expect(scene.cluster.fleets()).toEqual([1]);
  scene.cluster.runs('more', 1, { cpu: '100m', nodeSelector: { 'smartscale/pool': 'workers', disk: 'ssd' } });
  await scene.eventually('other pods are another matter', () => scene.cluster.fleets().length === 2, '1m');
});

const NODE = { allocatable: { cpu: 2, memory: '7Gi', pods: 110 } };
