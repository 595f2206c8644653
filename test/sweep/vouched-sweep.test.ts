import { seededRandom } from '../../simulator/random';
import { SmartScaleError } from '../../webhook/errors';
import { TAGS } from '../../webhook/model/names';
import { FakeEc2 } from '../fakes/fake-ec2';
import { KEY, MINUTE, SECOND } from '../support/builders';
import type { World } from '../support/world';
import { killed, setUp, strays, type Setup } from './swept-world';

const HOUR = 60 * MINUTE;

/** What was asked of K3s and of EC2 that takes something away. */
function harmDone({ ec2, kubernetes }: Pick<World, 'ec2' | 'kubernetes'>): readonly string[] {
  return [
    ...ec2.requests.flatMap(({ action, params }) => (action === 'TerminateInstances' ? [JSON.stringify(params)] : [])),
    ...kubernetes.calls.filter((call) => /^(deleteNode|unmarkNode)/.test(call)),
  ];
}

/** A node that has not reported for so long, on an instance that runs. */
function partitioned(world: World, ms = 0): string {
  const id = world.alive()[0]?.id ?? '';
  world.kubernetes.setReady(id, false, world.clock.now() - ms);
  return id;
}

/** Another account, in which our tags are in use too. */
function anotherAccount({ clock }: World, count: number): FakeEc2 {
  const ec2 = new FakeEc2({ clock, random: seededRandom(7) });
  for (let i = 0; i < count; i += 1) {
    const tags = { [TAGS.cluster]: KEY.cluster, [TAGS.pool]: KEY.pool };
    const of = { imageId: 'ami-0abc', instanceType: 'm6i.large', minCount: 1, maxCount: 1 };
    ec2.cloud.runInstances({ ...of, capacityType: 'on-demand', tags });
  }
  return ec2;
}

async function withStaleMark({ world }: Setup): Promise<string> {
  const [, node] = await world.nodes();
  await world.kubernetes.markNode({ name: node?.name ?? '', uid: node?.uid ?? '' }, 'closed');
  return node?.name ?? '';
}

describe.each([
  ['nothing of ours', 0],
  ['one instance with our tags', 1],
])('an EC2 of somebody else that shows %s', (_what, theirs) => {
  it('has nothing removed, ours or theirs, however long a node has been silent', async () => {
    const setup = await setUp(4);
    const { world, lookAt, sweepFor } = setup;
    const foreign = anotherAccount(world, theirs);
    partitioned(world, 2 * HOUR);
    await withStaleMark(setup);
    lookAt(foreign);
    await world.clock.advance(20 * MINUTE);
    const report = await sweepFor(10 * MINUTE);
    expect([...harmDone(world), ...harmDone({ ...world, ec2: foreign })]).toEqual([]);
    expect(await foreign.listInstances(KEY.cluster)).toHaveLength(theirs);
    expect(report).toMatchObject({ removed: [], unvouched: { unknown: 3 } });
    expect(report?.unvouched?.message).toContain('EC2 does not know the instances of Ready nodes');
    expect(report?.unvouched?.heldBack.map(({ kind }) => kind)).toContain('dead-node');
  });
});

describe('a DescribeInstances', () => {
  it.each([0, 1, 2, 3])('that shows only %i of four has nothing removed', async (shown) => {
    const setup = await setUp(4);
    const { world, sweepFor } = setup;
    // The first two are shown longest.
    const silent = world.alive()[3]?.id ?? '';
    world.kubernetes.setReady(silent, false, world.clock.now() - 2 * HOUR);
    world.ec2.cloud.truncateAnswers(shown);
    await sweepFor(10 * MINUTE);
    expect(harmDone(world)).toEqual([]);
  });

  it('that hides nothing but a node that has just fallen silent has nothing removed', async () => {
    const { world, lookAt, sweepFor } = await setUp(4);
    const silent = partitioned(world);
    lookAt(hiding(world, silent));
    await sweepFor(50 * MINUTE);
    expect(harmDone(world)).toEqual([]);
  });

  it('is believed at the second look after it has shown everything again', async () => {
    const { world, lookAt, sweepFor } = await setUp(4);
    const [worker] = world.alive();
    await strays(world, 1);
    await sweepFor(45 * SECOND);
    lookAt(hiding(world, worker?.id ?? ''));
    expect(await sweepFor(15 * SECOND)).toMatchObject({ unvouched: { unknown: 1, heldBack: [{ kind: 'orphan' }] } });
    lookAt(world.ec2);
    expect(await sweepFor(45 * SECOND)).toMatchObject({ removed: [], unvouched: null });
    expect(world.alive()).toHaveLength(5);
    await sweepFor(30 * SECOND);
    expect(world.alive()).toHaveLength(4);
  });

  it('that fails ends the sweep', async () => {
    const { world, sweeper } = await setUp(4);
    await killed(world);
    world.ec2.failNext('DescribeInstances', 'InternalError', { after: 1 });
    await expect(sweeper.sweep()).rejects.toBeInstanceOf(SmartScaleError);
    expect(harmDone(world)).toEqual([]);
  });
});

describe('an instance that EC2 has forgotten', () => {
  it('has its Node removed an hour after its last sign of life, when EC2 knows the others', async () => {
    const { world, lookAt, sweepFor } = await setUp(4);
    const lost = partitioned(world, 50 * MINUTE);
    world.nobodyJoins = true;
    lookAt(hiding(world, lost));
    await sweepFor(9 * MINUTE);
    expect(world.kubernetes.node(lost)).toBeDefined();
    await sweepFor(3 * MINUTE);
    expect(world.kubernetes.node(lost)).toBeUndefined();
  });
});

describe('without any Ready node', () => {
  it('an orphan is left, and named; it goes when a node has come that vouches for EC2', async () => {
    const { world, sweepFor } = await setUp(0, { min: 0 });
    const [stray = ''] = await strays(world, 1);
    const report = await sweepFor(10 * MINUTE);
    expect(harmDone(world)).toEqual([]);
    expect(report?.unvouched).toMatchObject({ unknown: 0, heldBack: [{ id: `orphan/${stray}` }] });
    expect(report?.unvouched?.message).toContain(stray);
    await world.haveWorkers(1);
    expect(await sweepFor(2 * MINUTE)).toMatchObject({ unvouched: null });
    expect(world.alive().map(({ id }) => id)).not.toContain(stray);
  });

  it('a Node is removed all the same when EC2 calls its very instance terminated', async () => {
    const { world, sweepFor } = await setUp(1);
    const id = await killed(world);
    expect(await sweepFor(2 * MINUTE)).toMatchObject({ unvouched: null });
    expect(world.kubernetes.node(id)).toBeUndefined();
  });

  it('a Node whose instance EC2 does not know is left, and named', async () => {
    const { world, lookAt, sweepFor } = await setUp(1);
    const silent = partitioned(world, 2 * HOUR);
    lookAt(hiding(world, silent));
    const report = await sweepFor(10 * MINUTE);
    expect(harmDone(world)).toEqual([]);
    expect(report?.unvouched?.heldBack).toMatchObject([{ kind: 'dead-node', instanceId: silent }]);
  });

  it('marks are undone: they rest on the store alone', async () => {
    const setup = await setUp(2);
    const { world, sweeper } = setup;
    const name = await withStaleMark(setup);
    for (const { id } of world.alive()) world.kubernetes.setReady(id, false);
    expect(await sweeper.sweep()).toMatchObject({ removed: [{ kind: 'stale-mark' }], unvouched: null });
    expect(world.kubernetes.node(name)).toMatchObject({ markedBy: null });
  });
});

describe('what has once been a Ready node', () => {
  it('is no orphan when its Node object vanishes, whoever launched it', async () => {
    const { world, sweepFor } = await setUp(3);
    await sweepFor(0);
    const id = world.alive()[0]?.id ?? '';
    world.nobodyJoins = true;
    world.kubernetes.removeNode(id);
    await world.clock.advance(15 * MINUTE);
    const report = await sweepFor(10 * MINUTE);
    expect(report).toMatchObject({ removed: [], reported: [{ id: `orphan/${id}` }] });
    expect(await world.store.hasJoined(KEY, id)).toBe(true);
    expect(harmDone(world)).toEqual([]);
  });
});

describe('what was not there any more', () => {
  it('is no finding of history: a mark that somebody has undone meanwhile conflicts', async () => {
    const setup = await setUp(3);
    const { world, sweeper, sweepFor } = setup;
    const name = await withStaleMark(setup);
    world.kubernetes.raceNext(name);
    expect(await sweeper.sweep()).toMatchObject({ removed: [] });
    expect(await world.store.readHistory(KEY, { limit: 5 })).toEqual([]);
    await sweepFor(15 * SECOND);
    expect(await world.store.readHistory(KEY, { limit: 5 })).toMatchObject([{ data: { finding: 'stale-mark' } }]);
  });
});

/** EC2 as it is but for one instance. */
function hiding({ ec2 }: World, hidden: string): World['ec2'] {
  const seen = Object.create(ec2) as World['ec2'];
  seen.listInstances = async (cluster) => (await ec2.listInstances(cluster)).filter(({ id }) => id !== hidden);
  seen.describeInstances = async (ids) => (await ec2.describeInstances(ids)).filter(({ id }) => id !== hidden);
  return seen;
}
