import { isClosed } from '../../webhook/model/operation';
import { MINUTE } from '../support/builders';
import { highCpu, idle, queueIsLong } from './support/alerts';
import { givenACluster, type Scene } from './support/scene';

const HOUR = 60 * MINUTE;

async function phaseIs(scene: Scene, phase: string): Promise<boolean> {
  return Object.values((await scene.state()).operations).some((it) => it.phase === phase && !isClosed(it));
}

async function aGrowingCluster(phase: string): Promise<Scene> {
  const scene = await givenACluster({ nodes: 2 });
  await scene.alertmanager.fires(highCpu({ nodes: 4 }));
  await scene.eventually(`it is ${phase}`, () => phaseIs(scene, phase), '20s');
  return scene;
}

async function aShrinkingCluster(phase: string): Promise<Scene> {
  const scene = await givenACluster({ nodes: 3 });
  scene.cluster.runs('shop', 3, { cpu: '300m', stopSeconds: 10 });
  await scene.passes('30s');
  await scene.alertmanager.fires(idle({ nodes: 2 }));
  await scene.eventually(`it is ${phase}`, () => phaseIs(scene, phase), '1m');
  return scene;
}

describe('a clock that is set back by an hour', () => {
  test('in joining: the scale-up ends as it would have', async () => {
    const scene = await aGrowingCluster('joining');
    scene.replica.systemClock.jump(-HOUR);
    await scene.eventually('four nodes are Ready', () => scene.cluster.readyNodes().length === 4, '3m');
    await scene.eventually('the operation is closed', () => scene.isQuiet(), '30s');
    expect(await scene.history('operation')).toMatchObject([{ phase: 'done' }]);
  });

  test.each(['cordoned', 'draining', 'terminating'])('in %s: the drain ends as it would have', async (phase) => {
    const scene = await aShrinkingCluster(phase);
    scene.replica.systemClock.jump(-HOUR);
    await scene.eventually('the operation is closed', () => scene.isQuiet(), '5m');
    expect(await scene.history('operation')).toMatchObject([{ kind: 'scale-down', phase: 'done' }]);
    expect(scene.cluster.markedNodes()).toEqual([]);
  });

  test('after a scale-up: the cooldown does not last an hour longer', async () => {
    const scene = await aGrowingCluster('joining');
    await scene.eventually('the operation is closed', () => scene.isQuiet(), '5m');
    scene.replica.systemClock.jump(-HOUR);
    await scene.alertmanager.fires(highCpu({ nodes: 5 }));
    await scene.eventually('five nodes are Ready', () => scene.cluster.readyNodes().length === 5, '10m');
  });

  test('the world is looked at all the same, and what was seen before is not taken for new', async () => {
    const scene = await givenACluster({ nodes: 2 });
    await scene.passes('1m');
    scene.replica.systemClock.jump(-HOUR);
    await scene.passes('1m');
    scene.cluster.kubernetes.unreachable = true;
    await scene.alertmanager.fires(queueIsLong({ nodes: 4 }));
    await scene.passes('20s');
    expect(await scene.health()).toMatchObject({ lastDecision: { reason: 'unknown-state' } });
    scene.cluster.kubernetes.unreachable = false;
    await scene.eventually('four nodes are Ready', () => scene.cluster.readyNodes().length === 4, '3m');
  });
});

test.each([-HOUR, HOUR])(
  'a clock that is wrong by %d ms gives no node back: the Watchdog may be old',
  async (wrong) => {
    const scene = await givenACluster({ nodes: 3 });
    scene.replica.systemClock.jump(wrong);
    await scene.alertmanager.fires(idle({ nodes: 2 }));
    await scene.passes('20s');
    expect(await scene.health()).toMatchObject({ lastDecision: { outcome: 'hold', reason: 'pipeline-silent' } });
    const { body } = await scene.replica.get('/readyz');
    expect(body).toMatchObject({ degraded: [{ part: 'prometheus', code: 'prometheus-silent' }] });
  },
);

describe('a clock that jumps ahead by an hour', () => {
  test('in joining: machines that boot are given the time to join', async () => {
    const scene = await aGrowingCluster('joining');
    scene.replica.systemClock.jump(HOUR);
    await scene.eventually('four nodes are Ready', () => scene.cluster.readyNodes().length === 4, '3m');
    await scene.eventually('the operation is closed', () => scene.isQuiet(), '30s');
    expect(await scene.history('operation')).toMatchObject([{ phase: 'done' }]);
    expect(scene.cluster.terminations()).toEqual([]);
  });

  test('in draining: the deadline has passed, and the node is back in service', async () => {
    const scene = await aShrinkingCluster('draining');
    scene.replica.systemClock.jump(HOUR);
    await scene.eventually('the operation is closed', () => scene.isQuiet(), '2m');
    expect(await scene.history('operation')).toMatchObject([{ phase: 'rolled-back', reason: 'deadline' }]);
    expect(scene.cluster.markedNodes()).toEqual([]);
    expect(scene.cluster.terminations()).toEqual([]);
  });
});

test('what a process ran whose clock was an hour ahead is taken over as soon as any', async () => {
  const scene = await givenACluster({ nodes: 2 });
  scene.replica.systemClock.jump(HOUR);
  await scene.alertmanager.fires(highCpu({ nodes: 4 }));
  await scene.eventually('it is joining', () => phaseIs(scene, 'joining'), '20s');
  await scene.replica.kill();
  await scene.restart();
  await scene.eventually('four nodes are Ready', () => scene.cluster.readyNodes().length === 4, '3m');
  await scene.eventually('the operation is closed', () => scene.isQuiet(), '30s');
  expect(await scene.history('operation')).toMatchObject([{ phase: 'done' }]);
  expect(scene.cluster.alive()).toHaveLength(4);
});
