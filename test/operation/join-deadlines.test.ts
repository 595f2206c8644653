import { advance } from '../../webhook/operation/advance';
import type { Instance, Node } from '../../webhook/model/observation';
import type { ScaleUp } from '../../webhook/model/operation';
import {
  MINUTE,
  NOW,
  SECOND,
  aLaunchedScaleUp,
  aNode,
  aPolicy,
  aView,
  anInstance,
  observation,
} from '../support/builders';

/** A scale-up whose launch was so long ago, and what is seen of it. */
function after(
  ago: number,
  of: { instances?: readonly Instance[]; nodes?: readonly Node[]; blindUntil?: number } = {},
) {
  const { instances = [anInstance('i-1')], nodes = [], blindUntil } = of;
  const operation = aLaunchedScaleUp('up', ['i-1'], { launchedAt: NOW - ago, phaseAt: NOW - ago });
  const gap = blindUntil === undefined ? {} : { completeSince: blindUntil };
  return advance(operation, aView({ observation: observation({ instances, nodes, ...gap }) })).next as ScaleUp;
}

const pending = [anInstance('i-1', { state: 'pending' })];
const registered = (ago: number, overrides: Partial<Node> = {}) => [
  aNode('i-1', { ready: false, createdAt: NOW - ago, ...overrides }),
];

describe('an instance that was launched', () => {
  it('has two minutes to run', () => {
    expect(after(2 * MINUTE - 1, { instances: pending }).phase).toBe('joining');
    expect(after(2 * MINUTE, { instances: pending })).toMatchObject({
      phase: 'rolling-back',
      reason: 'not-running',
      detail: expect.stringMatching(/^i-1 still pending: see the state transition reason/) as string,
    });
    expect(after(2 * MINUTE).phase).toBe('joining');
  });

  it('has five minutes to register', () => {
    expect(after(5 * MINUTE - 1).phase).toBe('joining');
    expect(after(5 * MINUTE)).toMatchObject({
      phase: 'rolling-back',
      reason: 'not-registered',
      detail: expect.stringMatching(/^i-1 without a Node: see the console output/) as string,
    });
  });

  it('has five minutes from its Node to one that is Ready', () => {
    expect(after(8 * MINUTE, { nodes: registered(5 * MINUTE - 1) }).phase).toBe('joining');
    expect(after(8 * MINUTE, { nodes: registered(5 * MINUTE) })).toMatchObject({
      phase: 'rolling-back',
      reason: 'not-ready',
      detail: expect.stringMatching(/^i-1 registered, not Ready: see kubectl describe node i-1/) as string,
    });
  });

  it('has ten minutes for all of it, however late its Node came', () => {
    expect(after(10 * MINUTE - 1, { nodes: registered(MINUTE) }).phase).toBe('joining');
    expect(after(10 * MINUTE, { nodes: registered(MINUTE) })).toMatchObject({ reason: 'join-deadline' });
  });

  it('is judged by when it was looked at: a process that slept since must not end what has joined meanwhile', () => {
    const operation = aLaunchedScaleUp('up', ['i-1'], { launchedAt: NOW, phaseAt: NOW });
    const seen = observation({ at: NOW + MINUTE, instances: [anInstance('i-1')], nodes: [] });
    expect(advance(operation, aView({ now: NOW + 60 * MINUTE, observation: seen })).next.phase).toBe('joining');
  });

  it('is not judged by a clock of the API server that is behind', () => {
    expect(after(4 * MINUTE, { nodes: registered(60 * MINUTE) }).phase).toBe('joining');
  });

  it('that is Ready without the label of the pool is told so', () => {
    const nodes = registered(5 * MINUTE, { ready: true, pool: null });
    expect(after(6 * MINUTE, { nodes })).toMatchObject({
      reason: 'not-ready',
      detail: expect.stringContaining('without the label smartscale/pool=workers') as string,
    });
  });

  it.each([
    ['not-running', 3 * MINUTE, { instances: pending }],
    ['not-registered', 6 * MINUTE, {}],
    ['not-ready', 9 * MINUTE, { nodes: registered(6 * MINUTE) }],
  ])('has 120 s left after a gap in the observations before it is %s', (reason, ago, world) => {
    const seenAgain = (since: number) => after(ago, { ...world, blindUntil: NOW - since });
    expect(seenAgain(120 * SECOND - 1).phase).toBe('joining');
    expect(seenAgain(120 * SECOND)).toMatchObject({ phase: 'rolling-back', reason });
  });
});

describe('one that is late', () => {
  const two = (nodes: readonly Node[], instances: readonly Instance[]) => {
    const launchedAt = NOW - 3 * MINUTE;
    const operation = aLaunchedScaleUp('up', ['i-1', 'i-2'], { launchedAt, phaseAt: launchedAt });
    return advance(operation, aView({ observation: observation({ instances, nodes }) }));
  };

  it('does not take those along that still have time', () => {
    expect(two([], [...pending, anInstance('i-2')]).next.phase).toBe('joining');
    const both = two([], [...pending, anInstance('i-2', { state: 'pending' })]);
    expect(both.next).toMatchObject({
      reason: 'not-running',
      detail: expect.stringMatching(/^i-1 and 1 more still pending/) as string,
    });
  });

  it('joins after all while others are waited for', () => {
    const step = two([aNode('i-1')], [anInstance('i-1'), anInstance('i-2')]);
    expect(step.act).toEqual({ do: 'remember-joined', ids: ['i-1'] });
  });
});

test('details say all of it in the characters that an operation keeps, whatever the ids', () => {
  const id = 'i-0123456789abcdef0';
  const policy = aPolicy();
  const worlds = [
    { instances: [anInstance(id, { state: 'pending' })] },
    { instances: [anInstance(id)] },
    { instances: [anInstance(id)], nodes: [aNode(id, { ready: false })] },
  ];
  const details = worlds.map((world) => {
    const operation = aLaunchedScaleUp('up', [id], { launchedAt: NOW - 9 * MINUTE });
    return advance(operation, aView({ policy, observation: observation(world) })).next.detail ?? '';
  });
  expect(details.map((detail) => detail.length > 30 && Buffer.byteLength(detail) <= 112)).toEqual([true, true, true]);
});
