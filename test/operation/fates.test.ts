import { advance } from '../../webhook/operation/advance';
import type { Instance } from '../../webhook/model/observation';
import type { ScaleUp } from '../../webhook/model/operation';
import { MINUTE, NOW, aLaunchedScaleUp, aNode, aView, anInstance, observation } from '../support/builders';

const noCapacity = { code: 'Server.InsufficientInstanceCapacity', class: 'ec2-no-capacity' } as const;
const dead = (id: string, overrides: Partial<Instance> = {}) =>
  anInstance(id, { state: 'terminated', ending: noCapacity, lifecycle: 'spot', ...overrides });

function look(
  instances: readonly Instance[],
  of = aLaunchedScaleUp(
    'up',
    instances.map(({ id }) => id),
  ),
) {
  return advance(of, aView({ observation: observation({ instances }) })).next as ScaleUp;
}

describe('an instance that ends before it joins', () => {
  it('gives the scale-up the class of its end, and keeps the offering for who buys next', () => {
    const next = look([dead('i-1', { zone: 'eu-central-1b' })]);
    expect(next).toMatchObject({
      phase: 'rolling-back',
      reason: 'ec2-no-capacity',
      detail: 'i-1 ended before joining: Server.InsufficientInstanceCapacity, spot m6a.large in eu-central-1b',
      instances: [
        {
          id: 'i-1',
          zone: 'eu-central-1b',
          goneAt: NOW,
          ended: { class: 'ec2-no-capacity', type: 'm6a.large', spot: true },
        },
      ],
    });
  });

  it('is told once for each class and offering, and twice at most', () => {
    const next = look([
      dead('i-1'),
      dead('i-2'),
      dead('i-3', { zone: 'eu-central-1b' }),
      dead('i-4', { zone: 'eu-central-1c' }),
    ]);
    expect(next.instances.map(({ ended }) => ended !== undefined)).toEqual([true, false, true, false]);
    expect(next.instances.every(({ goneAt }) => goneAt === NOW)).toBe(true);
    expect(next.detail).toMatch(/ \(and 3 more\)$/);
  });

  it('keeps its end when others are seen to end later', () => {
    const first = look([dead('i-1'), anInstance('i-2')], aLaunchedScaleUp('up', ['i-1', 'i-2']));
    expect(first.phase).toBe('joining');
    const second = look(
      [dead('i-1'), dead('i-2', { ending: { code: 'Client.InternalError', class: 'ec2-volume-key' } })],
      first,
    );
    expect(second).toMatchObject({
      phase: 'rolling-back',
      reason: 'ec2-no-capacity',
      instances: [{ ended: { class: 'ec2-no-capacity' } }, { ended: { class: 'ec2-volume-key' } }],
    });
  });

  it('changes nothing when it is looked at again', () => {
    const first = look([dead('i-1'), anInstance('i-2')], aLaunchedScaleUp('up', ['i-1', 'i-2']));
    expect(look([dead('i-1'), anInstance('i-2')], first)).toBe(first);
  });

  it('that EC2 does not list any more has ended without a word', () => {
    const missing = { id: 'i-1', missingSince: NOW - MINUTE };
    const next = look([], aLaunchedScaleUp('up', ['i-1'], { instances: [missing] }));
    expect(next).toMatchObject({ reason: 'instance-ended', detail: 'i-1 ended before joining' });
    expect(next.instances).toEqual([{ id: 'i-1', goneAt: NOW }]);
  });
});

it('is no failed launch when it had joined', () => {
  const operation = aLaunchedScaleUp('up', ['i-1'], { instances: [{ id: 'i-1', joinedAt: NOW - MINUTE }] });
  const seen = observation({ instances: [dead('i-1')], nodes: [aNode('i-2')] });
  expect(advance(operation, aView({ observation: seen })).next).toMatchObject({
    phase: 'done',
    instances: [{ id: 'i-1', goneAt: NOW }],
  });
});
