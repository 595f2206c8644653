import { SmartScaleError } from '../../webhook/errors';
import { KEY, MINUTE, SECOND, aDrain, aScaleUp } from '../support/builders';
import { killed, setUp, strays } from './swept-world';

describe('an orphan', () => {
  it('is terminated when two looks 60 s apart agree, and not before', async () => {
    const { world, sweepFor, reports } = await setUp(3);
    const [stray = ''] = await strays(world, 1);
    await sweepFor(45 * SECOND);
    expect(world.alive().map((it) => it.id)).toContain(stray);
    await sweepFor(15 * SECOND);
    expect(world.alive().map((it) => it.id)).not.toContain(stray);
    expect(world.alive()).toHaveLength(3);
    expect(reports.flatMap((report) => report.removed.map((it) => it.id))).toEqual([`orphan/${stray}`]);
    expect(await world.store.readHistory(KEY, { limit: 5 })).toMatchObject([
      { kind: 'sweep', data: { finding: 'orphan', what: `orphan/${stray}` } },
    ]);
  });

  it('that once joined is reported, never removed', async () => {
    const { world, sweepFor } = await setUp(3);
    const [stray = ''] = await strays(world, 1);
    await world.store.putJoined(KEY, stray, 0);
    const report = await sweepFor(5 * MINUTE);
    expect(report).toMatchObject({ removed: [], reported: [{ id: `orphan/${stray}` }], refused: [] });
    expect(world.alive()).toHaveLength(4);
  });

  it('that an open operation names by its tag is left', async () => {
    const { world, sweepFor } = await setUp(3);
    await strays(world, 1);
    await world.open(aScaleUp('forgotten', { phase: 'launching' }));
    expect(await sweepFor(5 * MINUTE)).toMatchObject({ removed: [], reported: [] });
  });

  it('is nothing whose operation closed a second ago: the sixty seconds begin with the first look that finds it', async () => {
    const { world, sweepFor } = await setUp(3);
    await strays(world, 1);
    await world.open(aScaleUp('forgotten', { phase: 'joining' }));
    await sweepFor(5 * MINUTE);
    const { version } = await world.store.readPool(KEY);
    const closed = aScaleUp('forgotten', { phase: 'done', revision: 2 });
    const seen = { version, revision: 1, owner: closed.owner };
    expect(await world.store.closeOperation(KEY, closed, seen, { closedAt: world.clock.now() })).toBe('written');
    await world.clock.advance(SECOND);
    expect(await sweepFor(45 * SECOND)).toMatchObject({ removed: [] });
    expect(world.alive()).toHaveLength(4);
    await sweepFor(15 * SECOND);
    expect(world.alive()).toHaveLength(3);
  });

  it('is looked at anew after a gap in the observations', async () => {
    const { world, sweeper, sweepFor } = await setUp(3);
    await strays(world, 1);
    await sweeper.sweep();
    await world.clock.advance(10 * MINUTE);
    expect(await sweeper.sweep()).toMatchObject({ removed: [] });
    expect(world.alive()).toHaveLength(4);
    await sweepFor(MINUTE);
    expect(world.alive()).toHaveLength(3);
  });
});

describe('a dead Node', () => {
  it('is removed when EC2, asked by id, says it is gone, twice, 60 s apart', async () => {
    const { world, sweepFor } = await setUp(3);
    const id = await killed(world);
    await sweepFor(45 * SECOND);
    expect(world.kubernetes.node(id)).toBeDefined();
    await sweepFor(15 * SECOND);
    expect(world.kubernetes.node(id)).toBeUndefined();
    expect(await world.nodes()).toHaveLength(2);
  });

  it('is left when its instance lives, though it is not in the list of ours', async () => {
    const { world, sweepFor } = await setUp(2);
    const { template, subnets } = world.policy.launch;
    const answer = await world.ec2.createFleet(
      {
        template,
        overrides: subnets.map((it) => ({ instanceType: 'm6i.large', subnetId: it.id, zone: it.zone })),
        count: 1,
        capacity: 'on-demand',
        tags: {},
      },
      'theirs',
    );
    const theirs = answer.kind === 'launched' ? (answer.instances[0]?.id ?? '') : '';
    world.kubernetes.addNode({ name: theirs, instanceId: theirs, ready: false });
    expect(await sweepFor(5 * MINUTE)).toMatchObject({ removed: [], reported: [] });
    expect(world.kubernetes.node(theirs)).toBeDefined();
  });

  it('is left while its instance shuts down', async () => {
    const { world, sweeper } = await setUp(3);
    const id = world.alive()[0]?.id ?? '';
    world.ec2.terminateByHand(id);
    world.kubernetes.setReady(id, false);
    await sweeper.sweep();
    expect(world.ec2.instances.find((it) => it.id === id)?.state).toBe('shutting-down');
    expect(world.kubernetes.node(id)).toBeDefined();
  });
});

describe('a mark', () => {
  it('of a closed or unknown operation is undone at once', async () => {
    const { world, sweeper } = await setUp(3);
    const id = world.alive()[0]?.id ?? '';
    const uid = world.kubernetes.node(id)?.uid ?? '';
    await world.kubernetes.markNode({ name: id, uid }, 'closed');
    expect(await sweeper.sweep()).toMatchObject({ removed: [{ kind: 'stale-mark' }] });
    expect(world.kubernetes.node(id)).toMatchObject({ cordoned: false, markedBy: null, taints: [] });
  });

  it('of an open operation stays', async () => {
    const { world, sweepFor } = await setUp(3);
    const id = world.alive()[0]?.id ?? '';
    const uid = world.kubernetes.node(id)?.uid ?? '';
    await world.kubernetes.markNode({ name: id, uid }, 'open');
    await world.open(aDrain('open', id, { node: { name: id, uid, instanceId: id } }));
    await sweepFor(5 * MINUTE);
    expect(world.kubernetes.node(id)).toMatchObject({ markedBy: 'open' });
  });

  it('is not what a person has cordoned', async () => {
    const { world, sweepFor } = await setUp(3);
    const id = world.alive()[0]?.id ?? '';
    world.kubernetes.cordon(id);
    await sweepFor(5 * MINUTE);
    expect(world.kubernetes.node(id)?.cordoned).toBe(true);
  });
});

describe('a view that may be wrong', () => {
  it('touches nothing when it would remove more than one of a small pool, and says so', async () => {
    const { world, sweepFor } = await setUp(4);
    await strays(world, 2);
    expect(await sweepFor(5 * MINUTE)).toMatchObject({
      removed: [],
      refused: [{ pool: 'workers', removals: 2, size: 4 }],
    });
    expect(world.alive()).toHaveLength(6);
  });

  it('touches not even marks then: what it knows of operations may be just as wrong', async () => {
    const { world, sweepFor } = await setUp(4);
    const id = world.alive()[0]?.id ?? '';
    await strays(world, 2);
    await sweepFor(90 * SECOND + 15 * MINUTE);
    await world.kubernetes.markNode({ name: id, uid: world.kubernetes.node(id)?.uid ?? '' }, 'closed');
    expect(await sweepFor(15 * SECOND)).toMatchObject({ removed: [], refused: [{ removals: 2 }] });
    expect(world.kubernetes.node(id)).toMatchObject({ cordoned: true, markedBy: 'closed' });
  });

  it('removes up to a fifth of a large pool', async () => {
    const { world, sweepFor } = await setUp(10);
    await strays(world, 2);
    await sweepFor(2 * MINUTE);
    expect(world.alive()).toHaveLength(10);
  });

  it('counts only what it would touch: what is left to a person holds nothing back', async () => {
    const { world, sweepFor } = await setUp(4);
    const [once = '', twice = ''] = await strays(world, 3);
    await world.store.putJoined(KEY, once, 0);
    await world.store.putJoined(KEY, twice, 0);
    const report = await sweepFor(5 * MINUTE);
    expect(report).toMatchObject({ refused: [], reported: [{ kind: 'orphan' }, { kind: 'orphan' }] });
    expect(world.alive()).toHaveLength(6);
  });

  it('still undoes marks', async () => {
    const { world, sweepFor } = await setUp(4);
    await strays(world, 2);
    const [node] = await world.nodes();
    await world.kubernetes.markNode({ name: node?.name ?? '', uid: node?.uid ?? '' }, 'closed');
    await sweepFor(2 * MINUTE);
    expect((await world.nodes()).filter((it) => it.markedBy !== null)).toEqual([]);
  });

  it('does nothing without a complete observation', async () => {
    const { world, sweeper, reports } = await setUp(3);
    await strays(world, 1);
    world.kubernetes.unreachable = true;
    expect(await sweeper.sweep()).toBeNull();
    expect(reports).toEqual([]);
  });

  it('does nothing when the store does not tell which operations are open', async () => {
    const { world, sweeper } = await setUp(3);
    const [node] = await world.nodes();
    await world.kubernetes.markNode({ name: node?.name ?? '', uid: node?.uid ?? '' }, 'open');
    world.store.failWith(new SmartScaleError('store-unreachable', 'timeout'));
    await expect(sweeper.sweep()).rejects.toMatchObject({ code: 'store-unreachable' });
    expect(world.kubernetes.node(node?.name ?? '')).toMatchObject({ markedBy: 'open' });
  });
});

describe('a lease that runs out in the middle of a sweep', () => {
  /** Two stale marks, and a lease that ends while the first is undone; `again`: nobody else has taken it. */
  async function oversleeps(again: boolean) {
    let held = true;
    const renew = () => Promise.resolve((held = again));
    const { world, sweeper } = await setUp(3, {}, { lease: { isHeld: () => held, renew } });
    for (const { name, uid } of (await world.nodes()).slice(0, 2)) {
      await world.kubernetes.markNode({ name, uid }, 'closed');
    }
    const unmark = world.kubernetes.unmarkNode.bind(world.kubernetes);
    world.kubernetes.unmarkNode = (...args) => {
      held = false;
      return unmark(...args);
    };
    const report = await sweeper.sweep();
    const marked = (await world.nodes()).filter(({ markedBy }) => markedBy !== null);
    return { report, marked, rows: await world.store.readHistory(KEY, { limit: 5 }) };
  }

  it('ends it: what else was found may be different by now', async () => {
    expect((await oversleeps(false)).marked).toHaveLength(1);
    expect((await oversleeps(true)).marked).toHaveLength(1);
  });

  it('leaves it to whoever sweeps now to tell of it', async () => {
    expect(await oversleeps(false)).toMatchObject({ report: null, rows: [] });
  });

  it('is told of when nobody else has swept since', async () => {
    const { report, rows } = await oversleeps(true);
    expect(report).toMatchObject({ removed: [{ kind: 'stale-mark' }] });
    expect(rows).toMatchObject([{ kind: 'sweep', data: { finding: 'stale-mark' } }]);
  });
});

describe('a failure', () => {
  it('leaves the finding for the next sweep', async () => {
    const { world, sweepFor, reports } = await setUp(3);
    await strays(world, 1);
    world.ec2.failNext('TerminateInstances', 'InternalError');
    await sweepFor(MINUTE);
    expect(reports.flatMap((report) => report.removed)).toEqual([]);
    await sweepFor(15 * SECOND);
    expect(world.alive()).toHaveLength(3);
  });
});

describe('a pool in dry run', () => {
  it('is looked at, never touched', async () => {
    const { world, sweepFor } = await setUp(3, { dryRun: true });
    await strays(world, 1);
    const [node] = await world.nodes();
    await world.kubernetes.markNode({ name: node?.name ?? '', uid: node?.uid ?? '' }, 'closed');
    const report = await sweepFor(5 * MINUTE);
    expect(report?.removed).toEqual([]);
    expect(report?.reported.map((it) => it.kind).sort()).toEqual(['orphan', 'stale-mark']);
    expect(world.alive()).toHaveLength(4);
    expect(world.kubernetes.node(node?.name ?? '')).toMatchObject({ markedBy: 'closed' });
  });
});
