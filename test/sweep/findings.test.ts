import { TAGS } from '../../webhook/model/names';
import type { CompleteObservation, Instance, InstanceState, Node } from '../../webhook/model/observation';
import type { Operation } from '../../webhook/model/operation';
import { findings, isHarmless, isPlausible, restsOnAbsence, suspectedDead } from '../../webhook/sweep/findings';
import {
  MINUTE,
  NOW,
  aDrain,
  aLaunchedScaleUp,
  aMarkedNode,
  aNode,
  aPoolState,
  aScaleUp,
  anInstance,
  observation,
  workers,
} from '../support/builders';

const AGE = 15 * MINUTE;

interface Asked {
  readonly operations?: readonly Operation[];
  readonly closedAt?: number;
  /** What EC2 answers when it is asked by id. */
  readonly byId?: readonly Instance[];
  readonly now?: number;
}

function findingsOf(seen: CompleteObservation, { operations = [], byId = [], now = NOW, ...stamps }: Asked = {}) {
  const pools = new Map([['workers', { orphanAge: AGE, state: aPoolState(operations, stamps) }]]);
  return findings({ cluster: 'shop', seen, pools, asked: new Map(byId.map((it) => [it.id, it])), now });
}

function found(seen: CompleteObservation, ...operations: readonly Operation[]): readonly string[] {
  return findingsOf(seen, { operations }).map((it) => it.id);
}

const instance = (overrides: Partial<Instance> = {}, nodes: readonly Node[] = []) =>
  observation({ instances: [anInstance('i-9', { launchedAt: NOW - AGE, ...overrides })], nodes });
const byOperation = { tags: { [TAGS.operation]: 'op' } };

describe('an orphan', () => {
  it('is an instance of ours, old enough, without a Node, that no open operation names', () => {
    expect(found(instance())).toEqual(['orphan/i-9']);
    expect(found(instance(byOperation))).toEqual(['orphan/i-9']);
    expect(found(instance(byOperation), aScaleUp('op', { phase: 'rolled-back' }))).toEqual(['orphan/i-9']);
  });

  it.each<InstanceState>(['pending', 'running', 'stopping', 'stopped'])('may be %s', (state) => {
    expect(found(instance({ state }))).toEqual(['orphan/i-9']);
  });

  it.each<[string, CompleteObservation]>([
    ['younger', instance({ launchedAt: NOW - AGE + 1 })],
    ['of another cluster', instance({ tags: { [TAGS.cluster]: 'other' } })],
    ['of a pool that is not configured', instance({ tags: { [TAGS.pool]: 'other' } })],
    ['permanent', instance({ tags: { [TAGS.permanent]: 'true' } })],
    ['shutting down', instance({ state: 'shutting-down' })],
    ['terminated', instance({ state: 'terminated' })],
    ['a Ready node', instance({}, [aNode('i-9')])],
    ['a NotReady node', instance({}, [aNode('i-9', { ready: false })])],
    ['a cordoned node', instance({}, [aNode('i-9', { cordoned: true })])],
    ['a node of no pool', instance({}, [aNode('i-9', { pool: null })])],
  ])('is not one that is %s', (_name, seen) => {
    expect(found(seen)).toEqual([]);
  });

  it('is not one that an open operation names, by id or by tag', () => {
    expect(found(instance(), aLaunchedScaleUp('op', ['i-9']))).toEqual([]);
    expect(found(instance(byOperation), aScaleUp('op', { phase: 'launching' }))).toEqual([]);
    expect(found(instance(), aDrain('down', 'i-9', { phase: 'terminating' }))).toEqual([]);
  });

  it('is not what another replica is just launching, however far our clock is ahead of EC2', () => {
    const launching = aScaleUp('op', { phase: 'launching', owner: 'replica-b' });
    const now = NOW + 60 * MINUTE;
    const seen = instance({ ...byOperation, launchedAt: NOW, state: 'pending' });
    expect(findingsOf(seen, { now, operations: [launching] })).toEqual([]);
    expect(findingsOf(seen, { now })).toHaveLength(1);
  });

  it('is nothing young to a clock that is behind', () => {
    expect(findingsOf(instance({ launchedAt: NOW + 5 * MINUTE }))).toEqual([]);
  });
});

describe('a dead Node', () => {
  const dead = (overrides: Partial<Node> = {}, instances: readonly Instance[] = []) =>
    observation({ nodes: [aNode('i-9', { ready: false, ...overrides })], instances });
  const terminated = anInstance('i-9', { state: 'terminated' });

  it('is one that is not Ready and whose instance EC2, asked by id, calls terminated, listed or not', () => {
    for (const listed of [[], [terminated]]) {
      const seen = dead({ notReadySince: NOW }, listed);
      expect(findingsOf(seen, { byId: [terminated] })).toMatchObject([
        { kind: 'dead-node', id: 'dead-node/uid-i-9', said: 'terminated' },
      ]);
    }
  });

  it('is one whose instance EC2 does not know, asked by id, an hour after its last sign of life', () => {
    const silent = (ms: number) => findingsOf(dead({ notReadySince: NOW - ms }));
    expect(silent(60 * MINUTE)).toMatchObject([{ kind: 'dead-node', said: 'unknown' }]);
    expect(silent(60 * MINUTE - 1)).toEqual([]);
  });

  it('is not what the list calls terminated and EC2, asked by id, does not know', () => {
    expect(findingsOf(dead({ notReadySince: NOW }, [terminated]))).toEqual([]);
  });

  it.each<InstanceState>(['pending', 'running', 'shutting-down', 'stopping', 'stopped'])(
    'is not one whose instance is %s when EC2 is asked by id',
    (state) => {
      expect(findingsOf(dead(), { byId: [anInstance('i-9', { state })] })).toEqual([]);
    },
  );

  it.each<[string, CompleteObservation]>([
    ['Ready', dead({ ready: true })],
    ['of another pool', dead({ pool: 'other' })],
    ['of no pool', dead({ pool: null })],
    ['of the control plane', dead({ controlPlane: true })],
    ['not on an instance', dead({ instanceId: null })],
    ['permanent', dead({ labels: { 'smartscale/permanent': 'true' } })],
    ['on an instance that lives', dead({}, [anInstance('i-9')])],
    ['on a stopped instance', dead({}, [anInstance('i-9', { state: 'stopped' })])],
  ])('is not one that is %s', (_name, seen) => {
    expect(found(seen)).toEqual([]);
  });

  it('is not one that an open operation is about', () => {
    expect(found(dead(), aDrain('down', 'i-9', { phase: 'terminating' }))).toEqual([]);
    expect(found(dead(), aLaunchedScaleUp('up', ['i-9']))).toEqual([]);
  });

  it('that registers anew is another one', () => {
    const ids = ['uid-1', 'uid-2'].flatMap((uid) => found(dead({ uid })));
    expect(ids).toEqual(['dead-node/uid-1', 'dead-node/uid-2']);
  });
});

describe('what EC2 is asked by id', () => {
  it('are nodes that are not Ready and whose instance is not listed alive', () => {
    const nodes = [
      aNode('i-1', { ready: false }),
      aNode('i-2', { ready: false }),
      aNode('i-3', { ready: false }),
      aNode('i-4'),
    ];
    const instances = [anInstance('i-1'), anInstance('i-2', { state: 'terminated' })];
    const pools = new Map([['workers', { orphanAge: AGE, state: aPoolState() }]]);
    expect(suspectedDead({ seen: observation({ nodes, instances }), pools }).map(({ name }) => name)).toEqual([
      'i-2',
      'i-3',
    ]);
  });
});

describe('what EC2 leaves unsaid', () => {
  it('counts for orphans and for instances that it does not know, not for terminated ones and marks', () => {
    const nodes = [
      aNode('i-1', { ready: false }),
      aNode('i-2', { ready: false }),
      aMarkedNode('i-3', 'op', { instanceId: 'i-3' }),
    ];
    const seen = observation({ nodes, instances: [anInstance('i-9', { launchedAt: NOW - AGE })] });
    const byId = [anInstance('i-2', { state: 'terminated' })];
    expect(findingsOf(seen, { byId }).map((it) => [it.id, restsOnAbsence(it)])).toEqual([
      ['orphan/i-9', true],
      ['dead-node/uid-i-1', true],
      ['dead-node/uid-i-2', false],
      ['stale-mark/uid-i-3/op', false],
    ]);
  });
});

describe('a stale mark', () => {
  const marked = workers(1, { nodes: [aMarkedNode('i-1', 'op')] });

  it('is one of an operation that is closed or unknown', () => {
    expect(found(marked)).toEqual(['stale-mark/uid-i-1/op']);
    expect(found(marked, aDrain('op', 'i-1', { phase: 'rolled-back' }))).toEqual(['stale-mark/uid-i-1/op']);
    expect(found(marked, aDrain('other', 'i-1'))).toEqual(['stale-mark/uid-i-1/op']);
  });

  it('is not one of an open operation', () => {
    expect(found(marked, aDrain('op', 'i-1', { phase: 'cordoned' }))).toEqual([]);
  });

  it('is not one of a pool in which an operation closed a moment ago: what was seen may be older', () => {
    const after = (ms: number) => findingsOf(marked, { closedAt: NOW - ms });
    expect(after(1000)).toEqual([]);
    expect(after(-1000)).toEqual([]);
    expect(after(15_000)).toHaveLength(1);
  });

  it('is never the cordon of a person', () => {
    expect(found(workers(1, { nodes: [aNode('i-1', { cordoned: true })] }))).toEqual([]);
  });
});

describe('how much may go at once', () => {
  it.each([
    [0, 0, true],
    [1, 0, true],
    [1, 3, true],
    [2, 9, false],
    [2, 10, true],
    [3, 14, false],
    [3, 15, true],
    [20, 99, false],
  ])('%i of %i: %s', (removals, size, plausible) => {
    expect(isPlausible(removals, size)).toBe(plausible);
  });
});

describe('a node that is Ready but for its startup taint', () => {
  const node = aNode('i-1', { ready: false, awaitsAdmission: true });
  const kinds = (of: Parameters<typeof startup>[0]) =>
    startup(of).flatMap(({ kind }) => (kind === 'startup-taint' ? [kind] : []));

  function startup({ instance = anInstance('i-1'), of = node, open = [] as readonly Operation[] }) {
    const seen = observation({ instances: [instance], nodes: [of] });
    const pools = new Map([['workers', { orphanAge: MINUTE, state: aPoolState(open) }]]);
    return findings({ cluster: 'shop', seen, pools, asked: new Map(), now: NOW });
  }

  it('is found when it is one of ours that no open scale-up waits for', () => {
    expect(kinds({})).toEqual(['startup-taint']);
    expect(kinds({ open: [aLaunchedScaleUp('up', ['i-1'])] })).toEqual([]);
    expect(kinds({ open: [aLaunchedScaleUp('up', ['i-2'])] })).toEqual(['startup-taint']);
  });

  it.each([
    ['a stranger', { of: aNode('i-7', { ready: false, awaitsAdmission: true }) }],
    ['of another cluster', { instance: anInstance('i-1', { tags: { 'smartscale:cluster': 'other' } }) }],
    ['of another pool than its instance', { instance: anInstance('i-1', { tags: { 'smartscale:pool': 'batch' } }) }],
    ['of an instance that ends', { instance: anInstance('i-1', { state: 'shutting-down' as const }) }],
    ['not Ready at all', { of: aNode('i-1', { ready: false }) }],
  ])('is left alone when it is %s', (_which, of) => {
    expect(kinds(of)).toEqual([]);
  });

  it('takes nothing away when it is admitted', () => {
    const [found] = startup({});
    expect(found && isHarmless(found)).toBe(true);
    expect(found && restsOnAbsence(found)).toBe(false);
  });
});
