/** What EC2 and K3s show is not always so. Whoever believes it ends what serves: here nothing is touched. */
import { seededRandom } from '../../simulator/random';
import { TAGS } from '../../webhook/model/names';
import { FakeEc2 } from '../fakes/fake-ec2';
import { idle } from './support/alerts';
import { ZONES, type Cluster } from './support/cluster';
import { givenACluster, type Scene } from './support/scene';

/** Everything that a sweep could have done by now. */
function touched({ cluster }: Scene): readonly string[] {
  return [...cluster.terminations(), ...cluster.kubernetes.written, ...cluster.fleets().map(String)];
}

function nodesOf({ world }: Cluster, zone?: string): readonly string[] {
  const ofZone = world.cloud.instances.filter((it) => zone === undefined || it.zone === zone);
  return ofZone.map(({ id }) => id).filter((id) => world.cluster.node(id) !== undefined);
}

function workersOf(cluster: Cluster): readonly string[] {
  return cluster.nodes().map(({ name }) => name);
}

function cut({ world }: Cluster, nodes: readonly string[]): void {
  for (const node of nodes) world.cluster.hangKubelet(node);
}

function mend({ world }: Cluster, nodes: readonly string[]): void {
  for (const node of nodes) world.cluster.resumeKubelet(node);
}

async function markOfNobody({ kubernetes, world }: Cluster, name: string): Promise<void> {
  await kubernetes.markNode({ name, uid: world.cluster.node(name)?.metadata.uid ?? '' }, 'op-of-nobody');
  kubernetes.written.length = 0;
}

async function sweepTroubles(scene: Scene): Promise<readonly object[]> {
  const { body } = await scene.replica.get('/readyz');
  return (body['degraded'] as readonly { readonly part: string }[]).filter(({ part }) => part === 'sweep');
}

describe('a zone that is cut off', () => {
  test('keeps its instances and its Node objects: EC2 says that they run', async () => {
    const scene = await givenACluster({ nodes: 6 });
    const silent = nodesOf(scene.cluster, ZONES[1]);
    expect(silent).toHaveLength(2);
    cut(scene.cluster, silent);
    await scene.passes('2m');
    expect(scene.cluster.readyNodes()).toHaveLength(4);
    await scene.passes('90m');
    expect(touched(scene)).toEqual([]);
    expect(workersOf(scene.cluster)).toHaveLength(6);
    expect(await sweepTroubles(scene)).toEqual([]);
    mend(scene.cluster, silent);
    await scene.passes('1m');
    expect(scene.cluster.readyNodes()).toHaveLength(6);
  });

  test('with all its nodes, the server too, keeps them as well', async () => {
    const scene = await givenACluster({ nodes: 3 });
    const all = nodesOf(scene.cluster);
    expect(all).toHaveLength(4);
    cut(scene.cluster, all);
    await scene.passes('90m');
    expect(touched(scene)).toEqual([]);
    mend(scene.cluster, all);
    await scene.passes('1m');
    expect(scene.cluster.readyNodes()).toHaveLength(3);
  });

  test('in mid-drain keeps the mark of the open drain, and loses it when the drain has closed', async () => {
    const scene = await givenACluster({ nodes: 3 });
    scene.cluster.runs('shop', 3, { cpu: '300m', stopSeconds: 25 });
    await scene.passes('30s');
    await scene.alertmanager.fires(idle({ nodes: 2 }));
    await scene.eventually('a node is marked', () => scene.cluster.markedNodes().length === 1, '1m');
    const marked = scene.cluster.markedNodes();
    cut(scene.cluster, marked);
    // Within a minute of the end of its pods' grace: from then on they hold the node no longer.
    await scene.passes('80s');
    expect(await scene.isQuiet()).toBe(false);
    expect(scene.cluster.markedNodes()).toEqual(marked);
    expect(await scene.history('sweep')).toEqual([]);
    mend(scene.cluster, marked);
    await scene.eventually('the drain has closed', () => scene.isQuiet(), '30m');
    expect(scene.cluster.markedNodes()).toEqual([]);
    expect(await scene.history('sweep')).toEqual([]);
  });
});

describe('an API server that was restarted', () => {
  /** Its data is gone: every kubelet that lives registers anew after a while. */
  function losesNodes({ world }: Cluster, nodes: readonly string[]): void {
    for (const node of nodes) world.cluster.world.store.nodes.remove(node);
  }

  test.each([
    ['one worker', 1, 1],
    ['three workers', 3, 3],
  ])('and shows no node for some minutes costs none of %s', async (_what, nodes, min) => {
    const scene = await givenACluster({ nodes, pool: { min }, world: { kubernetes: { reregisterMs: 600_000 } } });
    await scene.passes('20m');
    losesNodes(scene.cluster, nodesOf(scene.cluster));
    await scene.passes('9m');
    expect(workersOf(scene.cluster)).toEqual([]);
    expect(touched(scene)).toEqual([]);
    await scene.passes('10m');
    expect(scene.cluster.readyNodes()).toHaveLength(nodes);
    expect(touched(scene)).toEqual([]);
  });

  test('and shows the server first and its worker later costs no worker: that one had joined', async () => {
    const scene = await givenACluster({ nodes: 1, pool: { min: 1 }, world: { kubernetes: { reregisterMs: 600_000 } } });
    await scene.passes('20m');
    losesNodes(scene.cluster, workersOf(scene.cluster));
    await scene.passes('9m');
    expect(touched(scene)).toEqual([]);
    expect(await scene.metric('smartscale_sweep_findings', { outcome: 'reported' })).toBe(1);
    await scene.passes('5m');
    expect(scene.cluster.readyNodes()).toHaveLength(1);
    const [instance] = scene.cluster.alive();
    expect(await scene.history('sweep')).toMatchObject([
      { outcome: 'reported', finding: 'orphan', instance, lastAt: expect.any(Number) as number },
    ]);
    expect(await scene.metric('smartscale_sweep_findings', { outcome: 'reported' })).toBe(0);
  });

  test('and shows every node as not Ready for some minutes costs none', async () => {
    const scene = await givenACluster({ nodes: 3 });
    const all = nodesOf(scene.cluster);
    cut(scene.cluster, all);
    await scene.passes('6m');
    expect(scene.cluster.readyNodes()).toEqual([]);
    mend(scene.cluster, all);
    await scene.passes('5m');
    expect(scene.cluster.readyNodes()).toHaveLength(3);
    expect(touched(scene)).toEqual([]);
  });

  test('and fails every other time has nothing judged', async () => {
    const scene = await givenACluster({ nodes: 3 });
    const [lost = ''] = workersOf(scene.cluster);
    scene.cluster.world.perform({ kind: 'kill-instance', instance: lost });
    for (let turn = 0; turn < 20; turn += 1) {
      scene.cluster.kubernetes.unreachable = turn % 2 === 0;
      await scene.passes('20s');
    }
    expect(touched(scene)).toEqual([]);
    scene.cluster.kubernetes.unreachable = false;
    await scene.eventually(
      'the Node of what really ended is removed',
      () => workersOf(scene.cluster).length === 2,
      '2m',
    );
    expect(scene.cluster.kubernetes.written).toEqual([`delete node ${lost}`]);
  });
});

/** Another account, in which somebody uses our tags. */
function anotherAccount(scene: Scene, count: number): FakeEc2 {
  const ec2 = new FakeEc2({ clock: scene.clock, random: seededRandom(99) });
  for (let i = 0; i < count; i += 1) {
    const tags = { [TAGS.cluster]: scene.cluster.name, [TAGS.pool]: 'workers' };
    const of = { imageId: 'ami-0abc', instanceType: 'm6i.large', minCount: 1, maxCount: 1 };
    ec2.cloud.runInstances({ ...of, capacityType: 'on-demand', tags });
  }
  return ec2;
}

interface WrongEc2 {
  readonly what: string;
  readonly begin: (scene: Scene) => FakeEc2;
}

const WRONG_EC2: readonly WrongEc2[] = [
  {
    what: 'shows nothing at all',
    begin: ({ cluster: { ec2 } }) => {
      ec2.cloud.truncateAnswers(0);
      return ec2;
    },
  },
  ...[1, 2].map((shown) => ({
    what: `shows a page of ${shown} without its rest`,
    begin: ({ cluster: { ec2 } }: Scene) => {
      ec2.cloud.truncateAnswers(shown);
      return ec2;
    },
  })),
  ...[0, 1].map((count) => ({
    what: `is that of another account, with ${count} instances under our tags`,
    begin: (scene: Scene) => {
      const foreign = anotherAccount(scene, count);
      scene.cluster.useCredentialsOf(foreign);
      return foreign;
    },
  })),
];

describe.each(WRONG_EC2)('an EC2 that $what', ({ begin }) => {
  test('has nothing touched, not even a mark, and is told where people look', async () => {
    const scene = await givenACluster({ nodes: 4, pool: { min: 3 } });
    const [marked = '', silent = ''] = workersOf(scene.cluster).toReversed();
    cut(scene.cluster, [silent]);
    await scene.passes('16m');
    const ec2 = begin(scene);
    await scene.passes('15s');
    await markOfNobody(scene.cluster, marked);
    await scene.passes('80m');

    expect(touched(scene)).toEqual([]);
    expect(ec2.requests.map(({ action }) => action).filter((it) => !it.startsWith('Describe'))).toEqual([]);
    expect(workersOf(scene.cluster)).toHaveLength(4);
    expect(scene.cluster.markedNodes()).toEqual([marked]);

    expect(await sweepTroubles(scene)).toEqual([
      {
        cluster: 'shop',
        part: 'sweep',
        code: 'sweep-unvouched',
        retryable: true,
        message: expect.stringContaining('EC2 does not know the instances of Ready nodes') as string,
        advice: expect.stringContaining('region and account') as string,
      },
    ]);
    expect(await scene.metric('smartscale_sweep_unknown_nodes')).toBeGreaterThan(0);
    const told = scene.replica.logged('out of order').filter(({ part }) => part === 'sweep');
    expect(told).toMatchObject([{ level: 'warn', fault: { code: 'sweep-unvouched' } }]);
    expect(await scene.history('sweep')).toMatchObject([{ outcome: 'unvouched' }]);
  });

  test('that is right again is believed: what is really lost goes, and the trouble is over', async () => {
    const scene = await givenACluster({ nodes: 4, pool: { min: 3 } });
    const [marked = ''] = workersOf(scene.cluster);
    begin(scene);
    await scene.passes('30s');
    await markOfNobody(scene.cluster, marked);
    await scene.passes('10m');
    scene.cluster.ec2.cloud.truncateAnswers(null);
    scene.cluster.useCredentialsOf(scene.cluster.ec2);
    await scene.eventually('the mark is undone', () => scene.cluster.markedNodes().length === 0, '1m');
    expect(touched(scene)).toEqual([`unmark ${marked}`]);
    expect(await sweepTroubles(scene)).toEqual([]);
    expect(await scene.metric('smartscale_sweep_unknown_nodes')).toBe(0);
    expect(await scene.metric('smartscale_swept_total', { finding: 'stale-mark' })).toBe(1);
    expect(await scene.history('sweep')).toMatchObject([
      { outcome: 'unvouched', lastAt: expect.any(Number) as number },
      { outcome: 'removed', finding: 'stale-mark', node: marked },
    ]);
  });
});

test('a list that lacks one is made good by asking for that one: its Node stays', async () => {
  const scene = await givenACluster({ nodes: 4, pool: { min: 3 } });
  const hidden = scene.cluster.alive().slice(-1);
  cut(scene.cluster, hidden);
  scene.cluster.ec2.cloud.truncateAnswers(3);
  await scene.passes('80m');
  expect(touched(scene)).toEqual([]);
  expect(scene.cluster.nodes().map(({ name }) => name)).toEqual(expect.arrayContaining([...hidden]));
  expect(await sweepTroubles(scene)).toEqual([]);
});

describe('a cluster without any Ready node on EC2', () => {
  test('keeps an orphan until a node has come that shows which EC2 is ours', async () => {
    const scene = await givenACluster({ nodes: 0, pool: { min: 0 }, world: { controlPlane: false } });
    scene.cluster.world.perform({ kind: 'never-joins', next: 1 });
    const [orphan = ''] = scene.cluster.startWorkers(1);
    await scene.passes('30m');
    expect(touched(scene)).toEqual([]);
    expect(await sweepTroubles(scene)).toMatchObject([
      { code: 'sweep-unvouched', message: expect.stringContaining(orphan) as string },
    ]);
    expect(await scene.metric('smartscale_sweep_findings', { outcome: 'unvouched' })).toBe(1);
    scene.cluster.startWorkers(1);
    await scene.eventually('it is ended', () => !scene.cluster.alive().includes(orphan), '6m');
    expect(scene.cluster.terminations()).toEqual([orphan]);
    await scene.passes('30s');
    expect(await sweepTroubles(scene)).toEqual([]);
  });
});
