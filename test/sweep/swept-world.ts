/** A small world, its sweeper, and what a sweeper is for. */
import { Observer } from '../../webhook/evaluation/observer';
import { TAGS } from '../../webhook/model/names';
import type { PoolPolicy } from '../../webhook/model/pool';
import type { Ec2Port } from '../../webhook/ports';
import type { SweepReport } from '../../webhook/sweep/sweep-report';
import { Sweeper, type SweeperDeps } from '../../webhook/sweep/sweeper';
import type { FakeEc2 } from '../fakes/fake-ec2';
import { KEY, MINUTE, SECOND, TIMINGS } from '../support/builders';
import { World, silentLog, worldPolicy } from '../support/world';

export interface Setup {
  readonly world: World;
  readonly sweeper: Sweeper;
  readonly reports: SweepReport[];
  /** From now on the sweeper looks at this EC2 instead. */
  readonly lookAt: (ec2: FakeEc2) => void;
  /** Sweeps at the pace of the regular timer, for so long. */
  readonly sweepFor: (ms: number) => Promise<SweepReport | null>;
}

export async function setUp(
  workers: number,
  policy: Partial<PoolPolicy> = {},
  overrides: Partial<SweeperDeps> = {},
): Promise<Setup> {
  const world = new World(worldPolicy(policy));
  await world.haveWorkers(workers);
  const reports: SweepReport[] = [];
  let account = world.ec2;
  const ec2: Pick<Ec2Port, 'listInstances' | 'describeInstances' | 'terminate'> = {
    listInstances: (cluster) => account.listInstances(cluster),
    describeInstances: (ids) => account.describeInstances(ids),
    terminate: (ids) => account.terminate(ids),
  };
  const observer = new Observer({
    cluster: KEY.cluster,
    ec2,
    kubernetes: world.kubernetes,
    clock: world.clock,
    timings: TIMINGS,
  });
  const sweeper = new Sweeper({
    cluster: KEY.cluster,
    pools: new Map([[KEY.pool, world.policy]]),
    timings: TIMINGS,
    store: world.store,
    observer,
    ec2,
    kubernetes: world.kubernetes,
    lease: { isHeld: () => true, renew: () => Promise.resolve(true) },
    clock: world.clock,
    onReport: (report) => reports.push(report),
    log: silentLog,
    ...overrides,
  });
  const sweepFor = async (ms: number) => {
    let last = await sweeper.sweep();
    for (let passed = 0; passed < ms; passed += 15.1 * SECOND) {
      await world.clock.advance(15.1 * SECOND);
      last = await sweeper.sweep();
    }
    return last;
  };
  const lookAt = (other: FakeEc2) => {
    account = other;
  };
  return { world, sweeper, reports, sweepFor, lookAt };
}

/** Instances that nobody knows of, old enough to be orphans. */
export async function strays(world: World, count: number): Promise<readonly string[]> {
  world.nobodyJoins = true;
  const before = new Set(world.alive().map((it) => it.id));
  const { template, subnets } = world.policy.launch;
  await world.ec2.createFleet(
    {
      template,
      overrides: subnets.map((it) => ({ instanceType: 'm6i.large', subnetId: it.id, zone: it.zone })),
      count,
      capacity: 'on-demand',
      tags: { [TAGS.cluster]: KEY.cluster, [TAGS.pool]: KEY.pool, [TAGS.operation]: 'forgotten' },
    },
    'stray',
  );
  await world.clock.advance(15 * MINUTE);
  return world
    .alive()
    .map((it) => it.id)
    .filter((id) => !before.has(id));
}

/** Ends an instance from outside; its Node stays, NotReady. */
export async function killed(world: World, index = 0): Promise<string> {
  const id = world.alive()[index]?.id ?? '';
  world.ec2.terminateByHand(id);
  await world.clock.advance(MINUTE);
  return id;
}
