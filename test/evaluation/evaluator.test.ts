import { SmartScaleError } from '../../webhook/errors';
import { Evaluator, silenceOfPipeline, type EvaluatorDeps } from '../../webhook/evaluation/evaluator';
import type { Signals } from '../../webhook/model/alert';
import type { Decision } from '../../webhook/model/decision';
import type { PoolState } from '../../webhook/model/pool';
import type { Acceptance, StorePort, WriteAnswer } from '../../webhook/ports';
import {
  KEY,
  SECOND,
  TIMINGS,
  aDownAlert,
  aDrain,
  aLaunchedScaleUp,
  aSilence,
  anAlert,
  blindness,
  signals,
  total,
} from '../support/builders';
import { countingIds } from '../support/fake-clock';
import { World, worldPolicy } from '../support/world';

interface Setup {
  readonly world: World;
  readonly evaluator: Evaluator;
  readonly decisions: { decision: Decision; operations: readonly string[] }[];
  readonly states: PoolState[];
}

async function setUp(workers: number, overrides: Partial<EvaluatorDeps> = {}, shared?: World): Promise<Setup> {
  const world = shared ?? new World();
  if (!shared) await world.haveWorkers(workers);
  const decisions: Setup['decisions'] = [];
  const states: PoolState[] = [];
  const evaluator = new Evaluator({
    key: KEY,
    policy: world.policy,
    timings: TIMINGS,
    store: world.store,
    observer: world.observerOf(),
    signals: () => Promise.resolve(world.level()),
    notices: (ids) => world.ec2.notices(ids),
    marks: () => world.store.readMarks(KEY),
    clock: world.clock,
    ids: countingIds(overrides.owner ?? 'op'),
    spending: () => Promise.resolve(null),
    owner: 'replica-a',
    ownerLease: 30 * SECOND,
    keepsMinimum: () => true,
    onDecision: (decision, operations) => {
      decisions.push({ decision, operations });
      return Promise.resolve();
    },
    onLook: () => undefined,
    onState: (state) => states.push(state),
    ...overrides,
  });
  return { world, evaluator, decisions, states };
}

const busy = (nodes: number) => (): Signals => signals([anAlert('HighCpu', { wish: total(nodes) })]);

describe('a look', () => {
  it('accepts what was decided, in one write, and tells of it', async () => {
    const { world, evaluator, decisions, states } = await setUp(2);
    world.level = busy(5);
    await expect(evaluator.evaluate()).resolves.toMatchObject({ outcome: 'scale-up', launch: 3 });
    const state = await world.store.readPool(KEY);
    expect(state).toMatchObject({ version: 1, upAcceptedAt: world.clock.now() });
    expect(Object.values(state.operations)).toMatchObject([
      { kind: 'scale-up', planned: 3, owner: 'replica-a', ownerUntil: world.clock.now() + 30 * SECOND },
    ]);
    expect(decisions).toMatchObject([{ decision: { launch: 3 }, operations: [expect.stringMatching(/^op/)] }]);
    expect(Object.keys(states.at(-1)?.operations ?? {})).toHaveLength(1);
  });

  it('writes nothing when it holds', async () => {
    const { world, evaluator, decisions } = await setUp(3);
    world.level = busy(3);
    await expect(evaluator.evaluate()).resolves.toMatchObject({ outcome: 'hold', reason: 'enough' });
    expect((await world.store.readPool(KEY)).version).toBe(0);
    expect(decisions).toMatchObject([{ decision: { reason: 'enough' }, operations: [] }]);
  });

  it('opens one scale-down for each node to give back', async () => {
    const world = new World(worldPolicy({ maxConcurrentDrains: 2 }));
    await world.haveWorkers(5);
    const { evaluator } = await setUp(0, {}, world);
    await evaluator.evaluate();
    expect(Object.values((await world.store.readPool(KEY)).operations).map((it) => it.kind)).toEqual([
      'scale-down',
      'scale-down',
    ]);
  });

  it('marks the drain that it takes back, and buys nothing', async () => {
    const world = new World();
    const ids = await world.haveWorkers(3);
    await world.open(aDrain('down', ids[2] ?? '', { phase: 'accepted' }));
    world.level = busy(3);
    const { evaluator } = await setUp(0, {}, world);
    await expect(evaluator.evaluate()).resolves.toMatchObject({ outcome: 'uncordon' });
    const { operations } = await world.store.readPool(KEY);
    expect(Object.keys(operations)).toEqual(['down']);
    expect(operations['down']).toMatchObject({ revision: 2, cancelledBy: expect.any(String) as string });
  });

  it('holds when the world is not seen', async () => {
    const { world, evaluator } = await setUp(2, { observer: { observe: () => Promise.resolve(blindness()) } });
    world.level = busy(5);
    await expect(evaluator.evaluate()).resolves.toMatchObject({ reason: 'unknown-state' });
  });

  it('fails with the fault of the store, and works again afterwards', async () => {
    const { world, evaluator } = await setUp(2);
    world.level = busy(3);
    world.store.failWith(new SmartScaleError('store-unreachable', 'timeout'));
    await expect(evaluator.evaluate()).rejects.toMatchObject({ code: 'store-unreachable' });
    world.store.failWith(null);
    await expect(evaluator.evaluate()).resolves.toMatchObject({ outcome: 'scale-up' });
  });
});

describe('the second look at Alertmanager, right before the write', () => {
  it.each<[string, Signals, Partial<Decision>]>([
    ['a silence has come', signals([anAlert('HighCpu', { silence: aSilence() })]), { reason: 'paused' }],
    ['the alert is gone', signals(), { reason: 'nothing-asked' }],
    ['the number has fallen', signals([anAlert('HighCpu', { wish: total(3) })]), { launch: 1 }],
  ])('counts when %s', async (_name, second, expected) => {
    const levels = [busy(5)(), second];
    const { evaluator } = await setUp(2, { signals: () => Promise.resolve(levels.shift() ?? signals()) });
    await expect(evaluator.evaluate()).resolves.toMatchObject(expected);
  });

  it('stops a scale-down when an up alert has come', async () => {
    const levels = [
      signals([aDownAlert('Idle')]),
      signals([aDownAlert('Idle'), anAlert('HighCpu', { heardAt: null })]),
    ];
    const { evaluator } = await setUp(4, { signals: () => Promise.resolve(levels.shift() ?? signals()) });
    await expect(evaluator.evaluate()).resolves.toMatchObject({ reason: 'scale-up-firing' });
  });

  it('is not needed when nothing would be done', async () => {
    let reads = 0;
    const { evaluator } = await setUp(2, {
      signals: () => {
        reads += 1;
        return Promise.resolve(signals());
      },
    });
    await evaluator.evaluate();
    expect(reads).toBe(1);
  });
});

describe('many at once', () => {
  it('is one operation for five hundred posts on two replicas that share a store', async () => {
    const a = await setUp(2);
    const b = await setUp(0, { owner: 'replica-b' }, a.world);
    a.world.level = busy(6);
    const posts = Array.from({ length: 500 }, (_, i) => (i % 2 === 0 ? a : b).evaluator.evaluate());
    await Promise.all(posts);
    const { operations, version } = await a.world.store.readPool(KEY);
    expect(Object.values(operations)).toMatchObject([{ planned: 4 }]);
    expect(version).toBe(1);
  });

  it('is one operation for urgent alerts too, which may top up', async () => {
    const policy = worldPolicy();
    const world = new World({ ...policy, cooldown: { ...policy.cooldown, topUp: 0 } });
    await world.haveWorkers(2);
    const a = await setUp(0, {}, world);
    const b = await setUp(0, { owner: 'replica-b' }, world);
    world.level = () => signals([anAlert('UnschedulablePods', { wish: total(6), urgent: true })]);
    await Promise.all(Array.from({ length: 500 }, (_, i) => (i % 2 === 0 ? a : b).evaluator.evaluate()));
    const planned = Object.values((await world.store.readPool(KEY)).operations).map((it) =>
      it.kind === 'scale-up' ? it.planned : 0,
    );
    expect(planned.reduce((sum, n) => sum + n, 0)).toBe(4);
  });

  it('costs three looks however many posts come', async () => {
    const { evaluator, states } = await setUp(2);
    const posts = Array.from({ length: 10_000 }, () => evaluator.evaluate());
    await posts[0];
    posts.push(...Array.from({ length: 10_000 }, () => evaluator.evaluate()));
    await Promise.all(posts);
    expect(states.length).toBeLessThanOrEqual(3);
  });
});

describe('a lost race', () => {
  /** Somebody else accepts between the decision and the write, this many times. */
  function racing(world: World, races: number, rival: () => Acceptance['operations'][number]) {
    let left = races;
    const store: Pick<StorePort, 'readPool' | 'accept'> = {
      readPool: (key) => world.store.readPool(key),
      accept: async (key, acceptance): Promise<WriteAnswer> => {
        if (left > 0) {
          left -= 1;
          await world.open(rival());
        }
        return world.store.accept(key, acceptance);
      },
    };
    return store;
  }

  it('is decided again on what the other has written', async () => {
    const { world } = await setUp(2);
    const store = racing(world, 1, () => aLaunchedScaleUp('rival', ['i-0'], { phase: 'launching' }));
    const { evaluator, decisions } = await setUp(0, { store }, world);
    world.level = busy(5);
    await expect(evaluator.evaluate()).resolves.toMatchObject({ reason: 'already-in-flight' });
    expect(decisions).toHaveLength(1);
    expect(Object.keys((await world.store.readPool(KEY)).operations)).toEqual(['rival']);
  });

  it('gives up with a fault when it is lost again and again', async () => {
    const { world } = await setUp(2);
    let serial = 0;
    const store = racing(world, 99, () => aDrain(`rival${++serial}`, 'x', { phase: 'done' }));
    const { evaluator } = await setUp(0, { store }, world);
    world.level = busy(5);
    await expect(evaluator.evaluate()).rejects.toMatchObject({ code: 'store-unreachable' });
    expect(serial).toBe(10);
  });

  it('is decided again by a process that slept meanwhile: a phase moves on without a new version', async () => {
    const { world } = await setUp(2);
    await world.open(aLaunchedScaleUp('up', ['i-9'], { phase: 'joining' }));
    world.level = () => signals([anAlert('HighCpu', { wish: total(5), urgent: true })]);
    let asked = 0;
    const slept = async () => {
      asked += 1;
      if (asked === 1) {
        await world.clock.advance(30 * SECOND);
        await world.open(aLaunchedScaleUp('up', ['i-9'], { phase: 'rolling-back' }));
      }
      return world.level();
    };
    // A change of phase alone would have left the version as the sleeper has read it.
    const store: Pick<StorePort, 'readPool' | 'accept'> = {
      readPool: (key) => world.store.readPool(key),
      accept: () => Promise.resolve('written'),
    };
    const { evaluator } = await setUp(0, { signals: slept, store }, world);
    await expect(evaluator.evaluate()).resolves.toMatchObject({ reason: 'already-in-flight' });
  });

  it('counts a write whose reply was lost as won', async () => {
    const { world, evaluator } = await setUp(2);
    world.level = busy(5);
    world.store.loseNextReply();
    await expect(evaluator.evaluate()).resolves.toMatchObject({ outcome: 'scale-up' });
    expect(Object.keys((await world.store.readPool(KEY)).operations)).toHaveLength(1);
  });
});

describe('an observation from before an operation closed', () => {
  it('is not used: nodes that joined since would be bought again', async () => {
    const { world, evaluator } = await setUp(2);
    world.level = () => signals();
    await evaluator.evaluate();
    await world.clock.advance(SECOND);
    const [joined = ''] = await world.haveWorkers(1);
    const operation = aLaunchedScaleUp('up', [joined], { phase: 'joining' });
    await world.open(operation);
    const seen = { version: 1, revision: operation.revision, owner: operation.owner };
    await world.store.closeOperation(KEY, operation, seen, { closedAt: world.clock.now() });
    await world.clock.advance(SECOND);
    world.level = busy(3);
    await expect(evaluator.evaluate()).resolves.toMatchObject({ reason: 'enough', have: 3 });
  });
});

describe('the minimum', () => {
  it('comes up by itself in an empty cluster', async () => {
    const { world, evaluator } = await setUp(0, {}, new World());
    world.level = () => signals();
    await expect(evaluator.evaluate()).resolves.toMatchObject({
      outcome: 'scale-up',
      launch: 2,
      intent: { source: 'below-minimum' },
    });
    await expect(evaluator.evaluate()).resolves.toMatchObject({ outcome: 'hold' });
  });

  it('is kept although no Alertmanager answers', async () => {
    const { world, evaluator } = await setUp(1);
    world.level = () => signals([], { alertmanagerSilent: true, watchdogFresh: false });
    await expect(evaluator.evaluate()).resolves.toMatchObject({ launch: 1 });
  });

  it('is kept by one replica only', async () => {
    const { world, evaluator } = await setUp(1, { keepsMinimum: () => false });
    world.level = () => signals();
    await expect(evaluator.evaluate()).resolves.toMatchObject({ reason: 'nothing-asked' });
  });

  it('is not judged by an observation that is incomplete', async () => {
    const { world, evaluator } = await setUp(0, { observer: { observe: () => Promise.resolve(blindness()) } });
    world.level = () => signals();
    await expect(evaluator.evaluate()).resolves.toMatchObject({ reason: 'nothing-asked' });
  });

  it('is not asked for when it is there', async () => {
    const { world, evaluator } = await setUp(2);
    world.level = () => signals();
    await expect(evaluator.evaluate()).resolves.toMatchObject({ reason: 'nothing-asked' });
  });
});

describe('whether the pipeline can be trusted with a scale-down', () => {
  it.each([
    [{}, null],
    [{ alertmanagerSilent: true }, 'no Alertmanager answers'],
    [{ watchdogFresh: false }, 'the Watchdog alert is missing or stale: Prometheus or its rules are down'],
  ])('%j: %s', (overrides, expected) => {
    expect(silenceOfPipeline(signals([], overrides))).toBe(expected);
  });

  it('holds a scale-down that is not', async () => {
    const { world, evaluator } = await setUp(4);
    world.level = () => signals([aDownAlert('Idle')], { watchdogFresh: false });
    await expect(evaluator.evaluate()).resolves.toMatchObject({ reason: 'pipeline-silent' });
  });
});
