import { monthOf } from '../../../webhook/cost/months';
import { TAGS } from '../../../webhook/model/names';
import { highCpu, idle, queueIsLong } from '../support/alerts';
import type { Scene } from '../support/scene';
import { LATE_CALLS } from './late-calls';
import { OPERATION_STORIES } from './operation-stories';
import { outcomeOf } from './outcome';
import { goesOnAlone, play, wakesUp, type Play } from './play';
import { differences, snapshotOf } from './snapshot';
import type { Story } from './story';
import { SWEEP_STORIES } from './sweep-stories';

function storyOf(name: string): Story {
  const story = [...OPERATION_STORIES, ...SWEEP_STORIES].find((it) => it.name === name);
  if (!story) throw new Error(`there is no story of ${name}`);
  return story;
}

/** What it changes when it makes the call that it had in its hands. */
async function changedBy(played: Play): Promise<readonly string[]> {
  const before = await snapshotOf(played.scene);
  await wakesUp(played);
  return differences(before, await snapshotOf(played.scene));
}

describe('a CreateFleet that leaves for the first time when EC2 has said no to the new owner', () => {
  /** What it launches comes for an operation that is closed and told as rolled back. */
  async function comesLate(nodes: number): Promise<Play> {
    const { begins: _buysTwo, ...story } = storyOf('a scale-up that EC2 refuses to the new owner');
    const alert = highCpu({ nodes: 2 + nodes });
    const begins = ({ alertmanager }: Scene) => alertmanager.fires(alert);
    const played = await play({ ...story, scene: { nodes: 2, pool: { max: 5 } }, begins }, 'ec2.createFleet');
    const { scene } = played;
    scene.cluster.ec2.failNext('CreateFleet', 'VcpuLimitExceeded');
    await scene.eventually('it is given up', () => story.isOver(scene), '5m');
    await scene.alertmanager.resolves(alert);
    await scene.passes('1m');
    return played;
  }

  function launchedLate({ cluster }: Scene, operation: unknown): readonly string[] {
    const { instances } = cluster.world.cloud;
    return instances.filter(({ tags }) => tags[TAGS.operation] === operation).map(({ id }) => id);
  }

  test('launches instances that carry our tags, count against max at once, and serve when they join', async () => {
    const played = await comesLate(2);
    const { scene, watch } = played;
    const changed = await changedBy(played);
    expect(watch.actsDone).toEqual(['ec2.createFleet']);
    const [closed] = await scene.history('operation');
    const late = launchedLate(scene, closed?.['id']);
    expect(changed).toHaveLength(4);
    expect(changed).toEqual(
      expect.arrayContaining(
        late.flatMap((id) => [`joined ${id}: nothing -> false`, `instance ${id}: nothing -> pending`]),
      ),
    );
    expect(late).toHaveLength(2);
    expect(scene.cluster.alive()).toHaveLength(4);

    await scene.alertmanager.fires(queueIsLong({ nodes: 9 }));
    await scene.eventually('max is reached', () => scene.cluster.readyNodes().length === 5, '3m');
    await scene.passes('10m');
    expect(scene.cluster.alive()).toHaveLength(5);
    expect(scene.cluster.fleets()).toEqual([2, 1]);
    expect(await scene.history('operation')).toMatchObject([{ phase: 'rolled-back' }, { phase: 'done', planned: 1 }]);
    expect(scene.cluster.terminations()).toEqual([]);
  });

  test('launches one that never joins: the sweep ends it', async () => {
    const played = await comesLate(1);
    const { scene } = played;
    scene.cluster.world.perform({ kind: 'never-joins', next: 1 });
    await wakesUp(played);
    const [closed] = await scene.history('operation');
    const late = launchedLate(scene, closed?.['id']);
    expect(scene.cluster.alive()).toHaveLength(3);
    await scene.eventually('it is ended', () => scene.cluster.alive().length === 2, '18m');
    expect(scene.cluster.terminations()).toEqual(late);
    expect(await scene.history('sweep')).toMatchObject([{ finding: 'orphan', what: `orphan/${late[0]}` }]);
    await goesOnAlone(played);
  });
});

test('a sweep that is about to end a machine ends it although it has joined at last; its pods move, its Node is swept', async () => {
  const { begins, given, scene: options } = storyOf('an orphan');
  const played = await play({ begins, ...(given ? { given } : {}), scene: options }, 'ec2.terminate');
  const { scene } = played;
  const orphan = scene.cluster.world.cloud.instances.at(-1)?.id ?? '';
  scene.cluster.joinsAfterAll();
  scene.cluster.runs('shop', 3, { cpu: '300m' });
  await scene.passes('3m');
  expect(scene.cluster.readyNodes()).toHaveLength(3);
  expect((await changedBy(played)).filter((change) => !change.startsWith('pod '))).toEqual([
    `instance ${orphan}: running -> shutting-down`,
  ]);
  await scene.eventually('its Node is swept', () => scene.cluster.nodes().length === 2, '10m');
  await scene.eventually('its pods run elsewhere', () => scene.cluster.podsOf('shop').running === 3, '5m');
  expect(await scene.history('sweep')).toMatchObject([{ finding: 'dead-node' }]);
  await goesOnAlone(played);
});

test('an unmark leaves the mark that another drain has made meanwhile', async () => {
  const played = await play(storyOf('a drain that rolls back'), 'kubernetes.unmarkNode');
  const { scene } = played;
  await scene.eventually('it is rolled back', () => scene.isQuiet(), '5m');
  await scene.alertmanager.resolves(highCpu({ nodes: 3 }));
  await scene.alertmanager.fires(idle({ nodes: 2 }));
  await scene.eventually('the next drain has marked it', () => scene.cluster.markedNodes().length === 1, '20m');
  const [marked] = scene.cluster.markedNodes();
  expect((await scene.history('operation'))[0]).toMatchObject({ node: { name: marked } });
  expect(await changedBy(played)).toEqual([]);
  expect(played.watch.actsDone).toEqual(['kubernetes.unmarkNode']);
  expect(scene.cluster.markedNodes()).toEqual([marked]);
});

test('a lease that was asked for long ago gives nothing to sweep by: one of the two sweeps, as before', async () => {
  const played = await play({ scene: { nodes: 2 }, begins: () => Promise.resolve() }, 'store.takeLease');
  const { scene, sleeper, other } = played;
  scene.cluster.world.perform({ kind: 'never-joins', next: 3 });
  scene.cluster.startWorkers(3);
  await scene.passes('20m');
  await wakesUp(played);
  // Who sweeps says what it has found.
  const sweeps = () =>
    Promise.all([sleeper, other].map(async (it) => (await it.get('/readyz')).body['status'] === 'degraded'));
  expect(await sweeps()).toEqual([false, true]);
  await scene.passes('3m');
  expect((await sweeps()).filter(Boolean)).toHaveLength(1);
});

describe('an acceptance that comes when its alert is over, and nothing was accepted or closed meanwhile', () => {
  test('of a scale-down is not confirmed by Alertmanager: nothing is touched', async () => {
    const played = await play(storyOf('a scale-down'), 'store.accept');
    const { scene } = played;
    await scene.alertmanager.resolves(idle({ nodes: 2 }));
    await scene.passes('3m');
    await wakesUp(played);
    await scene.eventually('it is closed', () => storyOf('a scale-down').isOver(scene), '1m');
    expect(await outcomeOf(scene)).toMatchObject({
      ready: 3,
      marked: [],
      terminations: [],
      operations: ['scale-down rolled-back not-confirmed'],
    });
    await goesOnAlone(played);
  });

  test('of a scale-up is not wanted any more: nothing is bought', async () => {
    const played = await play(storyOf('a scale-up'), 'store.accept');
    const { scene } = played;
    await scene.alertmanager.resolves(highCpu({ nodes: 4 }));
    await scene.passes('3m');
    await wakesUp(played);
    await scene.eventually('it is closed', () => storyOf('a scale-up').isOver(scene), '1m');
    expect(await outcomeOf(scene)).toMatchObject({
      ready: 2,
      fleets: [],
      operations: ['scale-up rolled-back no-longer-wanted'],
    });
    await goesOnAlone(played);
  });
});

test('an order to pause that nobody was answered is carried out when it wakes up, whole, and history says whose it was', async () => {
  const begins = (scene: Scene) => scene.orders('pause', { reason: 'migration' });
  const played = await play({ scene: { nodes: 2 }, begins }, LATE_CALLS.order);
  const { scene } = played;
  await scene.passes('30s');
  // Ann asks again, is answered by the other replica, and resumes when she is done.
  await scene.orders('pause', { reason: 'migration' });
  await scene.passes('5m');
  await scene.orders('resume');
  expect(await changedBy(played)).toEqual([
    expect.stringMatching(/^pool item: .*"pauses":\{\}\} -> .*"pauses":\{"up":.*,"down":.*\}/),
    expect.stringMatching(/^row of pause paused-both-\d+ \d+: nothing -> .*"by":"ann"/),
  ]);
  expect(await scene.health()).toMatchObject({ paused: [{ who: 'ann' }, { who: 'ann' }] });
  await scene.orders('resume');
  await goesOnAlone(played);
});

test('a question for readiness changes nothing, however late it is answered', async () => {
  let answer: Promise<{ readonly status: number }> | undefined;
  const begins = (scene: Scene) => (answer = scene.replica.get('/readyz'));
  const played = await play({ scene: { nodes: 2 }, begins }, LATE_CALLS.readiness);
  await played.scene.passes('5m');
  expect(await changedBy(played)).toEqual([]);
  expect(await answer).toMatchObject({ status: 200 });
  await goesOnAlone(played);
});

test.each([LATE_CALLS.prices, LATE_CALLS.countedBefore, LATE_CALLS.count])(
  'a cost that is counted late is counted once: paused before %s',
  async (call) => {
    const played = await play({ scene: { nodes: 2 }, begins: () => Promise.resolve() }, call);
    const { scene } = played;
    const month = () => scene.store.readCost({ cluster: 'shop', pool: 'workers' }, monthOf(scene.clock.now()));
    await scene.passes('30m');
    const before = await month();
    expect(before?.instanceHours).toBeGreaterThan(0.8);
    expect(await changedBy(played)).toEqual([]);
    expect(await month()).toEqual(before);
    await scene.passes('11m');
    const { from = 0, through = 0, instanceHours = 0 } = (await month()) ?? {};
    expect(through).toBeGreaterThan(before?.through ?? 0);
    expect(instanceHours).toBeCloseTo((2 * (through - from)) / 3_600_000, 5);
    await goesOnAlone(played);
  },
);
