import { standingOf } from '../../webhook/assembly/standing';
import { VETOES, type Decision, type Veto } from '../../webhook/model/decision';
import { EMPTY_POOL, type PoolState } from '../../webhook/model/pool';
import { aPolicy, MINUTE, NOW, SECOND } from '../support/builders';

const policy = aPolicy();

function decided(reason: Veto | 'accepted', state: Partial<PoolState> = {}) {
  const decision: Decision = {
    at: NOW,
    outcome: reason === 'accepted' ? 'scale-up' : 'hold',
    reason,
    detail: '',
    intent: null,
    have: 2,
    want: 2,
    launch: 0,
    giveBack: 0,
    takeBack: [],
    limitedBy: [],
  };
  return { pool: { policy, state: { ...EMPTY_POOL, ...state } }, decision };
}

const UNSEEN = ['unknown-state', 'pipeline-silent'] as const;

test.each(UNSEEN)('%s may be otherwise at the next post: it does not stand', (reason) => {
  expect(standingOf([decided(reason)], NOW)).toBe(0);
});

test.each(['accepted' as const, ...VETOES.filter((veto) => !UNSEEN.some((it) => it === veto))])(
  '%s stands as long as anything is remembered',
  (reason) => {
    expect(standingOf([decided(reason)], NOW)).toBe(Infinity);
  },
);

test.each<[string, Partial<PoolState>]>([
  ['up', { upClosedAt: NOW + 4 * SECOND - policy.cooldown.up }],
  ['down', { closedAt: NOW + 4 * SECOND - policy.cooldown.down }],
  ['back-off', { backoff: { until: NOW + 4 * SECOND, failures: 1 } }],
])('no decision stands beyond the end of the clock %s', (_clock, state) => {
  expect(standingOf([decided('cooling-down', state)], NOW)).toBe(4 * SECOND);
  expect(standingOf([decided('enough', state)], NOW)).toBe(4 * SECOND);
  expect(standingOf([decided('enough', state)], NOW + 5 * SECOND)).toBe(Infinity);
});

test('of several pools the one that changes first decides, and one that was not seen decides it all', () => {
  const sooner = decided('cooling-down', { upClosedAt: NOW + 2 * SECOND - policy.cooldown.up });
  const later = decided('cooling-down', { upClosedAt: NOW + MINUTE - policy.cooldown.up });
  expect(standingOf([later, sooner], NOW)).toBe(2 * SECOND);
  expect(standingOf([sooner, decided('unknown-state')], NOW)).toBe(0);
});
