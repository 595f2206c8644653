import { holdPods } from '../support/held-pods';
import type { Operation } from '../../webhook/model/operation';
import { eventually } from './support/eventually';
import { OPENING, Scene } from './support/scene';
import { PODS_A_NODE } from './support/shop';

/** Of an operation's owner, real time: how long a successor must wait after a SIGKILL. */
const OWNER_LEASE = '2s';

describe('a webhook that gets SIGKILL', () => {
  let scene: Scene;

  beforeAll(async () => {
    scene = await Scene.open({
      config: { ownerLease: OWNER_LEASE },
      pool: { min: 1, cooldown: { down: '30s' } },
      shop: { pods: PODS_A_NODE },
    });
  }, OPENING);

  afterAll(() => scene.close());

  /** The only open operation of the kind. */
  async function operation(kind: Operation['kind']): Promise<Operation | undefined> {
    const open = (await scene.openOperations()).filter((it) => it.kind === kind);
    expect(open.length).toBeLessThan(2);
    return open[0];
  }

  /** Kills it at the moment EC2 does this to an instance: before the service can hear that it was done. */
  function killWhenInstanceIs(state: 'pending' | 'shutting-down'): Promise<void> {
    return new Promise((resolve) => {
      const stopListening = scene.world.cloud.onChange(({ instance }) => {
        if (instance.state !== state) return;
        stopListening();
        resolve(scene.webhook.kill());
      });
    });
  }

  async function killIn(kind: Operation['kind'], phase: Operation['phase']): Promise<Operation> {
    const found = await eventually(`a ${kind} in ${phase}`, async () => {
      const one = await operation(kind);
      return one?.phase === phase && one;
    });
    await scene.webhook.kill();
    return found;
  }

  /** What was asked for is what was launched, by one token an operation. */
  async function everythingLaunchedOnce(): Promise<void> {
    const ups = (await scene.closedOperations()).filter((it) => it.kind === 'scale-up');
    expect(scene.launched).toHaveLength(ups.reduce((sum, { planned }) => sum + planned, 0));
    expect(scene.launchRounds()).toHaveLength(ups.length);
  }

  it('in launching, twice: EC2 launches once, and what the lost answer named joins', async () => {
    const { gate } = scene.world.cloud;
    gate.hangNext('CreateFleet');
    scene.shopHas(2 * PODS_A_NODE);
    await eventually('a request that EC2 has not answered', () => scene.launchRounds().length === 2);
    await scene.webhook.kill();
    gate.releaseHung();
    expect(scene.launched).toHaveLength(1);

    const killed = killWhenInstanceIs('pending');
    await scene.webhook.start();
    await killed;
    expect(scene.launched).toHaveLength(2);
    const left = await operation('scale-up');
    expect(left).toMatchObject({ phase: 'launching', attempt: 1, answered: false, planned: 1 });

    await scene.webhook.start();
    await scene.comesToRestWith(2);
    expect(await scene.closedOperations()).toContainEqual(
      expect.objectContaining({ id: left?.id, phase: 'done', planned: 1 }),
    );
    await everythingLaunchedOnce();
  }, 90_000);

  it('in joining: what was launched joins', async () => {
    scene.shopHas(3 * PODS_A_NODE);
    const left = await killIn('scale-up', 'joining');
    await scene.webhook.start();
    await scene.comesToRestWith(3);
    expect(await scene.closedOperations()).toContainEqual(
      expect.objectContaining({ id: left.id, phase: 'done', planned: 1 }),
    );
    await everythingLaunchedOnce();
  }, 90_000);

  it('in draining: the drain goes on to its end', async () => {
    // One pod a node, which the drain waits for until the test lets go.
    scene.shopHas(0);
    await eventually('a shop without pods', () => shopPods() === 0);
    scene.shopHas(3);
    await eventually('three pods', () => shopPods() === 3);
    holdPods(scene.world.cluster, 'shop');
    await scene.alertAfter('Idle', '30s');
    const left = await killIn('scale-down', 'draining');
    const node = left.kind === 'scale-down' ? left.node?.name : undefined;
    expect(scene.marked()).toEqual([node]);
    // Enough for two nodes: no second drain follows.
    scene.shopHas(6);

    await scene.webhook.start();
    await eventually('a successor', async () => (await operation('scale-down'))?.owner !== left.owner);
    holdPods(scene.world.cluster, 'shop', false);
    await scene.comesToRestWith(2);
    expect(scene.alive().map(({ id }) => id)).not.toContain(node);
    expect(await scene.closedOperations()).toContainEqual(expect.objectContaining({ id: left.id, phase: 'done' }));
    await everythingLaunchedOnce();
  }, 90_000);

  it('in terminating: instance and node are gone in the end', async () => {
    const killed = killWhenInstanceIs('shutting-down');
    scene.shopHas(3);
    await killed;
    const left = await operation('scale-down');
    expect(left).toMatchObject({ phase: 'terminating' });
    expect(left).not.toHaveProperty('terminateSentAt');

    await scene.webhook.start();
    await scene.comesToRestWith(1);
    expect(await scene.closedOperations()).toContainEqual(expect.objectContaining({ id: left?.id, phase: 'done' }));
    await everythingLaunchedOnce();
  }, 90_000);

  it('leaves nothing behind: five operations, five deaths, every pod in its place', async () => {
    const phases = (await scene.closedOperations()).map(({ phase }) => phase);
    expect(phases).toEqual(['done', 'done', 'done', 'done', 'done']);
    await eventually('pods that run', () => {
      expect(scene.world.cluster.pods().filter(({ status }) => status.phase !== 'Running')).toEqual([]);
      return shopPods() === 3;
    });
  }, 60_000);

  function shopPods(): number {
    return scene.world.cluster.pods().filter(({ metadata }) => metadata.labels?.['app'] === 'shop').length;
  }
});
