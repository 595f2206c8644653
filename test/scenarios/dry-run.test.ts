import { highCpu, idle, queueIsLong } from './support/alerts';
import { givenACluster } from './support/scene';

test('a pool in dry run touches nothing, and its history shows what would have been done', async () => {
  const scene = await givenACluster({ nodes: 2, pool: { dryRun: true } });
  const alert = highCpu({ nodes: 4 });
  const answer = await scene.alertmanager.fires(alert);
  expect(answer?.body.decisions).toMatchObject([{ outcome: 'scale-up', reason: 'accepted' }]);
  await scene.passes('1m');
  expect(await scene.history('operation')).toMatchObject([
    { kind: 'scale-up', dryRun: true, planned: 2, trigger: { alert: 'HighCpu', nodes: 4, have: 2 } },
  ]);
  expect((await scene.state()).operations).toEqual({});
  expect(scene.cluster.fleets()).toEqual([]);
  expect(await scene.health()).toMatchObject({ dryRun: true });
});

test('in dry run the next decision starts from what the last would have made of the pool, cooldowns and all', async () => {
  const scene = await givenACluster({ nodes: 2, pool: { dryRun: true } });
  const alert = highCpu({ nodes: 4 });
  await scene.alertmanager.fires(alert);
  const repeat = await scene.alertmanager.repeats(alert);
  expect(repeat.body.decisions).toMatchObject([{ outcome: 'hold', reason: 'enough' }]);
  const more = await scene.alertmanager.fires(highCpu({ nodes: 6 }));
  expect(more?.body.decisions).toMatchObject([{ outcome: 'hold', reason: 'cooling-down' }]);
  const urgent = await scene.alertmanager.fires(queueIsLong({ nodes: 5 }));
  expect(urgent?.body.decisions).toMatchObject([{ outcome: 'scale-up' }]);
  await scene.eventually('HighCpu is followed', async () => (await scene.history('operation')).length === 3, '6m');
  const would = await scene.history('operation');
  expect(would.map(({ planned, trigger }) => ({ planned, trigger }))).toMatchObject([
    { planned: 2, trigger: { have: 2 } },
    { planned: 1, trigger: { have: 4, alert: 'QueueIsLong' } },
    { planned: 1, trigger: { have: 5, alert: 'HighCpu' } },
  ]);
  await scene.alertmanager.resolves(alert);
  await scene.alertmanager.resolves(queueIsLong());
  await scene.alertmanager.fires(idle({ nodes: 2 }));
  await scene.passes('1h');
  const downs = (await scene.history('operation')).filter(({ kind }) => kind === 'scale-down');
  expect(downs.map(({ trigger }) => trigger)).toMatchObject([{ have: 6 }, { have: 5 }, { have: 4 }, { have: 3 }]);
  expect(scene.cluster.fleets()).toEqual([]);
  expect(scene.cluster.markedNodes()).toEqual([]);
  expect(scene.cluster.readyNodes()).toHaveLength(2);
});

test('dry run does not even keep the minimum, and says what it would buy', async () => {
  const scene = await givenACluster({ nodes: 0, pool: { dryRun: true, min: 2 } });
  await scene.passes('5m');
  expect(scene.cluster.fleets()).toEqual([]);
  expect(await scene.history('operation')).toMatchObject([{ planned: 2, trigger: { alert: 'below-minimum' } }]);
});

test('a pool in dry run beside a real one does not hold it up', async () => {
  const scene = await givenACluster({ nodes: 2, pools: { batch: { min: 0, dryRun: true } } });
  await scene.alertmanager.firesTogether(highCpu({ nodes: 3 }), highCpu({ nodes: 3, pool: 'batch' }));
  await scene.passes('5s');
  expect(scene.cluster.fleets('workers')).toEqual([1]);
  expect(scene.cluster.fleets('batch')).toEqual([]);
});
