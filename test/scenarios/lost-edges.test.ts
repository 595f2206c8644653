/** What Alertmanager never posts, or posts without need: the level mends the first and bears the second. */
import { highCpu, idle } from './support/alerts';
import { payloadOf } from './support/alertmanager';
import { givenACluster, type Scene } from './support/scene';

const NO_COOLDOWN = { cooldown: { up: '0s' } };
/** repeat_interval of the up route, and the timer of the looks. */
const WITHIN_A_REPEAT = '136s';

async function grownTo(scene: Scene, nodes: number): Promise<void> {
  await scene.eventually('they are Ready', () => scene.cluster.readyNodes().length === nodes, '2m');
  await scene.eventually('the operation is closed', () => scene.isQuiet(), '10s');
}

function posts(scene: Scene): number {
  return scene.replica.logged('received alerts').length;
}

describe('told, silenced, resolved under the silence and firing again: Alertmanager posts nothing until the next repeat', () => {
  test('the step is taken within that time all the same', async () => {
    const scene = await givenACluster({ nodes: 2, pool: NO_COOLDOWN });
    await scene.alertmanager.fires(highCpu({ nodes: 2 }));
    const silence = scene.alertmanager.api.silence(scene.clock.now() + 3_600_000);
    const before = posts(scene);
    await scene.passes('60s');
    scene.alertmanager.flaps(highCpu({ nodes: 4 }));
    await scene.passes('40s');
    scene.alertmanager.api.expireSilence(silence);
    await scene.eventually('it acts', () => scene.cluster.fleets().length === 1, '16s');
    expect(posts(scene)).toBe(before);
  });

  test('what resolved under the silence and stays so is not acted on, told or not', async () => {
    const scene = await givenACluster({ nodes: 2, pool: NO_COOLDOWN });
    await scene.alertmanager.fires(highCpu({ nodes: 2 }));
    scene.alertmanager.api.silence(scene.clock.now() + 30_000);
    scene.alertmanager.changes(highCpu({ nodes: 4 }));
    await scene.passes('20s');
    scene.alertmanager.ends(highCpu());
    await scene.passes('10m');
    expect(scene.cluster.fleets()).toEqual([]);
  });

  test('an up alert that fires again unposted holds what shrinks from its first moment', async () => {
    const scene = await givenACluster({ nodes: 4 });
    await scene.alertmanager.fires(highCpu({ nodes: 4 }));
    scene.alertmanager.ends(highCpu());
    await scene.passes('5m');
    scene.alertmanager.knows(highCpu({ nodes: 4 }));
    const answer = await scene.alertmanager.fires(idle({ nodes: 2 }));
    expect(answer?.body.decisions).toMatchObject([{ outcome: 'hold', reason: 'scale-up-firing' }]);
    await scene.passes('15m');
    expect(scene.cluster.markedNodes()).toEqual([]);
  });

  test('the same of Idle: a node is given back within its own repeat interval', async () => {
    const scene = await givenACluster({ nodes: 3 });
    await scene.alertmanager.fires(idle({ nodes: 3 }));
    const before = posts(scene);
    const silence = scene.alertmanager.api.silence(scene.clock.now() + 3_600_000);
    await scene.passes('20s');
    scene.alertmanager.flaps(idle({ nodes: 2 }));
    await scene.passes('140s');
    scene.alertmanager.api.expireSilence(silence);
    await scene.eventually('a node is cordoned', () => scene.cluster.cordonedNodes().length === 1, '18s');
    expect(posts(scene)).toBe(before);
  });
});

test('a flap inside a group interval, of which nothing is posted, loses nothing', async () => {
  const scene = await givenACluster({ nodes: 2, pool: NO_COOLDOWN });
  await scene.alertmanager.fires(highCpu({ nodes: 3 }));
  await grownTo(scene, 3);
  const before = posts(scene);
  scene.alertmanager.flaps(highCpu({ nodes: 5 }));
  await scene.eventually('the new number is followed', () => scene.cluster.fleets().length === 2, '16s');
  expect(posts(scene)).toBe(before);
  expect(scene.cluster.fleets()).toEqual([1, 2]);
});

test('a resolved that comes late and has the start of what fires again delays the step, by a repeat at most', async () => {
  const scene = await givenACluster({ nodes: 2, pool: NO_COOLDOWN });
  const alert = highCpu({ nodes: 3 });
  await scene.alertmanager.fires(alert);
  await grownTo(scene, 3);
  scene.alertmanager.changes(highCpu({ nodes: 4 }));
  await scene.post(payloadOf({ ...alert, startsAt: scene.clock.now() }, 'resolved'));
  await scene.eventually('it acts', () => scene.cluster.fleets().length === 2, WITHIN_A_REPEAT);
});

test('a post counts for the longest repeat interval and 40 s, and not for ever', async () => {
  const scene = await givenACluster({ nodes: 2 });
  scene.cluster.ec2.makeUnreachable(true);
  await scene.passes('6s');
  await scene.alertmanager.fires(highCpu({ nodes: 4 }));
  scene.alertmanager.mutes(highCpu());
  await scene.passes('221s');
  scene.cluster.ec2.makeUnreachable(false);
  await scene.passes('10m');
  // 0.25 to 0.27 go on to call it active although its route is muted.
  expect(scene.alertmanager.api.members[0]?.read()).toMatchObject({ ok: true, level: { alerts: [{}, {}] } });
  expect(scene.cluster.fleets()).toEqual([]);
});

describe('a Prometheus that restarts or dies', () => {
  test('a false resolved gives nothing back, and when it fires again nothing is bought twice', async () => {
    const scene = await givenACluster({ nodes: 2, pool: NO_COOLDOWN });
    const alert = highCpu({ nodes: 4 });
    await scene.alertmanager.fires(alert);
    await grownTo(scene, 4);
    expect((await scene.alertmanager.resolves(alert)).body.decisions).toMatchObject([{ reason: 'nothing-asked' }]);
    await scene.passes('1m');
    expect((await scene.alertmanager.fires(alert))?.body.decisions).toMatchObject([{ reason: 'enough' }]);
    await scene.passes('20m');
    expect(scene.cluster.fleets()).toEqual([2]);
    expect(scene.cluster.readyNodes()).toHaveLength(4);
  });

  test('a false resolved of Idle ends the drain that has not begun', async () => {
    const scene = await givenACluster({ nodes: 3 });
    const { store } = scene;
    const accept = store.accept.bind(store);
    store.accept = async (...args) => {
      const answer = await accept(...args);
      scene.alertmanager.api.unreachable = true;
      return answer;
    };
    await scene.alertmanager.fires(idle({ nodes: 2 }));
    await scene.passes('30s');
    await scene.alertmanager.resolves(idle({ nodes: 2 }));
    scene.alertmanager.api.unreachable = false;
    await scene.eventually('it is closed', async () => (await scene.history('operation')).length === 1, '20m');
    expect(await scene.history('operation')).toMatchObject([{ phase: 'rolled-back', reason: 'not-confirmed' }]);
    expect(scene.cluster.markedNodes()).toEqual([]);
  });

  test('the resolved that comes four minutes after the death is no idleness, and Idle of before counts no more', async () => {
    const scene = await givenACluster({ nodes: 3 });
    const alert = highCpu({ nodes: 4 });
    await scene.alertmanager.fires(alert);
    await grownTo(scene, 4);
    await scene.alertmanager.resolves(alert);
    // In the cooldown of ten minutes.
    await scene.alertmanager.fires(idle({ nodes: 2 }));
    scene.alertmanager.api.stopUpdates();
    await scene.passes('4m');
    const answer = await scene.alertmanager.resolves(idle({ nodes: 2 }));
    expect(answer.body.decisions).toMatchObject([{ outcome: 'hold' }]);
    await scene.passes('1h');
    expect(scene.cluster.readyNodes()).toHaveLength(4);
    expect(scene.cluster.terminations()).toEqual([]);
    expect((await scene.replica.get('/readyz')).body).toMatchObject({ degraded: [{ code: 'prometheus-silent' }] });
  });
});

describe('an Alertmanager that is killed', () => {
  test('and posts a firing again afterwards buys nothing', async () => {
    const scene = await givenACluster({ nodes: 2, pool: NO_COOLDOWN });
    await scene.alertmanager.fires(highCpu({ nodes: 4 }));
    await grownTo(scene, 4);
    expect((await scene.alertmanager.repeats(highCpu({ nodes: 4 }))).body.decisions).toMatchObject([
      { reason: 'enough' },
    ]);
  });

  test('and swallows a resolved is not waited for', async () => {
    const scene = await givenACluster({ nodes: 2 });
    scene.cluster.ec2.makeUnreachable(true);
    await scene.passes('6s');
    await scene.alertmanager.fires(highCpu({ nodes: 4 }));
    scene.alertmanager.ends(highCpu());
    scene.cluster.ec2.makeUnreachable(false);
    await scene.passes('10m');
    expect(scene.cluster.fleets()).toEqual([]);
  });

  test('and has forgotten everything shrinks nothing until Prometheus has told it again', async () => {
    const scene = await givenACluster({ nodes: 4 });
    scene.alertmanager.api.watchdog(false);
    const answer = await scene.alertmanager.fires(idle({ nodes: 2 }));
    expect(answer?.body.decisions).toMatchObject([{ outcome: 'hold', reason: 'pipeline-silent' }]);
    await scene.passes('2m');
    expect(scene.cluster.markedNodes()).toEqual([]);
  });
});

describe('inhibition', () => {
  function givenInhibition(scene: Scene): void {
    scene.alertmanager.api.inhibit({ scale: 'up', pool: 'workers' }, { scale: 'down', pool: 'workers' });
  }

  test('that leaks in the same batch harms nobody: up beats down in one post', async () => {
    const scene = await givenACluster({ nodes: 3 });
    const answer = await scene.alertmanager.firesTogether(idle({ nodes: 2 }), highCpu({ nodes: 4 }));
    expect(answer.body.decisions).toMatchObject([{ outcome: 'scale-up' }]);
    await scene.passes('20m');
    expect(scene.cluster.markedNodes()).toEqual([]);
    expect(scene.cluster.readyNodes()).toHaveLength(4);
  });

  test('that leaks because the source comes later is made good before a node is lost', async () => {
    const scene = await givenACluster({ nodes: 3 });
    await scene.alertmanager.fires(idle({ nodes: 2 }));
    givenInhibition(scene);
    await scene.alertmanager.fires(highCpu({ nodes: 3 }));
    await scene.eventually('the drain is closed', () => scene.isQuiet(), '2m');
    expect(scene.cluster.terminations()).toEqual([]);
    expect(scene.cluster.readyNodes()).toHaveLength(3);
    expect(scene.cluster.fleets()).toEqual([]);
  });

  test('by a source that is silenced holds on: neither acts', async () => {
    const scene = await givenACluster({ nodes: 3 });
    givenInhibition(scene);
    scene.alertmanager.api.silence(scene.clock.now() + 7_200_000, { matchers: { alertname: 'HighCpu' } });
    await scene.alertmanager.fires(highCpu({ nodes: 5 }));
    await scene.post(payloadOf(idle({ nodes: 2 })));
    await scene.alertmanager.fires(idle({ nodes: 2 }));
    await scene.passes('20m');
    expect(scene.cluster.fleets()).toEqual([]);
    expect(scene.cluster.markedNodes()).toEqual([]);
    expect(await scene.history('operation')).toEqual([]);
  });

  test('does not come from a shadow alert, which holds nothing and does nothing', async () => {
    const scene = await givenACluster({ nodes: 3 });
    const { labels, ...rest } = highCpu({ nodes: 9 });
    await scene.alertmanager.fires({ ...rest, labels: { ...labels, mode: 'shadow' } });
    await scene.alertmanager.fires(idle({ nodes: 2 }));
    await scene.eventually('a node is given back', () => scene.cluster.alive().length === 2, '3m');
    expect(scene.cluster.fleets()).toEqual([]);
  });

  test('does not come from an up alert without the label pool, which is told in answer and log', async () => {
    const scene = await givenACluster({ nodes: 3 });
    const { pool: _none, ...labels } = highCpu().labels;
    const answer = await scene.alertmanager.fires({ ...highCpu({ nodes: 9 }), labels });
    expect(answer?.body).toMatchObject({ state: 'ignored', alerts: [{ state: 'unknown-pool' }] });
    expect(scene.replica.logged('turned an alert away')).toMatchObject([
      { alert: 'HighCpu', reason: 'unknown-pool', advice: expect.stringContaining('label pool') as string },
    ]);
    await scene.alertmanager.fires(idle({ nodes: 2 }));
    await scene.eventually('a node is given back', () => scene.cluster.alive().length === 2, '3m');
  });
});
