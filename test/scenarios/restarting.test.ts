import { isClosed } from '../../webhook/model/operation';
import { highCpu, idle } from './support/alerts';
import { KEY, SECOND, aScaleUp } from '../support/builders';
import { givenACluster, type Scene } from './support/scene';

async function phaseIs(scene: Scene, phase: string): Promise<boolean> {
  return Object.values((await scene.state()).operations).some((it) => it.phase === phase && !isClosed(it));
}

describe.each([
  ['stopped', (scene: Scene) => scene.replica.stop()],
  ['killed', (scene: Scene) => scene.replica.kill()],
])('a process that is %s', (_how, end) => {
  test.each(['accepted', 'launching', 'joining'])(
    'in %s: the next one goes on, and the ending is the same',
    async (phase) => {
      const scene = await givenACluster({ nodes: 2 });
      if (phase !== 'joining') scene.cluster.ec2.hangNext('CreateFleet', 1);
      await scene.alertmanager.fires(highCpu({ nodes: 4 }));
      const at = phase === 'accepted' ? 'launching' : phase;
      await scene.eventually(`it is ${at}`, () => phaseIs(scene, at), '20s');
      const ended = end(scene);
      scene.cluster.ec2.releaseHung();
      await ended;
      await scene.passes('20s');
      await scene.restart();
      await scene.eventually('four nodes are Ready', () => scene.cluster.readyNodes().length === 4, '3m');
      await scene.eventually('the operation is closed', () => scene.isQuiet(), '1m');
      await scene.passes('20m');
      expect(scene.cluster.alive()).toHaveLength(4);
      expect(await scene.history('operation')).toMatchObject([{ phase: 'done' }]);
    },
  );

  test.each(['cordoned', 'draining', 'terminating'])(
    'in %s: the next one goes on, and no node stays cordoned',
    async (phase) => {
      const scene = await givenACluster({ nodes: 3 });
      scene.cluster.runs('shop', 3, { cpu: '300m', stopSeconds: 10 });
      await scene.passes('30s');
      const spare = idle({ nodes: 2 });
      await scene.alertmanager.fires(spare);
      await scene.eventually(`it is ${phase}`, () => phaseIs(scene, phase), '1m');
      await end(scene);
      await scene.passes('1m');
      await scene.restart();
      await scene.eventually('the operation is closed', () => scene.isQuiet(), '5m');
      expect(await scene.history('operation')).toMatchObject([{ kind: 'scale-down', phase: 'done' }]);
      expect(scene.cluster.nodes()).toHaveLength(2);
      expect(scene.cluster.markedNodes()).toEqual([]);
      expect(scene.cluster.podsOf('shop')).toEqual({ running: 3, pending: 0 });
    },
  );
});

describe('a scale-up that was accepted right before its process died', () => {
  async function restartsAfterwards(alertmanager: (scene: Scene) => void): Promise<Scene> {
    const scene = await givenACluster({ nodes: 2, started: false });
    const now = scene.clock.now();
    const accepted = aScaleUp('lost0000000', { acceptedAt: now, phaseAt: now, ownerUntil: now + 30 * SECOND });
    await scene.store.accept(KEY, { version: 0, operations: [accepted], cancel: [], upAcceptedAt: now });
    await scene.passes('40s');
    alertmanager(scene);
    await scene.restart();
    await scene.eventually('the operation is closed', () => scene.isQuiet(), '3m');
    return scene;
  }

  test('goes on while its alert is active, although the next process has heard of none', async () => {
    const scene = await restartsAfterwards(({ alertmanager }) => alertmanager.knows(highCpu({ nodes: 3 })));
    expect(await scene.history('operation')).toMatchObject([{ phase: 'done' }]);
    expect(scene.cluster.readyNodes()).toHaveLength(3);
  });

  test('is cancelled when nobody wants it any more: nothing is launched, and no launch has failed', async () => {
    const scene = await restartsAfterwards(() => undefined);
    expect(await scene.history('operation')).toMatchObject([{ phase: 'rolled-back', reason: 'no-longer-wanted' }]);
    expect(scene.cluster.fleets()).toEqual([]);
    expect(await scene.health()).toMatchObject({ cooldownSeconds: { up: 0, backoff: 0 }, circuit: { failures: 0 } });
  });
});

test('what a dead process ran is taken over by the one beside it, once its hold has run out', async () => {
  const scene = await givenACluster({ nodes: 2, replicas: 2 });
  await scene.alertmanager.fires(highCpu({ nodes: 4 }));
  await scene.eventually('they are launched', () => phaseIs(scene, 'joining'), '10s');
  const [first, second] = scene.replicas;
  await first?.kill();
  await scene.eventually('four nodes are Ready', () => scene.cluster.readyNodes().length === 4, '2m');
  await scene.eventually('the operation is closed', () => scene.isQuiet(), '1m');
  expect(second?.logged('took over operation')).toHaveLength(1);
  expect(scene.cluster.fleets()).toEqual([2]);
});

test('a replica that lives is never robbed of its operation', async () => {
  const scene = await givenACluster({ nodes: 2, replicas: 2 });
  scene.cluster.world.perform({ kind: 'never-joins', next: 1 });
  await scene.alertmanager.fires(highCpu({ nodes: 3 }));
  await scene.passes('9m');
  expect(scene.replicas.flatMap((replica) => replica.logged('took over operation'))).toEqual([]);
});

test('a start beside nodes of a former run takes them as they are', async () => {
  const scene = await givenACluster({ nodes: 4 });
  await scene.passes('30m');
  expect(scene.cluster.fleets()).toEqual([]);
  expect(scene.cluster.terminations()).toEqual([]);
  expect(await scene.decisions()).toEqual(['hold nothing-asked nobody']);
});
