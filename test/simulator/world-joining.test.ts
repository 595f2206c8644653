import { Ec2Cloud } from '../../simulator/ec2/ec2-cloud';
import type { JoinSettings } from '../../simulator/joining';
import { Joining } from '../../simulator/joining';
import { seededRandom } from '../../simulator/random';

const START = 1_700_000_000_000;

function setUp(settings: Partial<JoinSettings> = {}, seed = 1) {
  let now = START;
  const cloud = new Ec2Cloud({ clock: { now: () => now }, pendingMs: 8_000, shuttingDownMs: 5_000 });
  const joining = new Joining(
    { joinDelayMs: { min: 20_000, max: 40_000 }, neverJoinShare: 0, ...settings },
    seededRandom(seed),
  );
  cloud.onChange((change) => joining.observe(change));
  const launch = (count: number): string[] =>
    cloud
      .runInstances({
        imageId: 'ami-1',
        instanceType: 'm6i.large',
        minCount: count,
        maxCount: count,
        capacityType: 'spot',
        tags: {},
      })
      .map(({ id }) => id);
  const joinedBy = (seconds: number): string[] => {
    now = START + seconds * 1000;
    cloud.tick();
    return joining.takeDue(now).map(({ id }) => id);
  };
  return { cloud, joining, launch, joinedBy };
}

describe('the way from a running instance to a node', () => {
  it('takes boot and join delay from the launch on, in the order of their times', () => {
    const { launch, joinedBy } = setUp();
    const ids = launch(6);
    expect(joinedBy(27.9)).toEqual([]);
    const joined = Array.from({ length: 200 }, (_, step) => joinedBy(28 + step / 10)).flat();
    expect(joined).toHaveLength(6);
    expect(new Set(joined)).toEqual(new Set(ids));
    expect(joined).not.toEqual(ids);
    expect(joinedBy(1000)).toEqual([]);
  });

  it('is the same for the same seed and another for another', () => {
    const times = (seed: number) => {
      const { launch, joinedBy } = setUp({}, seed);
      launch(5);
      return Array.from({ length: 60 }, (_, second) => joinedBy(second));
    };
    expect(times(7)).toEqual(times(7));
    expect(times(7)).not.toEqual(times(8));
  });

  it('is never gone by the next n, and by a share of all', () => {
    const next = setUp();
    next.joining.neverJoin({ next: 2 });
    const [, , third] = next.launch(3);
    expect(next.joinedBy(100)).toEqual([third]);

    const share = setUp({ neverJoinShare: 0.5 });
    share.launch(200);
    const joined = share.joinedBy(100).length;
    expect(joined).toBeGreaterThan(70);
    expect(joined).toBeLessThan(130);
  });

  it('leaves the fate of other launches alone when one is told never to join', () => {
    const order = (never: number) => {
      const { launch, joinedBy, joining } = setUp();
      joining.neverJoin({ next: never });
      const [first] = launch(5);
      return Array.from({ length: 600 }, (_, step) => joinedBy(step / 10))
        .flat()
        .filter((id) => id !== first);
    };
    expect(order(1)).toEqual(order(0));
  });

  it('ends with an instance that is shut down before', () => {
    const { cloud, launch, joinedBy } = setUp();
    const [id = ''] = launch(1);
    expect(joinedBy(10)).toEqual([]);
    cloud.terminateByHand(id);
    expect(joinedBy(100)).toEqual([]);
  });
});
