import { SmartScaleError } from '../../webhook/errors';
import { highCpu, queueIsLong } from './support/alerts';
import { tokenOf } from './support/configuration';
import { givenACluster, type Row, type Scene } from './support/scene';

/** What GET /cost says of the cluster. */
async function costOf(scene: Scene): Promise<Row & { readonly prices: Row; readonly pools: readonly Row[] }> {
  const { status, body } = await scene.replica.get('/cost', tokenOf('shop'));
  expect(status).toBe(200);
  const [cluster] = body['clusters'] as readonly Awaited<ReturnType<typeof costOf>>[];
  if (!cluster) throw new Error('GET /cost tells of no cluster');
  return cluster;
}

async function nowOf(scene: Scene): Promise<Row> {
  return (await costOf(scene)).pools[0]?.['now'] as Row;
}

async function monthOf(scene: Scene): Promise<Row> {
  return (await costOf(scene)).pools[0]?.['month'] as Row;
}

test('what a pool costs follows what runs, an hour and by line, in /cost, /healthz and /metrics', async () => {
  const scene = await givenACluster({ nodes: 2 });
  await scene.passes('20s');
  const line = { type: 'm6i.large', lifecycle: 'on-demand', instances: 1, dollarsPerHour: 0.115 };
  expect(await nowOf(scene)).toEqual({
    dollarsPerHour: 0.23,
    unpricedInstances: 0,
    lines: ['eu-central-1a', 'eu-central-1b'].map((zone) => ({ zone, ...line })),
  });
  await scene.alertmanager.fires(highCpu({ nodes: 4 }));
  await scene.eventually('four nodes are Ready', () => scene.cluster.readyNodes().length === 4, '2m');
  await scene.passes('20s');
  // What is cheaper on demand was bought: m6a.large.
  expect(await scene.health()).toMatchObject({ dollarsPerHour: 0.437 });
  const labels = { cluster: 'shop', pool: 'workers', lifecycle: 'on-demand' };
  const gauge = (type: string) => scene.metric('smartscale_cost_dollars_per_hour', { ...labels, type });
  expect([await gauge('m6i.large'), await gauge('m6a.large')]).toEqual([0.115, 0.207]);
});

test('spot prices are read when the service starts and every five minutes, not at each look', async () => {
  const scene = await givenACluster({ nodes: 2, pool: spotPool(['m6i.large']) });
  const read = () => scene.cluster.ec2.requests.filter(({ action }) => action === 'DescribeSpotPriceHistory').length;
  await scene.passes('4m');
  expect(read()).toBe(1);
  const cheapest = async () => (await costOf(scene)).pools[0]?.['cheapest'];
  expect(await cheapest()).toMatch(/^m6i\.large spot in eu-central-1a at \$0\.044 an hour, 62 % under on-demand$/);
  scene.cluster.world.cloud.setSpotPrice('m6i.large', 'eu-central-1b', 0.023);
  await scene.passes('90s');
  expect(read()).toBe(2);
  expect(await cheapest()).toMatch(/^m6i\.large spot in eu-central-1b at \$0\.023 an hour, 80 % under on-demand$/);
});

test('while EC2 refuses its price history the last prices stand, and their age is told', async () => {
  const scene = await givenACluster({ nodes: 2 });
  scene.cluster.ec2.failNext('DescribeSpotPriceHistory', 'UnauthorizedOperation', { times: 99 });
  await scene.passes('11m');
  expect((await costOf(scene)).prices).toMatchObject({
    onDemandAsOf: null,
    spotAgeSeconds: expect.any(Number) as number,
    spotFault: { code: 'ec2-unauthorized' },
  });
  expect(await scene.health()).toMatchObject({ dollarsPerHour: 0.23 });
  expect(await scene.decisions()).toEqual(['hold nothing-asked nobody']);
});

test('types that nobody knows the price of are told, and are in no sum', async () => {
  const scene = await givenACluster({ nodes: 0, pool: { ...spotPool(['c6a.large']), min: 2 } });
  scene.cluster.ec2.failNext('DescribeSpotPriceHistory', 'UnauthorizedOperation', { times: 99 });
  await scene.restart(spotPool(['c6a.large']));
  await scene.eventually('two nodes are Ready', () => scene.cluster.readyNodes().length === 2, '2m');
  const replica = scene.replicaNumber(2);
  await scene.passes('20s');
  const text = (await replica.get('/metrics')).text;
  expect(text).not.toContain('smartscale_cost_dollars_per_hour{');
  expect(await scene.metric('smartscale_cost_unpriced_instances', { pool: 'workers' }, replica)).toBe(2);
});

test('the month so far grows with what runs, across a process that dies and one that is stopped', async () => {
  const scene = await givenACluster({ nodes: 2, replicas: 2 });
  const hours = async () => (await monthOf(scene))['instanceHours'] as number;
  await scene.passes('31m');
  await scene.replicas[0]?.kill();
  await scene.passes('30m');
  // Two instances, counted a minute behind and every five.
  const first = await hours();
  expect(first).toBeGreaterThan(1.75);
  expect(first).toBeLessThan(2.05);
  await scene.replica.stop();
  const [killed = ''] = scene.cluster.alive();
  await scene.passes('20m');
  scene.cluster.world.perform({ kind: 'kill-instance', instance: killed });
  await scene.passes('20m');
  await scene.restart({ min: 1 });
  await scene.passes('10m');
  // One for twenty minutes and one for forty, while nobody looked, and a little before and after.
  const gap = (await hours()) - first;
  expect(gap).toBeGreaterThan(1);
  expect(gap).toBeLessThan(1.4);
  const month = await monthOf(scene);
  expect(month).toMatchObject({ unpricedHours: 0, unseenHours: 0, savedAgainstOnDemand: 0 });
  const { instanceHours, dollars, savedAgainstStaticFleet } = month as Readonly<Record<string, number>>;
  expect(dollars).toBeGreaterThan((instanceHours ?? 0) * 0.115);
  expect(savedAgainstStaticFleet).toBeGreaterThan(1);
  const spent = await scene.metric('smartscale_cost_month_dollars', { pool: 'workers', what: 'spent' });
  expect(spent).toBeCloseTo((instanceHours ?? 0) * 0.115, 4);
});

test('spot nodes save what on-demand ones would have cost more', async () => {
  const scene = await givenACluster({ nodes: 0, pool: { ...spotPool(['m6i.large']), min: 2 } });
  await scene.passes('60m');
  const month = await monthOf(scene);
  const hours = month['instanceHours'] as number;
  expect(hours).toBeGreaterThan(1.7);
  expect(month['savedAgainstOnDemand']).toBeCloseTo(hours * (0.115 - 0.044), 5);
});

test('the budget of an hour lets so many nodes be bought, says so, and gives way when it is raised', async () => {
  const scene = await givenACluster({ nodes: 2, pool: { budget: { perHour: 0.44 } } });
  await scene.passes('20s');
  await scene.alertmanager.fires(queueIsLong({ nodes: 6 }));
  await scene.eventually('what is affordable is Ready', () => scene.cluster.readyNodes().length === 4, '3m');
  await scene.passes('10m');
  // Two m6i.large at $0.115 and two m6a.large at $0.1035.
  expect(scene.cluster.fleets()).toEqual([2]);
  const held = (await scene.history('decision')).filter(({ reason }) => reason === 'over-budget');
  expect(held[0]?.['detail']).toBe(
    'the pool costs $0.437 an hour and one more node $0.1035, the budget is $0.44 an hour',
  );
  expect((await costOf(scene)).pools[0]?.['budget']).toMatchObject({ perHour: 0.44, state: 'over' });
  await scene.replica.stop();
  await scene.restart({ budget: { perHour: 1 } });
  await scene.eventually('the rest is bought', () => scene.cluster.readyNodes().length === 6, '10m');
});

test('a spot pool that launches on demand for want of spot stays within its budget', async () => {
  const scene = await givenACluster({
    nodes: 0,
    pool: { ...spotPool(['m6i.large']), min: 0, budget: { perHour: 0.5 } },
  });
  spotIs(0, scene);
  await scene.passes('20s');
  await scene.alertmanager.fires(queueIsLong({ nodes: 9 }));
  await scene.eventually('what is affordable is Ready', () => scene.cluster.readyNodes().length === 4, '3m');
  const [bought] = (await scene.history('decision')).filter(({ outcome }) => outcome === 'scale-up');
  expect(bought?.['detail']).toMatch(/: launches 9; cheapest is .* spot .*; the budget pays for 4 of them on demand$/);
  await scene.passes('10m');
  // Four at $0.115, where eleven at the price of spot would have been within it.
  expect(scene.cluster.alive()).toHaveLength(4);
  expect(await nowOf(scene)).toMatchObject({ dollarsPerHour: 0.46 });
  expect(await scene.decisions()).toContain('hold over-budget QueueIsLong');
});

test('a drought that the budget does not outlast is no failed launch: the minimum is kept, and spot bought when it is back', async () => {
  const scene = await givenACluster({ nodes: 2, pool: { ...spotPool(['m6i.large']), budget: { perHour: 0.3 } } });
  spotIs(0, scene);
  await scene.passes('20s');
  await scene.alertmanager.fires(queueIsLong({ nodes: 3 }));
  await scene.passes('40m');
  expect(await scene.decisions()).toContain('hold over-budget QueueIsLong');
  expect(await scene.metric('smartscale_failed_launches', { pool: 'workers' })).toBe(0);
  // The first, and when offerings may be back after three minutes and six, twelve and twenty-four more.
  expect(scene.cluster.fleets().length).toBeLessThanOrEqual(5);
  const [killed = ''] = scene.cluster.alive();
  scene.cluster.world.perform({ kind: 'kill-instance', instance: killed });
  await scene.eventually('the minimum is kept on demand', () => scene.cluster.alive().length === 2, '2m');
  spotIs(5, scene);
  await scene.eventually('spot is bought', () => scene.cluster.readyNodes().length === 3, '35m');
});

test('a month that is spent stops growing, never the minimum', async () => {
  const scene = await givenACluster({ nodes: 2, pool: { budget: { perMonth: 0.1 } } });
  await scene.passes('40m');
  await scene.alertmanager.fires(queueIsLong({ nodes: 4 }));
  await scene.passes('1m');
  expect(await scene.decisions()).toContain('hold over-budget QueueIsLong');
  const [killed = ''] = scene.cluster.alive();
  scene.cluster.world.perform({ kind: 'kill-instance', instance: killed });
  await scene.eventually('the minimum is kept', () => scene.cluster.fleets().length === 1, '1m');
  expect(scene.cluster.fleets()).toEqual([1]);
  expect(await scene.metric('smartscale_budget_dollars', { pool: 'workers', per: 'month' })).toBe(0.1);
});

test.each(['DescribeSpotPriceHistory answers late', 'all answer at once'])(
  'a budget is kept from the first look after a start on, also when %s',
  async (what) => {
    const pool = { ...spotPool(['m6i.large']), budget: { perHour: 0.24, perMonth: 0.1 } };
    const scene = await givenACluster({ nodes: 2, pool });
    await scene.passes('40m');
    await scene.replica.stop();
    if (what.includes('late')) scene.cluster.ec2.hangNext('DescribeSpotPriceHistory');
    await scene.restart();
    const posted = scene.alertmanager.fires(queueIsLong({ nodes: 4 }));
    await scene.passes('1m');
    await posted;
    expect(scene.cluster.fleets()).toEqual([]);
    expect(await scene.decisions()).toContain('hold over-budget QueueIsLong');
  },
);

test('prices that nobody knows hold nothing back, and the decision says that the budget was not checked', async () => {
  const scene = await givenACluster({
    nodes: 2,
    pool: { ...spotPool(['m6i.large']), budget: { perHour: 0.01 } },
    started: false,
  });
  scene.cluster.ec2.failNext('DescribeSpotPriceHistory', 'UnauthorizedOperation', { times: 99 });
  await scene.restart();
  await scene.passes('20s');
  await scene.alertmanager.fires(queueIsLong({ nodes: 3 }));
  await scene.passes('5s');
  expect(scene.cluster.fleets()).toEqual([1]);
  const [bought] = (await scene.history('decision')).filter(({ outcome }) => outcome === 'scale-up');
  expect(bought?.['detail']).toMatch(/the budget is not checked, nobody knows what a new node costs$/);
});

const REQUESTS = { requestRate: { prometheus: 'http://prometheus.invalid', query: 'sum(rate(requests_total[5m]))' } };

test('what a request costs follows what runs and what is asked, in /cost and /metrics', async () => {
  const scene = await givenACluster({ nodes: 2, pool: REQUESTS, started: false });
  scene.cluster.requestRates.answer = 50;
  await scene.restart();
  await scene.passes('20s');
  const requests = async () => (await costOf(scene)).pools[0]?.['requests'] as Row;
  // Two nodes at $0.115 for 180,000 requests an hour.
  expect(await requests()).toMatchObject({ perSecond: 50, dollarsPerMillion: 1.277778, because: null });
  expect((await requests())['dollarsPerRequest']).toBeCloseTo(0.23 / 180_000, 15);
  const metric = () => scene.metric('smartscale_cost_per_request_dollars', { cluster: 'shop', pool: 'workers' });
  expect(await metric()).toBeCloseTo(0.23 / 180_000, 15);
  scene.cluster.requestRates.answer = new SmartScaleError('request-rate-unknown', 'the query gives no series');
  await scene.passes('5m');
  const unknown = { perSecond: null, dollarsPerRequest: null, dollarsPerMillion: null };
  expect(await requests()).toMatchObject({ ...unknown, because: 'the query gives no series' });
  expect((await scene.replica.get('/metrics')).text).not.toContain('smartscale_cost_per_request_dollars{');
});

test('a Prometheus that never answers holds up neither decisions nor the count of the month', async () => {
  const scene = await givenACluster({ nodes: 2, pool: REQUESTS, started: false });
  scene.cluster.requestRates.answer = 'hangs';
  await scene.restart();
  await scene.passes('20s');
  await scene.alertmanager.fires(queueIsLong({ nodes: 3 }));
  await scene.passes('5s');
  expect(scene.cluster.fleets()).toEqual([1]);
  await scene.passes('11m');
  expect((await monthOf(scene))['instanceHours']).toBeGreaterThan(0.3);
  expect(scene.cluster.requestRates.asked).toEqual(['workers']);
  expect((await costOf(scene)).pools[0]?.['requests']).toMatchObject({ because: 'Prometheus has not been asked yet' });
});

test('a pool without a query has no cost of a request, and nobody is asked', async () => {
  const scene = await givenACluster({ nodes: 2 });
  await scene.passes('6m');
  expect((await costOf(scene)).pools[0]?.['requests']).toBeNull();
  expect(scene.cluster.requestRates.asked).toEqual([]);
});

test('only operators of a cluster are told, and of their cluster alone', async () => {
  const scene = await givenACluster({ clusters: ['shop', 'lab'] });
  expect((await scene.replica.get('/cost')).status).toBe(401);
  const { body } = await scene.replica.get('/cost', tokenOf('lab'));
  expect(body['clusters']).toMatchObject([{ cluster: 'lab' }]);
});

function spotIs(free: number, scene: Scene): void {
  for (const zone of ['eu-central-1a', 'eu-central-1b', 'eu-central-1c']) {
    scene.cluster.world.perform({ kind: 'capacity', capacityType: 'spot', type: 'm6i.large', zone, free });
  }
}

function spotPool(instanceTypes: readonly string[]): Row {
  const zones = ['a', 'b', 'c'];
  return {
    launch: {
      template: { id: 'lt-0smartscaleworkers', version: '1' },
      subnets: zones.map((zone) => ({ id: `subnet-0smartscaleworker${zone}`, zone: `eu-central-1${zone}` })),
      instanceTypes,
      capacity: 'spot',
    },
  };
}
