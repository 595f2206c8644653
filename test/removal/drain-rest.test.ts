import type { Node } from '../../webhook/model/observation';
import { restAfter, restingUntil } from '../../webhook/removal/drain-rest';
import { MINUTE, NOW, aNode, aPolicy } from '../support/builders';

const policy = aPolicy().drain;
const REASON = 'blocked-by-disruption-budget';
const resting = (failures: string, until: number): Node =>
  aNode('i-1', {
    annotations: { 'smartscale/failed-drains': failures, 'smartscale/rest-until': new Date(until).toISOString() },
  });
const minutesAfter = (failures: string) => {
  const rest = restAfter({ reason: REASON }, resting(failures, NOW - MINUTE), NOW, policy);
  return ((rest?.until ?? NaN) - NOW) / MINUTE;
};

describe('a drain that came to nothing', () => {
  it('leaves the node alone for three minutes, doubled by each that follows, at most half an hour', () => {
    expect(restAfter({ reason: REASON }, aNode('i-1'), NOW, policy)).toEqual({ failures: 1, until: NOW + 3 * MINUTE });
    expect(['1', '2', '3', '4', '400'].map(minutesAfter)).toEqual([6, 12, 24, 30, 30]);
  });

  it('is forgotten after a day', () => {
    const node = resting('4', NOW - 24 * 60 * MINUTE);
    expect(restAfter({ reason: REASON }, node, NOW, policy)?.failures).toBe(1);
  });

  it.each([undefined, 'cancelled', 'paused', 'uncordoned-by-person', 'at-min', 'refused-by-api-server', 'node-gone'])(
    'because of %s says nothing of the node',
    (reason) => {
      expect(restAfter({ ...(reason !== undefined && { reason }) }, aNode('i-1'), NOW, policy)).toBeNull();
    },
  );
});

// A webhook may deny the eviction of one pod for ever: the same node must not be tried before all others each time.
test.each(['deadline', 'refused-by-api-server'])(
  '%s is held against the node only once its drain had begun',
  (reason) => {
    expect(restAfter({ reason }, aNode('i-1'), NOW, policy)).toBeNull();
    expect(restAfter({ reason, pods: 0 }, aNode('i-1'), NOW, policy)).not.toBeNull();
  },
);

describe('a node', () => {
  it('rests until the moment that it says', () => {
    expect(restingUntil(resting('2', NOW + 1), NOW)).toEqual({ failures: 2, until: NOW + 1 });
    expect(restingUntil(resting('2', NOW), NOW)).toBeNull();
  });

  it.each([
    ['says nothing', aNode('i-1')],
    ['says nonsense', aNode('i-1', { annotations: { 'smartscale/failed-drains': 'x', 'smartscale/rest-until': 'y' } })],
    ['was written to by a clock that is years ahead', resting('1', NOW + 400 * 24 * 60 * MINUTE)],
  ])('that %s does not rest', (_what, node) => {
    expect(restingUntil(node, NOW)).toBeNull();
  });
});
