import { highCpu, highMemory, idle } from './support/alerts';
import { payloadOf } from './support/alertmanager';
import { givenACluster } from './support/scene';

test.each(['NaN', '+Inf', '-Inf', '-1', '1e9', '1000000000', 'three', '', ' 5', '0x10', '5 nodes'])(
  'an up alert that asks for %j nodes is told what is wrong and launches nothing',
  async (nodes) => {
    const scene = await givenACluster({ nodes: 2 });
    const answer = await scene.alertmanager.fires(highCpu({ nodes }));
    expect(answer).toMatchObject({
      status: 202,
      body: {
        alerts: [{ alert: 'HighCpu', pool: 'workers', state: 'invalid-intent' }],
        decisions: [
          { outcome: 'hold', reason: 'invalid-intent', detail: expect.stringContaining('HighCpu') as string },
        ],
      },
    });
    await scene.passes('1m');
    expect(scene.cluster.fleets()).toEqual([]);
    expect(await scene.decisions()).toContain('hold invalid-intent HighCpu');
  },
);

test('a down alert that asks for nonsense gives nothing back', async () => {
  const scene = await givenACluster({ nodes: 4 });
  const answer = await scene.alertmanager.fires(idle({ nodes: 'NaN' }));
  expect(answer?.body.decisions).toMatchObject([{ reason: 'invalid-intent' }]);
  await scene.passes('15m');
  expect(scene.cluster.markedNodes()).toEqual([]);
});

test('a broken number does not keep another alert of the same post from acting, in its pool or in another', async () => {
  const scene = await givenACluster({ nodes: 2, pools: { batch: { min: 0 } } });
  const answer = await scene.alertmanager.firesTogether(
    highCpu({ nodes: 'NaN' }),
    highMemory({ nodes: 3 }),
    highCpu({ nodes: 2, pool: 'batch' }),
    highCpu({ nodes: 9, pool: 'nobodys' }),
  );
  expect(answer.status).toBe(202);
  expect(answer.body.alerts?.map(({ state }) => state)).toEqual(['invalid-intent', 'heard', 'heard', 'unknown-pool']);
  await scene.passes('5s');
  expect(scene.cluster.fleets('workers')).toEqual([1]);
  expect(scene.cluster.fleets('batch')).toEqual([2]);
});

test('an alert of a pool that is not configured is ignored with its name in answer and log', async () => {
  const scene = await givenACluster({ nodes: 2 });
  const answer = await scene.alertmanager.fires(highCpu({ nodes: 5, pool: 'nobodys' }));
  expect(answer).toMatchObject({
    status: 202,
    body: { state: 'ignored', alerts: [{ pool: 'nobodys', state: 'unknown-pool' }], decisions: [] },
  });
  const told = scene.replica.lines.filter((line) => line.includes('nobodys') && line.includes('unknown-pool'));
  expect(told).not.toEqual([]);
  await scene.passes('5m');
  expect(scene.cluster.fleets()).toEqual([]);
});

test('an alert without a pool belongs to no pool', async () => {
  const scene = await givenACluster({ nodes: 2 });
  const { labels, ...rest } = highCpu({ nodes: 5 });
  const { pool: _none, ...others } = labels;
  const answer = await scene.alertmanager.fires({ ...rest, labels: others });
  expect(answer?.body).toMatchObject({ state: 'ignored', alerts: [{ state: 'unknown-pool' }] });
});

test('an alert that does not scale is no business of ours', async () => {
  const scene = await givenACluster();
  const answer = await scene.post(payloadOf({ labels: { alertname: 'DiskFull' } }));
  expect(answer).toMatchObject({ status: 202, body: { state: 'ignored', alerts: [{ state: 'not-a-scaling-alert' }] } });
});

describe('foreign alerts', () => {
  test('the label of another cluster', async () => {
    const scene = await givenACluster({ nodes: 2 });
    const answer = await scene.alertmanager.fires(highCpu({ nodes: 5, cluster: 'bank' }));
    expect(answer).toMatchObject({ status: 202, body: { state: 'ignored', alerts: [{ state: 'foreign' }] } });
    await scene.passes('5m');
    expect(scene.cluster.fleets()).toEqual([]);
  });

  test('the token of one cluster and the label of another', async () => {
    const scene = await givenACluster({ nodes: 2, clusters: ['shop', 'bank'] });
    const answer = await scene.post(payloadOf(highCpu({ nodes: 5, cluster: 'bank' })), 'shop');
    expect(answer.body).toMatchObject({ state: 'ignored', alerts: [{ state: 'foreign' }] });
    await scene.passes('1m');
    expect(scene.clusterOf('bank').fleets()).toEqual([]);
    expect(scene.clusterOf('shop').fleets()).toEqual([]);
  });

  test('no label at all while several clusters are configured', async () => {
    const scene = await givenACluster({ nodes: 2, clusters: ['shop', 'bank'] });
    const answer = await scene.alertmanager.fires(highCpu({ nodes: 5 }));
    expect(answer?.body).toMatchObject({ state: 'ignored', alerts: [{ state: 'foreign' }] });
  });

  test('the label of the only cluster is not needed, and is understood', async () => {
    const scene = await givenACluster({ nodes: 2 });
    await scene.alertmanager.fires(highCpu({ nodes: 3, cluster: 'shop' }));
    await scene.passes('5s');
    expect(scene.cluster.fleets()).toEqual([1]);
  });
});

test('nothing that is refused touches EC2 or K3s', async () => {
  const scene = await givenACluster({ nodes: 2 });
  const answers = [
    await scene.post({ version: '3', alerts: [] }),
    await scene.replica.post<object>('/alerts', payloadOf(highCpu({ nodes: 9 })), 'a-token-of-nobody'),
  ];
  expect(answers.map(({ status }) => status)).toEqual([400, 401]);
  expect(answers.every(({ body }) => 'advice' in body)).toBe(true);
  await scene.passes('1m');
  expect(scene.cluster.fleets()).toEqual([]);
});

test('names that come from outside are shown as short lines, in answer and log', async () => {
  const scene = await givenACluster({ nodes: 2 });
  const hostile = `\u001b[2J\r\n{"level":"error"}\ud800${'x'.repeat(50_000)}`;
  const shown = expect.stringMatching(/^\ufffd\[2J\ufffd\ufffd\{"level":"error"\}\ufffdx+…$/) as string;
  const answer = await scene.post({
    ...payloadOf([
      { labels: { alertname: hostile, scale: 'up', pool: hostile } },
      { labels: { alertname: hostile, scale: 'up', pool: 'workers', cluster: hostile } },
      { labels: { alertname: hostile } },
    ]),
    receiver: hostile,
    groupKey: hostile,
  });
  expect(answer).toMatchObject({
    status: 202,
    body: {
      alerts: [
        { alert: shown, pool: shown, state: 'unknown-pool' },
        { alert: shown, pool: 'workers', state: 'foreign' },
        { alert: shown, state: 'not-a-scaling-alert' },
      ],
    },
  });
  expect(scene.replica.logged('turned an alert away')).toMatchObject([
    { alert: shown, pool: shown },
    { alert: shown, cluster: shown },
  ]);
  expect(scene.replica.logged('received alerts')).toMatchObject([{ groupKey: shown, receiver: shown }]);
  expect(Math.max(...scene.replica.lines.map(({ length }) => length))).toBeLessThan(3000);
});
