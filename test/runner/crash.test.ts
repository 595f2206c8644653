import type { Operation, ScaleUp } from '../../webhook/model/operation';
import { KEY, MINUTE, NOW, SECOND, aPolicy, aScaleDown, aScaleUp } from '../support/builders';
import { MortalWires, intercepted, type Moment } from '../support/crash';
import { LEASE, World, worldPolicy, type Replica } from '../support/world';

interface Story {
  readonly name: string;
  readonly begin: () => Promise<World>;
  readonly operation: Operation;
}

const accepted = { acceptedAt: NOW, phaseAt: NOW, ownerUntil: NOW + LEASE };

async function threeWorkers(world: World): Promise<World> {
  for (const node of await world.haveWorkers(3)) world.kubernetes.addPod({ name: `app-${node}`, node });
  return world;
}

const STORIES: readonly Story[] = [
  {
    name: 'a scale-up that joins',
    begin: () => Promise.resolve(new World().isAskedFor(2)),
    operation: aScaleUp('op', { planned: 2, ...accepted }),
  },
  {
    name: 'a scale-up that is refused',
    begin: () => {
      const world = new World().isAskedFor(2);
      world.ec2.failNext('CreateFleet', 'VcpuLimitExceeded', { times: 100 });
      return Promise.resolve(world);
    },
    operation: aScaleUp('op', { planned: 2, ...accepted }),
  },
  {
    name: 'a scale-up that never joins',
    begin: () => {
      const world = new World(worldPolicy({ deadline: { ...aPolicy().deadline, join: MINUTE } })).isAskedFor(2);
      world.nobodyJoins = true;
      return Promise.resolve(world);
    },
    operation: aScaleUp('op', { planned: 2, ...accepted }),
  },
  {
    name: 'a scale-up that nobody wants any more once it can begin',
    begin: () => Promise.resolve(new World()),
    operation: aScaleUp('op', { planned: 2, ...accepted, acceptedAt: NOW - MINUTE }),
  },
  {
    name: 'a scale-down',
    begin: () => threeWorkers(new World()),
    operation: aScaleDown('op', { ...accepted, deadline: NOW + 5 * MINUTE }),
  },
  {
    name: 'a scale-down that a budget stops',
    begin: () => {
      const world = new World(worldPolicy({ deadline: { ...aPolicy().deadline, drain: MINUTE } }));
      world.kubernetes.budgets.push({ name: 'keep', namespace: 'default', labels: {}, allowed: 1, contested: true });
      return threeWorkers(world);
    },
    operation: aScaleDown('op', { ...accepted, deadline: NOW + 5 * MINUTE }),
  },
];

/** What must be the same however it went. */
async function outcome(world: World, ending: Record<string, unknown>) {
  const nodes = await world.nodes();
  const pods = await world.kubernetes.listPods();
  const state = await world.store.readPool(KEY);
  return {
    phase: ending['phase'],
    reason: ending['reason'],
    alive: world.alive().length,
    launched: world.ec2.instances.length,
    tokens: new Set(world.ec2.requests.filter((it) => it.action === 'CreateFleet').map((it) => it.params['token']))
      .size,
    nodes: nodes.length,
    marked: nodes.filter((node) => node.cordoned || node.markedBy !== null || node.taints.length > 0).length,
    pods: pods.length,
    open: Object.keys(state.operations).length,
    failures: state.backoff?.failures ?? 0,
    upClock: state.upClosedAt !== undefined,
    rows: (await world.store.readHistory(KEY, { limit: 100 })).filter((row) => row.kind === 'operation').length,
  };
}

async function play(story: Story, dies: number, moment: Moment) {
  const world = await story.begin();
  await world.open(story.operation);
  const wires = new MortalWires(world, dies, moment);
  const replicas: Replica[] = [await world.startReplica('replica-a', wires), await world.startReplica('replica-b')];
  const ending = await world.untilClosed('op', 60 * MINUTE);
  const result = await outcome(world, ending);
  await Promise.all(replicas.slice(wires.dead ? 1 : 0).map((replica) => replica.stop()));
  return { result, wires };
}

describe('killed between any two effects, another replica brings it to the same end', () => {
  it.each(STORIES)('$name', async (story) => {
    const { result: expected, wires } = await play(story, Infinity, 'before');
    expect(wires.dead).toBe(false);
    expect(wires.effects.length).toBeGreaterThan(1);
    expect(expected).toMatchObject({ marked: 0, open: 0, rows: 1 });
    expect(expected.tokens).toBeLessThanOrEqual(1);
    const effects = Math.min(wires.effects.length, 40);
    for (let dies = 1; dies <= effects; dies += 1) {
      for (const moment of ['before', 'after'] as const) {
        const { result, wires: broken } = await play(story, dies, moment);
        const where = `killed ${moment} effect ${dies}, ${wires.effects[dies - 1]}`;
        expect({ where, dead: broken.dead, ...result }).toEqual({ where, dead: true, ...expected });
      }
    }
  });
});

describe('taking over', () => {
  it('waits until the owner has been silent for its whole lease', async () => {
    const world = new World().isAskedFor(2);
    await world.open(aScaleUp('op', accepted));
    const replica = await world.startReplica('replica-b');
    await world.clock.advance(LEASE - 1);
    expect(await world.operation('op')).toMatchObject({ owner: 'replica-a', revision: 1 });
    await world.clock.advance(15 * SECOND + 1);
    expect(await world.operation('op')).toMatchObject({ owner: 'replica-b' });
    await replica.stop();
  });

  it('leaves the old owner nothing to write', async () => {
    const world = new World().isAskedFor(2);
    world.ec2.hangNext('CreateFleet');
    await world.open(aScaleUp('op', accepted));
    const writes: string[] = [];
    const spied = intercepted(world.store, async (name, act) => {
      const answer = await act();
      if (name === 'saveOperation') writes.push(String(answer));
      return answer;
    });
    const old = await world.startReplica('replica-a', { store: spied, ec2: world.ec2, kubernetes: world.kubernetes });
    await world.until<ScaleUp>('op', (it) => it.attempt === 1);
    const fresh = await world.startReplica('replica-b');
    const taken = await world.until<ScaleUp>('op', (it) => it.owner === 'replica-b' && it.answered);
    writes.length = 0;
    world.ec2.releaseHung();
    await world.clock.advance(MINUTE);
    expect(writes).toEqual(['lost']);
    expect(taken.instances).toHaveLength(1);
    expect(world.ec2.instances).toHaveLength(1);
    await Promise.all([old.stop(), fresh.stop()]);
  });

  it('is not needed by a replica that is back under the same name', async () => {
    const world = new World().isAskedFor(2);
    await world.open(aScaleUp('op', accepted));
    const first = await world.startReplica('replica-a');
    await world.until<ScaleUp>('op', (it) => it.phase === 'joining');
    await first.stop();
    const second = await world.startReplica('replica-a');
    expect(await world.untilClosed('op')).toMatchObject({ phase: 'done', owner: 'replica-a' });
    await second.stop();
  });

  it('is given to one of two that try', async () => {
    const world = new World().isAskedFor(2);
    await world.open(aScaleUp('op', { ...accepted, planned: 2, ownerUntil: NOW }));
    const both = await Promise.all([world.startReplica('replica-b'), world.startReplica('replica-c')]);
    expect(await world.untilClosed('op')).toMatchObject({ phase: 'done' });
    expect(world.ec2.instances).toHaveLength(2);
    expect(both.flatMap((replica) => replica.closed)).toHaveLength(1);
    await Promise.all(both.map((replica) => replica.stop()));
  });
});

describe('closing', () => {
  it('counts as done when its reply was lost', async () => {
    const world = new World().isAskedFor(2);
    await world.open(aScaleUp('op', accepted));
    const close = world.store.closeOperation.bind(world.store);
    world.store.closeOperation = (...args) => {
      world.store.loseNextReply();
      return close(...args);
    };
    const replica = await world.startReplica('replica-a');
    await world.untilClosed('op');
    expect(replica.closed.map((it) => it.id)).toEqual(['op']);
    await replica.stop();
  });

  it('is tried again when a decision was accepted in between', async () => {
    const world = new World().isAskedFor(2);
    await world.open(aScaleUp('op', accepted));
    let raced = false;
    const close = world.store.closeOperation.bind(world.store);
    world.store.closeOperation = async (...args) => {
      if (!raced) await world.open(aScaleUp('other', { ...accepted, owner: 'nobody', ownerUntil: NOW + 60 * MINUTE }));
      raced = true;
      return close(...args);
    };
    const replica = await world.startReplica('replica-a');
    expect(await world.untilClosed('op')).toMatchObject({ phase: 'done' });
    expect(Object.keys((await world.store.readPool(KEY)).operations)).toEqual(['other']);
    await replica.stop();
  });
});
