import fc from 'fast-check';
import { advance } from '../../webhook/operation/advance';
import { record } from '../../webhook/operation/record';
import { SCALE_DOWN_TABLE, SCALE_UP_TABLE } from '../../webhook/operation/transitions';
import type { Action, ActionResult, Confirmation } from '../../webhook/operation/step';
import { MOST_ROUNDS } from '../../webhook/operation/launch-plan';
import type { OfferingMark } from '../../webhook/model/offering';
import { TAGS } from '../../webhook/model/names';
import type {
  CompleteObservation,
  Instance,
  InstanceState,
  Node,
  Observation,
  Pod,
} from '../../webhook/model/observation';
import { isClosed, type Operation } from '../../webhook/model/operation';
import {
  MINUTE,
  NOW,
  SECOND,
  aConfirmation,
  aDrain,
  aLaunchedScaleUp,
  aNode,
  aPod,
  aPoolState,
  aScaleDown,
  aScaleUp,
  aView,
  anInstance,
  blindness,
  observation,
  anEviction,
} from '../support/builders';

/** One moment of a world that does as it likes. */
interface Moment {
  readonly after: number;
  readonly observation: Observation;
  readonly confirmation: Confirmation;
  readonly result: ActionResult;
  readonly cancelled: boolean;
  readonly marks: readonly OfferingMark[];
}

const IDS = ['i-1', 'i-2', 'i-3'];
const fault = { code: 'internal' as const, retryable: true, message: 'no' };

/** True five times of six. */
const mostly = fc.nat({ max: 5 }).map((n) => n > 0);

const instance: fc.Arbitrary<(id: string) => Instance | null> = fc
  .record({
    state: fc.constantFrom<InstanceState | null>(null, 'pending', 'running', 'shutting-down', 'terminated', 'stopped'),
    tagged: fc.boolean(),
  })
  .map(
    ({ state, tagged }) =>
      (id: string) =>
        state === null ? null : anInstance(id, { state, tags: tagged ? { [TAGS.operation]: 'op' } : {} }),
  );
const node: fc.Arbitrary<(id: string) => Node | null> = fc
  .record({
    there: mostly,
    ready: mostly,
    cordoned: fc.boolean(),
    markedBy: fc.constantFrom(null, 'op', 'op', 'other'),
    uid: fc.constantFrom(...Array<string>(9).fill('uid'), 'reborn'),
  })
  .map(
    ({ there, uid, ...rest }) =>
      (id: string) =>
        there ? aNode(id, { ...rest, uid: `${uid}-${id}` }) : null,
  );
const pod: fc.Arbitrary<Partial<Pod>> = fc.record({
  node: fc.constantFrom(null, ...IDS),
  ownerKind: fc.constantFrom(...Array<string>(9).fill('ReplicaSet'), 'DaemonSet', null),
  terminating: fc.boolean(),
});

const seen: fc.Arbitrary<Observation> = fc
  .record({
    instances: fc.tuple(instance, instance, instance),
    nodes: fc.tuple(node, node, node),
    pods: fc.array(pod, { maxLength: 3 }),
    blind: fc.nat({ max: 6 }),
    unbroken: fc.integer({ min: 0, max: 300 * SECOND }),
    age: fc.nat({ max: 5 * SECOND }),
  })
  .map((it) => {
    if (it.blind === 0) return blindness();
    const there = <T>(list: readonly (T | null)[]) => list.filter((each) => each !== null);
    return observation({
      at: -it.age,
      completeSince: -it.age - it.unbroken,
      instances: there(it.instances.map((make, i) => make(IDS[i] ?? ''))),
      nodes: there(it.nodes.map((make, i) => make(IDS[i] ?? ''))),
      pods: it.pods.map((each, i) => aPod(`p${i}`, each)),
    });
  });

const confirmation: fc.Arbitrary<Confirmation> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constant(aConfirmation()),
  },
  fc.constant(aConfirmation({ downActive: false })),
  fc.constant(aConfirmation({ upFiring: ['HighCpu'], upWanted: 3 })),
  fc.constant({ answered: false as const }),
);

const result: fc.Arbitrary<ActionResult> = fc.oneof(
  { weight: 8, arbitrary: fc.constant({ result: 'ok' as const }) },
  fc.constant({ result: 'failed' as const, fault }),
  fc.constant({ result: 'failed' as const, fault: { ...fault, retryable: false } }),
  fc.boolean().map((elsewhere) => ({ result: 'refused' as const, fault, elsewhere })),
);

const REFUSED = [
  {
    kind: 'no-capacity',
    scope: { zone: 'eu-central-1a' },
    at: NOW,
    until: NOW + 60 * MINUTE,
    failures: 1,
    by: 'op.1',
  },
] as const;

const moment: fc.Arbitrary<Moment> = fc.record({
  after: fc.oneof(fc.integer({ min: 1, max: 10 * SECOND }), fc.integer({ min: 1, max: 100 * SECOND })),
  observation: seen,
  confirmation,
  result,
  cancelled: fc.nat({ max: 30 }).map((n) => n === 0),
  marks: fc.constantFrom<Moment['marks']>([], REFUSED, [
    ...REFUSED,
    { ...REFUSED[0], by: 'op.2', scope: { zone: 'eu-central-1b' } },
  ]),
});

/** What the world answers to an action: `result` where it fits, else something that belongs to the action. */
function answerTo(action: Action, wanted: ActionResult, operation: Operation): ActionResult {
  if (wanted.result === 'refused' && action.do !== 'create-fleet') return { result: 'ok' };
  if (wanted.result !== 'ok') return wanted;
  if (action.do === 'evict') return anEviction({ accepted: action.pods });
  if (action.do !== 'create-fleet' || operation.kind !== 'scale-up') return wanted;
  return {
    result: 'launched',
    instances: IDS.slice(0, operation.planned).map((id) => ({ id })),
    faults: [],
    elsewhere: true,
  };
}

function shifted(from: Observation, now: number): Observation {
  if (!from.complete) return { ...from, at: now };
  return { ...from, at: now + from.at, completeSince: now + from.completeSince };
}

interface Taken {
  readonly before: Operation;
  readonly after: Operation;
  readonly act: Action | null;
}

/** Walks an operation through the moments, and tells every move. */
function walk(start: Operation, moments: readonly Moment[]): readonly Taken[] {
  let now = NOW;
  let operation = start;
  return moments.map((it) => {
    now += it.after;
    const cancels = it.cancelled && operation.kind === 'scale-down';
    const before = cancels ? { ...operation, cancelledBy: 'up' } : operation;
    const view = aView({
      now,
      observation: shifted(it.observation, now),
      state: aPoolState([before]),
      confirmation: it.confirmation,
      marks: it.marks,
    });
    const { next, act } = advance(before, view);
    operation = act ? record(next, act, answerTo(act, it.result, next), now) : next;
    return { before, after: operation, act };
  });
}

/** Where a walk may begin: what a crash left behind may be anything. */
const STARTS = {
  'scale-up': [
    aScaleUp('op', { planned: 2 }),
    aScaleUp('op', { planned: 2, acceptedAt: NOW }),
    aScaleUp('op', { planned: 2, acceptedAt: NOW, phase: 'launching', attempt: 1 }),
    aLaunchedScaleUp('op', ['i-1', 'i-2']),
    aLaunchedScaleUp('op', ['i-1', 'i-2'], { phase: 'rolling-back' }),
  ],
  'scale-down': [
    aScaleDown('op'),
    ...(['accepted', 'cordoned', 'draining'] as const).map((phase) => aDrain('op', 'i-3', { phase })),
    ...(['terminating', 'rolling-back'] as const).map((phase) => aDrain('op', 'i-3', { phase, deadline: null })),
  ],
} as const;

type Kind = keyof typeof STARTS;
const KINDS: readonly Kind[] = ['scale-up', 'scale-down'];

const startOf = (kind: Kind): fc.Arbitrary<Operation> => fc.constantFrom<Operation[]>(...STARTS[kind]);

const walks = (kind: Kind, check: (moves: readonly Taken[]) => void) => {
  fc.assert(
    fc.property(startOf(kind), fc.array(moment, { maxLength: 40 }), (start, moments) => {
      check(walk(start, moments));
    }),
    { numRuns: 400 },
  );
};

function tableOf(kind: Kind): Readonly<Record<string, { readonly exits: readonly { readonly to: string }[] }>> {
  return kind === 'scale-up' ? SCALE_UP_TABLE : SCALE_DOWN_TABLE;
}

describe('through whatever happens', () => {
  it.each(KINDS)('the walks of a %s take every way of its table', (kind) => {
    const samples = fc.sample(fc.tuple(startOf(kind), fc.array(moment, { minLength: 40, maxLength: 40 })), {
      numRuns: 400,
      seed: 1,
    });
    const moves = samples.flatMap(([start, moments]) => walk(start, moments));
    const ways = new Set(moves.map(({ before, after }) => `${before.phase} to ${after.phase}`));
    const listed = Object.entries(tableOf(kind)).flatMap(([from, { exits }]) =>
      exits.map(({ to }) => `${from} to ${to}`),
    );
    expect(listed.filter((way) => !ways.has(way))).toEqual([]);
  });

  it.each(KINDS)('a %s moves only along its table, a step at a time', (kind) => {
    const table = tableOf(kind);
    walks(kind, (moves) => {
      for (const { before, after } of moves) {
        if (before.phase === after.phase) continue;
        expect(table[before.phase]?.exits.map(({ to }) => to)).toContain(after.phase);
      }
    });
  });

  it.each(KINDS)('a closed %s does nothing more', (kind) => {
    walks(kind, (moves) => {
      for (const { before, after, act } of moves.filter((move) => isClosed(move.before))) {
        expect(act).toBeNull();
        expect(after).toBe(before);
      }
    });
  });

  it('a scale-up never terminates an instance that joined', () => {
    walks('scale-up', (moves) => {
      for (const { before, act } of moves) {
        if (act?.do !== 'terminate' || before.kind !== 'scale-up') continue;
        const joined = before.instances.filter((it) => it.joinedAt !== undefined).map((it) => it.id);
        expect(act.ids.filter((id) => joined.includes(id))).toEqual([]);
        expect(before.phase).toBe('rolling-back');
      }
    });
  });

  it('a scale-up stores its attempt before it asks EC2, and asks for nothing once it is answered', () => {
    walks('scale-up', (moves) => {
      for (const { before, act } of moves) {
        if (act?.do !== 'create-fleet' || before.kind !== 'scale-up') continue;
        expect(before).toMatchObject({ phase: 'launching', answered: false });
        expect(before.attempt).toBeGreaterThan(before.settled ?? 0);
        expect(before.attempt).toBeLessThanOrEqual(MOST_ROUNDS);
      }
    });
  });

  it('a scale-down evicts only while draining, terminates only while terminating, and only its own node', () => {
    walks('scale-down', (moves) => {
      for (const { before, act } of moves) {
        if (before.kind !== 'scale-down' || act === null) continue;
        if (act.do === 'evict') expect(before.phase).toBe('draining');
        if (act.do === 'terminate') expect([before.phase, act.ids]).toEqual(['terminating', [before.node?.instanceId]]);
        if (act.do === 'delete-node') expect([before.phase, act.node.name]).toEqual(['terminating', before.node?.name]);
      }
    });
  });

  it('a scale-down has a deadline exactly while there is a way back', () => {
    walks('scale-down', (moves) => {
      for (const { after } of moves) {
        if (after.kind !== 'scale-down') continue;
        expect(after.deadline !== null).toBe(['accepted', 'cordoned', 'draining'].includes(after.phase));
      }
    });
  });

  it('a scale-down never changes its node', () => {
    walks('scale-down', (moves) => {
      for (const { before, after } of moves) {
        if (before.kind === 'scale-down' && before.node && after.kind === 'scale-down') {
          expect(after.node).toEqual(before.node);
        }
      }
    });
  });
});

/** A world that does what it is asked, and in which nothing else happens. */
class GoodWorld {
  now: number;
  private instances: Instance[];
  private nodes: Node[];
  private pods: Pod[];

  constructor(start: number, from: CompleteObservation | null) {
    this.now = start;
    this.instances = [...(from?.instances ?? [])];
    this.nodes = [...(from?.nodes ?? [])];
    this.pods = [...(from?.pods ?? [])];
  }

  look(): CompleteObservation {
    const { now, instances, nodes, pods } = this;
    return observation({ at: now, completeSince: NOW - 60 * SECOND, instances, nodes, pods });
  }

  /** Five seconds later: what ends has ended, what was evicted is gone. */
  tick(): void {
    this.now += 5 * SECOND;
    this.instances = this.instances.map((it) => (it.state === 'shutting-down' ? { ...it, state: 'terminated' } : it));
    this.pods = this.pods.filter((it) => !it.terminating);
  }

  perform(operation: Operation, action: Action): ActionResult {
    const change = (name: string, changes: Partial<Node>) => {
      this.nodes = this.nodes.map((it) => (it.name === name ? { ...it, ...changes } : it));
    };
    if (action.do === 'create-fleet') return this.launch(operation);
    if (action.do === 'terminate') {
      this.instances = this.instances.map((it) =>
        action.ids.includes(it.id) ? { ...it, state: 'shutting-down' } : it,
      );
    }
    if (action.do === 'delete-node') this.nodes = this.nodes.filter((it) => it.uid !== action.node.uid);
    if (action.do === 'mark') change(action.node.name, { cordoned: true, markedBy: operation.id });
    if (action.do === 'unmark') change(action.node.name, { cordoned: false, markedBy: null });
    if (action.do !== 'evict') return { result: 'ok' };
    const uids = action.pods.map((it) => it.uid);
    this.pods = this.pods.map((it) => (uids.includes(it.uid) ? { ...it, terminating: true } : it));
    return anEviction({ accepted: action.pods });
  }

  private launch(operation: Operation): ActionResult {
    const ids = operation.kind === 'scale-up' ? IDS.slice(0, operation.planned) : [];
    const added = ids.filter((id) => !this.instances.some((it) => it.id === id));
    this.instances.push(...added.map((id) => anInstance(id, { tags: { [TAGS.operation]: operation.id } })));
    return { result: 'launched', instances: ids.map((id) => ({ id })), faults: [], elsewhere: false };
  }
}

function settle(operation: Operation, world: GoodWorld): Operation {
  let current = operation;
  for (let look = 0; look < 400 && !isClosed(current); look += 1) {
    world.tick();
    const view = aView({ now: world.now, observation: world.look(), state: aPoolState([current]) });
    const { next, act } = advance(current, view);
    current = act ? record(next, act, world.perform(next, act), world.now) : next;
  }
  return current;
}

describe('when the world comes to its senses', () => {
  it.each(KINDS)('a %s closes, wherever it was', (kind) => {
    fc.assert(
      fc.property(startOf(kind), fc.array(moment, { maxLength: 15 }), (start, moments) => {
        const moves = walk(start, moments);
        const last = moments.at(-1);
        const now = NOW + moments.reduce((total, it) => total + it.after, 0);
        const world = new GoodWorld(now, last?.observation.complete ? last.observation : null);
        const end = settle(moves.at(-1)?.after ?? start, world);
        expect(isClosed(end)).toBe(true);
        const unjoined = end.kind === 'scale-up' ? end.instances.filter((it) => it.joinedAt === undefined) : [];
        const left = world.look();
        const alive = (id: string) => left.instances.some((it) => it.id === id && it.state !== 'terminated');
        expect(unjoined.filter((it) => alive(it.id))).toEqual([]);
        // What a mad world shows again after the closing is the sweep's.
        if (isClosed(moves.at(-1)?.after ?? start)) return;
        expect(left.nodes.filter((it) => it.markedBy === 'op' && it.uid === markedUid(end))).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });
});

function markedUid(operation: Operation): string | undefined {
  return operation.kind === 'scale-down' ? operation.node?.uid : undefined;
}
