import fc from 'fast-check';
import type { NodeSpec, PendingSpec } from './cluster-series';
import { emptiest, hasRoom, highCpu, highMemory, idle, NODE, unschedulable, unschedulableTotals } from './pool-model';
import type { ModelNode, ModelPod, ModelPool } from './pool-model';
import { raised, runRuleCases, type Expectation, type RuleCase } from './promtool';

/** Coarse sizes, so that boundaries are met. */
const pod = fc.record({
  cpu: fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 40 })).map((n) => n / 20),
  memory: fc.integer({ min: 0, max: 16 }).map((n) => n / 2),
});
const pods = (maxLength: number): fc.Arbitrary<ModelPod[]> => fc.array(pod, { minLength: 1, maxLength, size: 'max' });
const choices = fc.infiniteStream(fc.nat());
const share = fc.integer({ min: 0, max: 100 }).map((percent) => percent / 100);

type Chooser = (count: number) => number;

function chooser(stream: Iterator<number>): Chooser {
  return (count) => (stream.next().value as number) % count;
}

/** Any scheduler that places a pod wherever it fits: spreading, packing and all between are among its runs. */
function place(pool: ModelPool, choose: Chooser): ModelPool {
  const nodes: ModelPod[][] = pool.nodes.map((node) => [...node.pods]);
  const left: ModelPod[] = [];
  const queue = [...pool.waiting];
  while (queue.length > 0) {
    const [next] = queue.splice(choose(queue.length), 1) as [ModelPod];
    const room = nodes.filter((node) => hasRoom({ pods: node }, next));
    if (room.length === 0) left.push(next);
    else room[choose(room.length)]?.push(next);
  }
  return { ...pool, nodes: nodes.map((some) => ({ pods: some })), waiting: left };
}

function grow(pool: ModelPool, total: number): ModelPool {
  const fresh: ModelNode[] = Array.from({ length: Math.max(0, total - pool.nodes.length) }, () => ({ pods: [] }));
  return { ...pool, nodes: [...pool.nodes, ...fresh] };
}

/** The emptiest node leaves and its pods look for another. */
function shrink(pool: ModelPool, choose: Chooser): ModelPool {
  const gone = emptiest(pool.nodes);
  const nodes = pool.nodes.filter((_, index) => index !== gone);
  return place({ ...pool, nodes, waiting: pool.nodes[gone]?.pods ?? [] }, choose);
}

/** A pool after bursts that all found their nodes, some of whose pods have left again, with any load. */
const settledPool = fc
  .record({ first: pods(20), second: pods(20), left: fc.nat(9), busy: share, used: share, stream: choices })
  .map(({ first, second, left, busy, used, stream }) => {
    const choose = chooser(stream);
    const empty: ModelPool = { nodes: [], waiting: [], busy: 0, used: 0 };
    const placed = [first, second].reduce((now, waiting) => placeAll({ ...now, waiting }, choose), empty);
    const nodes = placed.nodes.map((node) => ({ pods: node.pods.filter(() => choose(10) >= left) }));
    const pool = { ...placed, nodes };
    const count = pool.nodes.length;
    return { pool: { ...pool, busy: busy * count * NODE.cpu, used: used * count * NODE.memory }, choose };
  });

/** UnschedulablePods until nothing waits. Fails when a pod waits and the total asks for no further node. */
function placeAll(start: ModelPool, choose: Chooser): ModelPool {
  let pool = place(start, choose);
  while (pool.waiting.length > 0) {
    const total = unschedulable(pool) ?? 0;
    expect(total).toBeGreaterThan(pool.nodes.length);
    pool = place(grow(pool, total), choose);
  }
  return pool;
}

describe('the totals', () => {
  it('ask for a further node whenever a pod that would fit one waits, until none waits', () => {
    fc.assert(
      fc.property(pods(40), choices, (waiting, stream) => {
        placeAll({ nodes: [], waiting, busy: 0, used: 0 }, chooser(stream));
      }),
    );
  });

  it('never grow while pods of one size find their places, and leave Idle nothing', () => {
    fc.assert(
      fc.property(pod, fc.integer({ min: 1, max: 60 }), fc.nat(5), choices, (size, count, full, stream) => {
        const choose = chooser(stream);
        const fullNode = { pods: [{ cpu: NODE.cpu, memory: NODE.memory }] };
        const waiting = Array.from({ length: count }, () => size);
        const start = { nodes: Array.from({ length: full }, () => fullNode), waiting, busy: 0, used: 0 };
        const total = unschedulable(start) ?? 0;
        let pool = grow(start, total);
        for (let left = count; left > 0; left -= 1) {
          expect(unschedulable({ ...pool, waiting: waiting.slice(0, left) })).toBeLessThanOrEqual(total);
          pool = place({ ...pool, waiting: [size] }, choose);
          expect(pool.waiting).toEqual([]);
        }
        // No load at all: only requests speak for the nodes.
        expect(idle(pool)).toBeNull();
      }),
    );
  });

  it('of HighCpu leave Idle nothing, however the load spreads', () => {
    fc.assert(
      fc.property(settledPool, ({ pool }) => {
        const total = highCpu(pool);
        fc.pre(total !== null);
        expect(total).toBeGreaterThan(pool.nodes.length);
        expect(idle(grow(pool, total ?? 0))).toBeNull();
      }),
    );
  });

  it('of HighMemory leave Idle nothing', () => {
    fc.assert(
      fc.property(settledPool, ({ pool }) => {
        const total = highMemory(pool);
        fc.pre(total !== null);
        expect(total).toBeGreaterThan(pool.nodes.length);
        expect(idle(grow(pool, total ?? 0))).toBeNull();
      }),
    );
  });

  it('of Idle leave every other rule silent, node by node, wherever the scheduler puts the pods', () => {
    fc.assert(
      fc.property(settledPool, ({ pool, choose }) => {
        let now: ModelPool = { ...pool, busy: pool.busy / 4, used: pool.used / 4 };
        fc.pre(typeof idle(now) === 'number');
        while (typeof idle(now) === 'number') {
          now = shrink(now, choose);
          expect([now.waiting, unschedulable(now), highCpu(now), highMemory(now)]).toEqual([[], null, null, null]);
        }
      }),
    );
  });
});

describe('the shipped rules', () => {
  it('ask for a node when two pods of one size, one of cores and one of memory, find room nowhere', async () => {
    const nodes = Array.from({ length: 14 }, () => ({ pods: [{ cpu: 1.8, memory: 7 }] }));
    const waiting = [
      { cpu: 0.5, memory: 0.5 },
      { cpu: 0.1, memory: 2 },
    ];
    const pool: ModelPool = { nodes, waiting, busy: 14, used: 14 };
    expect(unschedulableTotals(pool)).toEqual([15]);
    expect(await runRuleCases([ruleCase('one size, two shapes', pool)])).toBe('');
  });

  it('reckon as the totals above do', async () => {
    const pools = fc.sample(
      fc.record({
        settled: settledPool,
        waiting: fc.oneof(fc.constant([]), pods(8)),
        load: fc.constantFrom(0.2, 0.2, 1),
      }),
      { numRuns: 20, seed: 11 },
    );
    const cases = pools.map(({ settled: { pool }, waiting, load }, index) => {
      return ruleCase(`pool ${index}`, { ...pool, waiting, busy: pool.busy * load, used: pool.used * load });
    });
    const kinds = cases.flatMap(({ expect: expectations }) => expectations.filter(({ samples }) => samples.length > 0));
    for (const alert of ['HighCpu', 'HighMemory', 'UnschedulablePods', 'Idle']) {
      expect(kinds.filter(({ expr }) => expr.includes(`"${alert}"`)).length).toBeGreaterThanOrEqual(2);
    }
    expect(await runRuleCases(cases)).toBe('');
  });
});

function ruleCase(name: string, pool: ModelPool): RuleCase {
  const count = pool.nodes.length;
  const nodes = pool.nodes.map((node, index): NodeSpec => ({
    name: `n${index}`,
    cores: NODE.cpu,
    memory: NODE.memory,
    maxPods: NODE.pods,
    busy: pool.busy / (count * NODE.cpu),
    full: pool.used / (count * NODE.memory),
    pods: node.pods.map((some, number) => ({ name: `p${index}-${number}`, ...some })),
  }));
  const pending = pool.waiting.map((some, number): PendingSpec => ({ name: `waiting-${number}`, ...some }));
  const asks = (
    alert: 'HighCpu' | 'HighMemory' | 'UnschedulablePods' | 'Idle',
    total: number | null | undefined,
  ): Expectation[] => (total === undefined ? [] : [raised(135, alert, total === null ? {} : { workers: total })]);
  const isDecided = unschedulableTotals(pool).length <= 1;
  return {
    name,
    cluster: { nodes, pending, configured: { workers: NODE } },
    expect: [
      ...asks('HighCpu', highCpu(pool)),
      ...asks('HighMemory', highMemory(pool)),
      ...asks('UnschedulablePods', isDecided ? unschedulable(pool) : undefined),
      ...asks('Idle', idle(pool)),
    ],
  };
}
