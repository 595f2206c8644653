import { MOST_ROUNDS, nextRound, type PlanView } from '../../webhook/operation/launch-plan';
import { TAGS } from '../../webhook/model/names';
import type { OfferingMark, OfferingScope, RefusalKind } from '../../webhook/model/offering';
import type { ScaleUp } from '../../webhook/model/operation';
import type { LaunchPolicy } from '../../webhook/model/pool';
import {
  MINUTE,
  NOW,
  aDrain,
  aPolicy,
  aPoolState,
  aScaleUp,
  aView,
  anInstance,
  blindness,
  observation,
} from '../support/builders';

const [A, B, C] = ['eu-central-1a', 'eu-central-1b', 'eu-central-1c'] as const;
const SUBNETS = [A, B, C].map((zone) => ({ id: `subnet-${zone.slice(-1)}`, zone }));

type Plan = Partial<LaunchPolicy>;

function planned(view: Partial<PlanView>, operation: Partial<ScaleUp> = {}, launch: Plan = {}) {
  const policy = aPolicy();
  const spread = {
    ...policy.launch,
    subnets: SUBNETS,
    instanceTypes: ['m6i.large'],
    balance: 'zones',
    ...launch,
  } as const;
  const up = aScaleUp('up', { planned: 3, ...operation });
  return nextRound(up, aView({ observation: nodesIn(), ...view, policy: { ...policy, launch: spread } }));
}

/** What is asked for: how many, as what, where. */
function asked(...of: Parameters<typeof planned>): readonly string[] {
  return planned(...of).map(({ count, capacity, overrides }) => {
    const zones = [...new Set(overrides.map(({ zone }) => zone.slice(-1)))].join('');
    return `${count} ${capacity} ${zones}`;
  });
}

function nodesIn(...zones: readonly string[]) {
  return observation({ instances: zones.map((zone, i) => anInstance(`i-${i + 1}`, { zone })) });
}

function mark(scope: OfferingScope, kind: RefusalKind = 'no-capacity', by = 'up.1'): OfferingMark {
  return { kind, scope, by, at: NOW, until: NOW + MINUTE, failures: 1 };
}

describe('the first round', () => {
  it('offers every type in every subnet in one call when the zones are of no interest, tagged at launch', () => {
    const [request, ...others] = planned({}, {}, { balance: 'none', instanceTypes: ['m6a.large', 'm6i.large'] });
    expect(others).toEqual([]);
    expect(request).toEqual({
      template: { id: 'lt-0abc', version: '7' },
      overrides: ['m6a.large', 'm6i.large'].flatMap((instanceType) =>
        SUBNETS.map(({ id, zone }) => ({ instanceType, subnetId: id, zone })),
      ),
      count: 3,
      capacity: 'on-demand',
      tags: {
        Name: 'shop-workers',
        [TAGS.cluster]: 'shop',
        [TAGS.pool]: 'workers',
        [TAGS.operation]: 'up',
        [TAGS.attempt]: 'up.1',
      },
    });
  });

  it.each<[string, readonly string[], number, readonly string[]]>([
    ['empty zones share', [], 3, ['1 on-demand a', '1 on-demand b', '1 on-demand c']],
    ['what does not divide goes to the first', [], 5, ['2 on-demand a', '2 on-demand b', '1 on-demand c']],
    ['the emptier get more', [A, A, B], 3, ['2 on-demand c', '1 on-demand b']],
    ['a full zone gets none', [A, A, A], 4, ['2 on-demand b', '2 on-demand c']],
    ['a single node goes to any of the emptiest', [A], 1, ['1 on-demand bc']],
    ['a single node goes to the emptiest', [A, A, B], 1, ['1 on-demand c']],
  ])('%s', (_what, zones, count, expected) => {
    expect(asked({ observation: nodesIn(...zones) }, { planned: count })).toEqual(expected);
  });

  it('does not count what leaves, and counts what EC2 does not list yet', () => {
    const state = aPoolState([
      aDrain('down', 'i-1'),
      aScaleUp('other', {
        instances: [
          { id: 'i-9', zone: B },
          { id: 'i-8', zone: C, goneAt: NOW },
        ],
      }),
    ]);
    expect(asked({ observation: nodesIn(A), state }, { planned: 1 })).toEqual(['1 on-demand ac']);
  });

  it('asks while nothing is seen, as if there were nothing', () => {
    expect(asked({ observation: blindness() }, { planned: 3 })).toHaveLength(3);
  });

  it('leaves out what EC2 has just refused, and only that', () => {
    expect(asked({ marks: [mark({ zone: A })] }, { planned: 2 })).toEqual(['1 on-demand b', '1 on-demand c']);
    const over = { ...mark({ zone: A }), until: NOW };
    expect(asked({ marks: [over] }, { planned: 2 })).toEqual(['1 on-demand a', '1 on-demand b']);
    const spot = mark({ zone: A, instanceType: 'm6i.large', capacity: 'spot' });
    expect(asked({ marks: [spot] }, { planned: 2 })).toEqual(['1 on-demand a', '1 on-demand b']);
  });

  it('goes only where the pods find a place that it is for', () => {
    expect(asked({ observation: nodesIn(B, B, C) }, { planned: 3, zones: [B, C] })).toEqual([
      '2 on-demand c',
      '1 on-demand b',
    ]);
    expect(asked({}, { planned: 1, zones: [C] })).toEqual(['1 on-demand c']);
  });

  it('does not believe a mark from the future: it was written before the clock was set back', () => {
    const ahead = { ...mark({ zone: A }), at: NOW + 60 * MINUTE, until: NOW + 63 * MINUTE };
    expect(asked({ marks: [ahead] }, { planned: 2 })).toEqual(['1 on-demand a', '1 on-demand b']);
  });

  it('asks for everything when everything was refused: pods wait, and somebody has to see whether it is back', () => {
    expect(asked({ marks: [mark({ capacity: 'on-demand' })] }, { planned: 3 })).toHaveLength(3);
  });
});

describe('a spot pool', () => {
  const spot: Plan = { capacity: 'spot' };

  it('is spot', () => {
    expect(asked({}, { planned: 2 }, spot)).toEqual(['1 spot a', '1 spot b']);
  });

  it('launches on demand at once while spot is known to be gone', () => {
    const marks = [mark({ capacity: 'spot' }, 'quota', 'another.1')];
    expect(asked({ marks }, { planned: 2 }, spot)).toEqual(['1 on-demand a', '1 on-demand b']);
  });

  it('without fallback asks for spot all the same', () => {
    const marks = [mark({ capacity: 'spot' })];
    expect(asked({ marks }, { planned: 1 }, { ...spot, spotFallback: 'none' })).toEqual(['1 spot abc']);
  });

  it('fills up its on-demand base first, over zones too', () => {
    expect(asked({}, { planned: 3 }, { ...spot, onDemandBase: 1 })).toEqual([
      '1 on-demand abc',
      '1 spot a',
      '1 spot b',
    ]);
    const seen = nodesIn(A, B);
    expect(asked({ observation: seen }, { planned: 2 }, { ...spot, onDemandBase: 2 })).toEqual([
      '1 spot c',
      '1 spot a',
    ]);
  });

  it('takes its base for there while nothing is seen: unknown is not zero, and what is on demand as base stays so', () => {
    expect(asked({ observation: blindness() }, { planned: 2 }, { ...spot, onDemandBase: 2 })).toEqual([
      '1 spot a',
      '1 spot b',
    ]);
  });

  it('launches no more on demand than the budget pays for, its base first', () => {
    const limited = (onDemandAtMost: number, plan: Plan = {}, marks: readonly OfferingMark[] = []) =>
      asked({ marks }, { planned: 3, onDemandAtMost }, { ...spot, balance: 'none', ...plan });
    const gone = [mark({ capacity: 'spot' })];
    expect(limited(0)).toEqual(['3 spot abc']);
    expect(limited(2, {}, gone)).toEqual(['2 on-demand abc']);
    expect(limited(1, { onDemandBase: 2 })).toEqual(['1 on-demand abc', '2 spot abc']);
    expect(limited(2, { onDemandBase: 1 }, gone)).toEqual(['1 on-demand abc', '1 on-demand abc']);
  });

  it('asks for spot all the same when the budget pays for nothing on demand', () => {
    const marks = [mark({ capacity: 'spot' })];
    expect(asked({ marks }, { planned: 1, onDemandAtMost: 0 }, spot)).toEqual(['1 spot abc']);
  });

  it('asks for what is on demand anyway once: two calls alike would be one to EC2', () => {
    const marks = [mark({ capacity: 'spot' })];
    const requests = planned({ marks }, { planned: 4 }, { ...spot, onDemandBase: 1 });
    expect(requests.reduce((sum, { count }) => sum + count, 0)).toBe(4);
    expect(new Set(requests.map((request) => JSON.stringify(request))).size).toBe(requests.length);
  });
});

describe('the rounds after it', () => {
  const spot: Plan = { capacity: 'spot' };
  const answered = (overrides: Partial<ScaleUp> = {}) => ({
    planned: 3,
    attempt: 1,
    settled: 1,
    elsewhere: true as const,
    ...overrides,
  });
  const spotIn = (...zones: readonly string[]) =>
    zones.map((zone) => mark({ instanceType: 'm6i.large', zone, capacity: 'spot' }));

  it('ask for what is missing wherever EC2 has not just refused', () => {
    const part = answered({ instances: [{ id: 'i-1', zone: A }] });
    expect(asked({ marks: spotIn(A) }, part, spot)).toEqual(['1 spot b', '1 spot c']);
    expect(planned({ marks: spotIn(A) }, part, spot)[0]?.tags[TAGS.attempt]).toBe('up.2');
  });

  it('end with on-demand instances when there is no spot anywhere', () => {
    expect(asked({ marks: spotIn(A, B, C) }, answered(), spot)).toEqual([
      '1 on-demand a',
      '1 on-demand b',
      '1 on-demand c',
    ]);
    expect(asked({ marks: spotIn(A, B, C) }, answered(), { ...spot, spotFallback: 'none' })).toEqual([]);
  });

  it('are on demand from the third on, whatever spot may be left: EC2 may name one offering a call', () => {
    expect(asked({ marks: spotIn(A) }, answered({ attempt: 2, settled: 2 }), spot)).toEqual([
      '1 on-demand a',
      '1 on-demand b',
      '1 on-demand c',
    ]);
    const gone = [...spotIn(A), mark({ capacity: 'on-demand' }, 'quota')];
    expect(asked({ marks: gone }, answered({ attempt: 2, settled: 2 }), spot)).toEqual(['2 spot b', '1 spot c']);
    const kept = { ...spot, spotFallback: 'none' } as const;
    expect(asked({ marks: spotIn(A) }, answered({ attempt: 2, settled: 2 }), kept)).toEqual(['2 spot b', '1 spot c']);
  });

  it('launch no more on demand than the budget pays for, all that it has already taken for such', () => {
    const marks = spotIn(A, B, C);
    const plan = { ...spot, balance: 'none' } as const;
    expect(asked({ marks }, answered({ onDemandAtMost: 2 }), plan)).toEqual(['2 on-demand abc']);
    const part = { instances: [{ id: 'i-1', zone: A }] };
    expect(asked({ marks }, answered({ onDemandAtMost: 2, ...part }), plan)).toEqual(['1 on-demand abc']);
    expect(asked({ marks }, answered({ onDemandAtMost: 1, ...part }), plan)).toEqual([]);
  });

  it.each<[string, readonly OfferingMark[], Partial<ScaleUp>]>([
    ['nothing is missing', spotIn(A), { instances: [{ id: 'i-1' }, { id: 'i-2' }, { id: 'i-3' }] }],
    ['nothing is left to try', [mark({})], {}],
    ['there were enough of them', [mark({ zone: A })], { attempt: MOST_ROUNDS }],
  ])('there is none when %s', (_why, marks, operation) => {
    expect(asked({ marks }, answered(operation))).toEqual([]);
  });

  it('there is none when the answer was not about offerings, whatever else is marked', () => {
    const { elsewhere: _nothing, ...rest } = answered();
    expect(asked({ marks: [mark({ zone: A })] }, rest)).toEqual([]);
    const reused = { code: 'ec2-token-reused', retryable: false, message: '' } as const;
    expect(asked({}, { ...rest, lastError: reused })).toHaveLength(3);
  });

  it('do not depend on who marked what: another scale-up may have been refused the same at the same moment', () => {
    expect(asked({ marks: [mark({ zone: A }, 'no-capacity', 'other.1')] }, answered())).toEqual([
      '2 on-demand b',
      '1 on-demand c',
    ]);
  });
});

describe('a pool of one type in one zone', () => {
  it('asks by RunInstances, which names its errors more clearly', () => {
    const single: Plan = { subnets: SUBNETS.slice(0, 1) };
    expect(planned({}, {}, single).map(({ call }) => call)).toEqual(['RunInstances']);
    expect(planned({}, {}, { subnets: SUBNETS.slice(0, 2) })[0]).not.toHaveProperty('call');
  });
});
