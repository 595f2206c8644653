import { Recorder } from '../../../simulator/demo/recorder';
import { drainsOf, type Drain } from '../../../simulator/demo/stubborn-drain/drains';
import { People } from '../../../simulator/demo/stubborn-drain/people';
import { PARTS, POOL } from '../../../simulator/demo/stubborn-drain/cast';
import { judge } from '../../../simulator/demo/stubborn-drain/verdict';
import { deletePod } from '../../../simulator/kubernetes/delete-pod';
import { World } from '../../../simulator/world';
import { TAGS } from '../../../webhook/model/names';

interface Played {
  readonly world: World;
  readonly people: People;
  readonly recorder: Recorder;
  readonly pass: (seconds: number) => void;
}

/** The cluster as the demo deals it. */
function dealt(): Played {
  let now = Date.parse('2026-01-01T00:00:00Z');
  const world = new World({ clock: { now: () => now } });
  const pass = (seconds: number) => {
    now += seconds * 1000;
    world.tick();
  };
  const names = world.launchWorkers(PARTS.length, { tags: { [TAGS.pool]: POOL } }).map(({ id }) => id);
  for (let minute = 0; minute < 3; minute += 1) pass(60);
  const people = new People(world, () => undefined);
  people.deal(names);
  pass(30);
  return { world, people, recorder: new Recorder(world, POOL), pass };
}

/** A good end: the debug pod has come, the free node has gone, everything else serves. */
function ended(): Played {
  const played = dealt();
  const { world, people, pass } = played;
  world.cluster.cordonByHand(people.nodeOf('debugged'));
  people.look();
  world.cluster.uncordonByHand(people.nodeOf('debugged'));
  for (const pod of people.podsOn('free')) deletePod(world.cluster.world, pod, 0);
  world.cloud.terminateByHand(people.nodeOf('free'));
  world.cluster.world.store.nodes.remove(people.nodeOf('free'));
  pass(90);
  return played;
}

function drains({ people }: Played): Drain[] {
  const rolledBack = (part: 'frozen' | 'debugged', reason: string, detail: string): Drain => {
    return { node: people.nodeOf(part), phase: 'rolled-back', reason, detail };
  };
  const debugPod = people.bare.get('debugged')?.metadata.name ?? '';
  return [
    { node: people.nodeOf('free'), phase: 'done', reason: '', detail: '' },
    rolledBack('frozen', 'blocked-by-disruption-budget', 'The disruption budget orders needs 3'),
    rolledBack('debugged', 'blocked-by-pod', `pod default/${debugPod} is a bare pod`),
    {
      node: null,
      phase: 'rolled-back',
      reason: 'no-candidate',
      detail: `${people.nodeOf('bare')}: pod default/report-1 is a bare pod`,
    },
  ];
}

function failed(played: Played, told = drains(played)): string[] {
  return judge({ ...played, drains: told })
    .filter(({ ok }) => !ok)
    .map(({ what }) => what);
}

describe('the cast of the stubborn drain', () => {
  it('has each workload on the node of its part, and nothing is cordoned', () => {
    const { people, world } = dealt();
    expect(PARTS.map((part) => people.podsOn(part).map(({ metadata }) => metadata.labels?.['app']))).toEqual([
      ['orders', 'orders', 'orders'],
      ['search', 'search'],
      ['report'],
      ['thumbnails', 'thumbnails'],
      ['index'],
    ]);
    expect(world.cluster.nodes().filter(({ spec }) => spec.unschedulable)).toEqual([]);
    expect(world.cluster.budgets()[0]?.status).toMatchObject({ disruptionsAllowed: 1 });
  });

  it('freezes the budget once a pod of it has begun to go, and not before', () => {
    const { people, world, pass } = dealt();
    people.look();
    pass(1);
    expect(world.cluster.budgets()[0]?.status.disruptionsAllowed).toBe(1);
    deletePod(world.cluster.world, people.podsOn('frozen')[0]!);
    people.look();
    pass(60);
    expect(world.cluster.budgets()[0]?.status.disruptionsAllowed).toBe(0);
  });
});

describe('the verdict on the stubborn drain', () => {
  it('is good when every drain ended as it must', () => {
    expect(failed(ended())).toEqual([]);
  });

  it.each(['frozen', 'debugged', 'bare'] as const)('is bad when the node "%s" is left cordoned', (part) => {
    const played = ended();
    played.world.cluster.cordonByHand(played.people.nodeOf(part));
    expect(failed(played)).toHaveLength(1);
  });

  it.each([0, 1, 2, 3])('is bad when drain %i is not told', (index) => {
    const played = ended();
    expect(failed(played, drains(played).toSpliced(index, 1))).toHaveLength(1);
  });

  it.each([1, 2, 3])('is bad when drain %i gives no reason that names the culprit', (index) => {
    const played = ended();
    const told = drains(played).map((drain, at) => (at === index ? { ...drain, detail: 'deadline' } : drain));
    expect(failed(played, told)).toHaveLength(1);
  });

  it('is bad when the node with the bare pod was drained', () => {
    const played = ended();
    const drained = { node: played.people.nodeOf('bare'), phase: 'rolled-back', reason: '', detail: '' };
    expect(failed(played, [...drains(played), drained])).toHaveLength(1);
  });

  it('is bad when a bare pod was killed', () => {
    const played = ended();
    deletePod(played.world.cluster.world, played.people.bare.get('bare')!);
    expect(failed(played)).toEqual(['no bare pod was killed']);
  });

  it('is bad when two pods of the budget were away at a time', () => {
    const played = ended();
    for (const pod of played.people.podsOn('frozen').slice(0, 2)) deletePod(played.world.cluster.world, pod);
    played.people.look();
    expect(failed(played)).toHaveLength(1);
  });

  it('is bad when the free node is still there', () => {
    expect(failed(dealt())).toContain('the node that nothing speaks against was drained and is gone');
  });
});

describe('the drains in the log', () => {
  it('are those that are over, with the reason of their roll-back in full', () => {
    const ids = { kind: 'scale-down', operation: 'op1', node: 'i-1' };
    const lines = [
      { msg: 'entered phase', ...ids, phase: 'rolling-back', reason: 'blocked-by-pod', detail: 'all that is to say' },
      { msg: 'closed operation', ...ids, phase: 'rolled-back', reason: 'blocked-by-pod', detail: 'all that…' },
      { msg: 'closed operation', kind: 'scale-up', operation: 'op2', phase: 'done' },
      { msg: 'entered phase', kind: 'scale-down', operation: 'op3', phase: 'draining' },
    ];
    expect(drainsOf(lines as never)).toEqual([
      { node: 'i-1', phase: 'rolled-back', reason: 'blocked-by-pod', detail: 'all that is to say' },
    ]);
  });
});
