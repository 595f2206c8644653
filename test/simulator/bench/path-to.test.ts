import { pathTo } from '../../../simulator/bench/path-to';
import type { Crossing } from '../../../simulator/stage/wire';

const crossing = (what: string, sentAt: number, answeredAt: number | null): Crossing => ({
  to: 'EC2',
  what,
  sentAt,
  answeredAt,
});

test('the path holds what had to follow each other, and not what ran beside it', () => {
  const crossings = [
    crossing('before', 0, 12),
    crossing('first', 10, 30),
    crossing('beside the first', 10, 28),
    crossing('second', 31, 60),
    crossing('unanswered', 32, null),
    crossing('overtaken', 35, 90),
  ];
  expect(pathTo(crossings, 10, 61).map(({ what }) => what)).toEqual(['first', 'second']);
  expect(pathTo(crossings, 10, 59).map(({ what }) => what)).toEqual(['first']);
  expect(pathTo(crossings, 61, 100)).toEqual([]);
});
