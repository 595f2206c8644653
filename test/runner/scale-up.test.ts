import type { ScaleUp } from '../../webhook/model/operation';
import { KEY, MINUTE, NOW, SECOND, aPolicy, aScaleUp } from '../support/builders';
import { SmartScaleError } from '../../webhook/errors';
import { intercepted } from '../support/crash';
import { World, worldPolicy, type Replica } from '../support/world';

const replicas: Replica[] = [];

async function setUp(operation: Partial<ScaleUp> = {}, world = new World().isAskedFor(3)): Promise<World> {
  await world.open(aScaleUp('up', { planned: 3, acceptedAt: NOW, phaseAt: NOW, ...operation }));
  replicas.push(await world.startReplica('replica-a'));
  return world;
}

afterEach(async () => {
  await Promise.all(replicas.splice(0).map((replica) => replica.stop()));
});

const fleets = (world: World) => world.ec2.requests.filter((it) => it.action === 'CreateFleet');

describe('a scale-up', () => {
  it('ends done when all its nodes are Ready, having asked EC2 once', async () => {
    const world = await setUp({ podSet: '1-abc' });
    expect(await world.untilClosed('up')).toMatchObject({ phase: 'done', planned: 3 });
    expect(world.alive()).toHaveLength(3);
    expect((await world.nodes()).filter((node) => node.ready)).toHaveLength(3);
    expect(fleets(world)).toHaveLength(1);
  });

  it('leaves the stamps of its clocks, and what joined is remembered', async () => {
    const world = await setUp({ podSet: '1-abc' });
    await world.untilClosed('up');
    const state = await world.store.readPool(KEY);
    expect(state).toMatchObject({ upClosedAt: state.closedAt, servedPods: { podSet: '1-abc' }, operations: {} });
    expect(state).not.toHaveProperty('backoff');
    for (const { id } of world.alive()) expect(await world.store.hasJoined(KEY, id)).toBe(true);
  });

  it('tags what it launches, so that it can be found again', async () => {
    const world = await setUp();
    await world.untilClosed('up');
    expect(world.alive()[0]?.tags).toMatchObject({
      'smartscale:cluster': 'shop',
      'smartscale:pool': 'workers',
      'smartscale:operation': 'up',
      'smartscale:attempt': 'up.1',
    });
  });

  it('rolls back after a definite no, and starts the back-off', async () => {
    const world = new World().isAskedFor(3);
    world.ec2.failNext('CreateFleet', 'VcpuLimitExceeded');
    await setUp({}, world);
    expect(await world.untilClosed('up')).toMatchObject({ phase: 'rolled-back', reason: 'ec2-quota', planned: 0 });
    expect(world.ec2.instances).toEqual([]);
    const { backoff, closedAt = 0 } = await world.store.readPool(KEY);
    expect(backoff).toEqual({ failures: 1, until: closedAt + 30 * SECOND, cause: 'ec2-quota' });
  });

  it('makes do with a part of the fleet', async () => {
    const world = new World().isAskedFor(3);
    for (const type of world.policy.launch.instanceTypes) {
      for (const { zone } of world.policy.launch.subnets) {
        world.ec2.cloud.setCapacity({ capacityType: 'on-demand', type, zone }, 0);
      }
    }
    const { zone = '' } = world.policy.launch.subnets[0] ?? {};
    world.ec2.cloud.setCapacity({ capacityType: 'on-demand', type: 'm6i.large', zone }, 2);
    await setUp({ planned: 3 }, world);
    expect(await world.untilClosed('up')).toMatchObject({ phase: 'done', planned: 2 });
    expect(world.alive()).toHaveLength(2);
  });

  it('asks with the same token when the reply was lost, and launches one set', async () => {
    const world = new World().isAskedFor(3);
    world.ec2.loseNextReply('CreateFleet', 2);
    await setUp({}, world);
    expect(await world.untilClosed('up')).toMatchObject({ phase: 'done', planned: 3 });
    expect(new Set(fleets(world).map((it) => it.params['token'])).size).toBe(1);
    expect(world.ec2.instances).toHaveLength(3);
  });

  it('keeps asking while EC2 cannot be reached, and keeps the operation although another replica is there', async () => {
    const world = new World().isAskedFor(3);
    world.ec2.makeUnreachable();
    const slow = intercepted(world.ec2, async (name, act) => {
      if (name === 'createFleet') await world.clock.sleep(3 * SECOND);
      return act();
    });
    await world.open(aScaleUp('up', { planned: 3 }));
    const wires = { store: world.store, kubernetes: world.kubernetes, ec2: slow };
    replicas.push(await world.startReplica('replica-a', wires), await world.startReplica('replica-b'));
    for (let second = 0; second < 300; second += 1) {
      await world.clock.advance(SECOND);
      const { owner, ownerUntil = 0 } = (await world.operation('up')) ?? {};
      expect(owner).toBe('replica-a');
      expect(ownerUntil - world.clock.now()).toBeGreaterThan(3 * SECOND);
    }
    world.ec2.makeUnreachable(false);
    expect(await world.untilClosed('up')).toMatchObject({ phase: 'done' });
    expect(world.ec2.instances).toHaveLength(3);
  });

  it('goes on at its usual pace once a failing store answers again', async () => {
    const world = await setUp();
    world.nobodyJoins = true;
    await world.until<ScaleUp>('up', (it) => it.phase === 'joining');
    world.store.failWith(new SmartScaleError('store-unreachable', 'timeout'));
    await world.clock.advance(3 * MINUTE);
    world.store.failWith(null);
    await world.clock.advance(30 * SECOND);
    world.nobodyJoins = false;
    await world.clock.advance(6 * SECOND);
    expect(await world.ending('up')).toMatchObject({ phase: 'done' });
  });

  it('terminates at the deadline what never joined, keeps what joined, and leaves nothing else', async () => {
    const world = await setUp();
    const { instances } = await world.until<ScaleUp>('up', (it) => it.phase === 'joining');
    const [lost = ''] = instances.map((it) => it.id);
    world.neverJoin.add(lost);
    const ending = await world.untilClosed('up');
    expect(ending).toMatchObject({
      phase: 'rolled-back',
      reason: 'not-registered',
      detail: expect.stringContaining(lost) as string,
    });
    expect(world.alive().map((it) => it.id)).toEqual(instances.map((it) => it.id).filter((id) => id !== lost));
    expect((await world.nodes()).map((node) => node.name)).not.toContain(lost);
  });

  it('terminates nothing while the API server is away, though the deadline passes, nor within 120 s of its return', async () => {
    const world = await setUp();
    world.nobodyJoins = true;
    await world.until<ScaleUp>('up', (it) => it.phase === 'joining');
    world.kubernetes.unreachable = true;
    await world.clock.advance(20 * MINUTE);
    expect(world.alive()).toHaveLength(3);
    world.kubernetes.unreachable = false;
    await world.clock.advance(115 * SECOND);
    expect(world.alive()).toHaveLength(3);
    world.nobodyJoins = false;
    expect(await world.untilClosed('up')).toMatchObject({ phase: 'done' });
  });

  it('rolls back when an instance is ended from outside before it joined', async () => {
    const world = await setUp({ planned: 1 });
    const { instances } = await world.until<ScaleUp>('up', (it) => it.phase === 'joining');
    world.ec2.terminateByHand(instances[0]?.id ?? '');
    expect(await world.untilClosed('up')).toMatchObject({ phase: 'rolled-back', reason: 'instance-ended' });
    expect(world.alive()).toEqual([]);
  });

  it('ends one that joins too late, with its Node', async () => {
    const world = new World(worldPolicy({ deadline: { ...aPolicy().deadline, join: 2 * MINUTE } }));
    world.nobodyJoins = true;
    await setUp({ planned: 1 }, world);
    const { instances } = await world.until<ScaleUp>('up', (it) => it.phase === 'rolling-back');
    const id = instances[0]?.id ?? '';
    world.kubernetes.addNode({ name: id, instanceId: id });
    expect(await world.untilClosed('up')).toMatchObject({ phase: 'rolled-back' });
    expect(world.alive()).toEqual([]);
    expect(await world.nodes()).toEqual([]);
  });

  it('does nothing more once its replica is stopped', async () => {
    const world = await setUp();
    await world.until<ScaleUp>('up', (it) => it.phase === 'joining');
    await replicas[0]?.stop();
    const { revision } = (await world.operation('up')) ?? { revision: 0 };
    await world.clock.advance(10 * MINUTE);
    expect(await world.operation('up')).toMatchObject({ phase: 'joining', revision });
  });
});
