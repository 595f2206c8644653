import fc from 'fast-check';
import type { DecisionContext } from '../../webhook/decision/case';
import { count } from '../../webhook/decision/counting';
import { decide } from '../../webhook/decision/decide';
import { belowMinimum } from '../../webhook/decision/intent';
import { MAX_OPEN_OPERATIONS } from '../../webhook/decision/vetoes';
import { TAGS } from '../../webhook/model/names';
import type { Intent } from '../../webhook/model/decision';
import type { CompleteObservation, Instance, Node } from '../../webhook/model/observation';
import type { Operation, ScaleDown, ScaleUp } from '../../webhook/model/operation';
import {
  aSpending,
  KEY,
  NOW,
  SECOND,
  aContext,
  aDrain,
  aLaunchedScaleUp,
  aNode,
  aPause,
  aPolicy,
  aPoolState,
  aScaleDown,
  aScaleUp,
  aWaitingPod,
  anInstance,
  anIntent,
  blindness,
  observation,
} from '../support/builders';

const worker = fc.record({
  state: fc.constantFrom('pending' as const, 'running' as const, 'stopped' as const, 'terminated' as const),
  node: fc.constantFrom('none' as const, 'ready' as const, 'not-ready' as const, 'cordoned' as const),
  listed: fc.boolean(),
  launchedBy: fc.constantFrom(null, 'up-0', 'up-1'),
});
type Worker = typeof worker extends fc.Arbitrary<infer T> ? T : never;

function instanceOf(it: Worker, i: number): Instance {
  const tags = it.launchedBy === null ? {} : { [TAGS.operation]: it.launchedBy };
  return anInstance(`i-${i}`, { state: it.state, tags });
}
function nodeOf(it: Worker, i: number): Node {
  return aNode(`i-${i}`, { ready: it.node !== 'not-ready', cordoned: it.node === 'cordoned' });
}

const world: fc.Arbitrary<CompleteObservation> = fc
  .record({ workers: fc.array(worker, { maxLength: 14 }), pods: fc.nat({ max: 3 }) })
  .map(({ workers, pods }) =>
    observation({
      instances: workers.map(instanceOf).filter((_, i) => workers[i]?.listed),
      nodes: workers.map(nodeOf).filter((_, i) => workers[i]?.node !== 'none'),
      pods: Array.from({ length: pods }, (_, i) => aWaitingPod(`p${i}`)),
    }),
  );

const scaleUp: fc.Arbitrary<Omit<ScaleUp, 'id'>> = fc.oneof(
  fc
    .record({
      phase: fc.constantFrom('accepted' as const, 'launching' as const),
      planned: fc.integer({ min: 1, max: 4 }),
    })
    .map((it) => aScaleUp('', it)),
  fc
    .record({
      phase: fc.constantFrom('joining' as const, 'rolling-back' as const, 'done' as const),
      ids: fc.uniqueArray(fc.nat({ max: 15 }), { maxLength: 4 }),
    })
    .map(({ phase, ids }) =>
      aLaunchedScaleUp(
        '',
        ids.map((n) => `i-${n}`),
        { phase },
      ),
    ),
);
const scaleDown: fc.Arbitrary<Omit<ScaleDown, 'id'>> = fc.oneof(
  fc.constant(aScaleDown('')),
  fc
    .record({
      phase: fc.constantFrom('accepted' as const, 'draining' as const, 'terminating' as const, 'rolling-back' as const),
      n: fc.nat({ max: 15 }),
      acceptedAt: fc.integer({ min: NOW - 100, max: NOW }),
      cancelled: fc.boolean(),
    })
    .map(({ phase, n, acceptedAt, cancelled }) =>
      aDrain('', `i-${n}`, { phase, acceptedAt, ...(cancelled ? { cancelledBy: 'x' } : {}) }),
    ),
);
const operations: fc.Arbitrary<readonly Operation[]> = fc
  .record({ ups: fc.array(scaleUp, { maxLength: 2 }), downs: fc.array(scaleDown, { maxLength: 4 }) })
  .map(({ ups, downs }) => [
    ...ups.map((it, i): Operation => ({ ...it, id: `up-${i}` })),
    ...downs.map((it, i): Operation => ({ ...it, id: `down-${i}` })),
  ]);

const sometime = fc.integer({ min: NOW - 700 * SECOND, max: NOW + SECOND });
const state = fc
  .record({
    operations,
    stamps: fc.record(
      {
        upClosedAt: sometime,
        closedAt: sometime,
        upAcceptedAt: sometime,
        backoff: fc.record({ failures: fc.constant(1), until: sometime }),
      },
      { requiredKeys: [] },
    ),
    paused: fc.constantFrom(null, null, null, 'up' as const, 'down' as const),
  })
  .map((it) =>
    aPoolState(it.operations, { ...it.stamps, ...(it.paused ? { pauses: { [it.paused]: aPause() } } : {}) }),
  );

const policy = fc
  .record({
    min: fc.nat({ max: 5 }),
    room: fc.nat({ max: 10 }),
    step: fc.integer({ min: 1, max: 3 }),
    maxNodesPerDecision: fc.integer({ min: 1, max: 10 }),
    maxConcurrentDrains: fc.integer({ min: 1, max: 4 }),
    // With no distance between top-ups a counting error cannot hide behind it.
    topUp: fc.constantFrom(0, 30 * SECOND),
  })
  .map(({ room, topUp, ...it }) => aPolicy({ ...it, max: it.min + room, cooldown: { ...aPolicy().cooldown, topUp } }));

const context: fc.Arbitrary<DecisionContext> = fc
  .record({
    state,
    policy,
    observation: fc.oneof({ weight: 9, arbitrary: world }, { weight: 1, arbitrary: fc.constant(blindness()) }),
    upFiring: fc.constantFrom([], [], ['HighCpu']),
    pipelineSilent: fc.constantFrom(null, null, 'silent'),
  })
  .map((it) => aContext(it));

const intent: fc.Arbitrary<Intent> = fc.oneof(
  fc
    .record({
      direction: fc.constantFrom('up' as const, 'down' as const),
      wish: fc.oneof(
        fc.double({ min: 0, max: 20, noNaN: true }).map((nodes) => ({ kind: 'total' as const, nodes })),
        fc.constant({ kind: 'total' as const, nodes: 1e9 }),
        fc.constant({ kind: 'step' as const }),
        fc.constant({ kind: 'invalid' as const, text: 'NaN' }),
      ),
      urgent: fc.boolean(),
      forPods: fc.boolean(),
    })
    .map((it) => anIntent(it)),
  fc.nat({ max: 5 }).map((min) => belowMinimum(min, NOW)),
);

const everywhere = (check: (intent: Intent, context: DecisionContext) => void) => {
  fc.assert(fc.property(intent, context, check), { numRuns: 500 });
};

describe('decide, whatever is asked in whatever situation', () => {
  it('never launches beyond max or beyond what one decision may', () => {
    everywhere((asked, situation) => {
      const { launch } = decide(asked, situation);
      if (launch === 0 || !situation.observation.complete) return;
      const { alive } = count(KEY, situation.state, situation.observation);
      expect(alive + launch).toBeLessThanOrEqual(situation.policy.max);
      expect(launch).toBeLessThanOrEqual(situation.policy.maxNodesPerDecision);
    });
  });

  it('never buys beyond the budget of an hour, but for the minimum', () => {
    const money = fc.record({
      budget: fc.double({ min: 0.01, max: 2, noNaN: true }),
      perHour: fc.double({ min: 0, max: 2, noNaN: true }),
    });
    const check = (
      asked: Intent,
      situation: DecisionContext,
      { budget, perHour }: { budget: number; perHour: number },
    ) => {
      const policy = { ...situation.policy, budget: { perHour: budget } };
      const { launch } = decide(asked, { ...situation, policy, spending: aSpending({ perHour }) });
      if (launch === 0 || asked.source === 'below-minimum' || !situation.observation.complete) return;
      const { alive } = count(KEY, situation.state, situation.observation);
      if (alive + launch <= policy.min) return;
      expect(perHour + launch * 0.1).toBeLessThanOrEqual(budget + 1e-6);
    };
    fc.assert(fc.property(intent, context, money, check), { numRuns: 500 });
  });

  it('never brings the pool above what was asked', () => {
    everywhere((asked, situation) => {
      const { launch, takeBack, have, want } = decide(asked, situation);
      if (launch + takeBack.length === 0) return;
      expect(Number(have) + launch + takeBack.length).toBeLessThanOrEqual(Number(want));
    });
  });

  it('never gives back below min, below what was asked, or more at once than may be drained', () => {
    everywhere((asked, situation) => {
      const { giveBack, have, want } = decide(asked, situation);
      if (giveBack === 0 || !situation.observation.complete) return;
      const { free } = count(KEY, situation.state, situation.observation);
      const draining = Object.values(situation.state.operations).filter((it) => it.kind === 'scale-down').length;
      expect(free - giveBack).toBeGreaterThanOrEqual(situation.policy.min);
      expect(Number(have) - giveBack).toBeGreaterThanOrEqual(Number(want));
      expect(draining + giveBack).toBeLessThanOrEqual(situation.policy.maxConcurrentDrains);
      expect(draining + giveBack).toBeLessThanOrEqual(MAX_OPEN_OPERATIONS);
    });
  });

  it('does nothing when it holds, and something when it does not', () => {
    everywhere((asked, situation) => {
      const { outcome, reason, launch, giveBack, takeBack } = decide(asked, situation);
      const kinds = {
        hold: [0, 0, 0],
        'scale-up': [1, 0, takeBack.length > 0 ? 1 : 0],
        uncordon: [0, 0, 1],
        'scale-down': [0, 1, 0],
        // Decided elsewhere: not by intents.
        replace: null,
        exchange: null,
      };
      expect([launch, giveBack, takeBack.length].map((n) => Math.sign(n))).toEqual(kinds[outcome]);
      expect(reason === 'accepted').toBe(outcome !== 'hold');
    });
  });

  it('acts only in whole nodes', () => {
    everywhere((asked, situation) => {
      const { launch, giveBack } = decide(asked, situation);
      expect([launch, giveBack].every((n) => Number.isSafeInteger(n) && n >= 0)).toBe(true);
    });
  });

  it('goes only in the direction asked', () => {
    everywhere((asked, situation) => {
      const { launch, giveBack, takeBack } = decide(asked, situation);
      expect(asked.direction === 'up' ? giveBack : launch + takeBack.length).toBe(0);
    });
  });

  it('does not act when the pool has what is asked', () => {
    everywhere((asked, situation) => {
      const { outcome, have, want } = decide(asked, situation);
      const missing = asked.direction === 'up' ? Number(want) - Number(have) : Number(have) - Number(want);
      if (want !== null && missing <= 0) expect(outcome).toBe('hold');
    });
  });

  it('names a clamp if and only if it does less than what is missing', () => {
    everywhere((asked, situation) => {
      const { outcome, launch, giveBack, takeBack, have, want, limitedBy } = decide(asked, situation);
      if (outcome === 'hold') return expect(limitedBy).toEqual([]);
      const missing = Math.abs(Number(want) - Number(have));
      expect(limitedBy.length > 0).toBe(launch + giveBack + takeBack.length < missing);
    });
  });

  it('takes back only open drains that have a way back, each once', () => {
    everywhere((asked, situation) => {
      const { takeBack } = decide(asked, situation);
      expect(new Set(takeBack).size).toBe(takeBack.length);
      for (const id of takeBack) {
        const down = situation.state.operations[id];
        expect(down).toMatchObject({ kind: 'scale-down' });
        expect(down).not.toHaveProperty('cancelledBy');
        expect(['terminating', 'rolling-back', 'done', 'rolled-back']).not.toContain(down?.phase);
      }
    });
  });

  it('gives the same answer to the same question', () => {
    everywhere((asked, situation) => {
      expect(decide(structuredClone(asked), structuredClone(situation))).toEqual(decide(asked, situation));
    });
  });

  it('does nothing without an observation', () => {
    everywhere((asked, situation) => {
      expect(decide(asked, { ...situation, observation: blindness() }).outcome).toBe('hold');
    });
  });
});
