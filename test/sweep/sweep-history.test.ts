import { MemoryStore } from '../../webhook/adapters/memory-store';
import { SmartScaleError } from '../../webhook/errors';
import type { Finding } from '../../webhook/sweep/findings';
import { SweepHistory } from '../../webhook/sweep/sweep-history';
import type { SweepReport } from '../../webhook/sweep/sweep-report';
import { makeLogger } from '../../webhook/telemetry/logger';
import { KEY, aNode } from '../support/builders';

const GPU = { ...KEY, pool: 'gpu' };
const LOOK = 15_000;

const orphan = (id: string): Finding => ({ kind: 'orphan', id: `orphan/${id}`, pool: 'workers', instanceId: id });
const mark: Finding = {
  kind: 'stale-mark',
  id: 'stale-mark/u/op',
  pool: 'workers',
  node: aNode('i-2'),
  operation: 'op',
};

let store: MemoryStore;
let history: SweepHistory;
let lines: string[];
let at: number;

beforeEach(() => {
  [store, lines, at] = [new MemoryStore(), [], 0];
  const log = makeLogger({ level: 'debug', destination: { write: (line) => void lines.push(line) } });
  history = new SweepHistory({ cluster: KEY.cluster, pools: ['workers', 'gpu'], store, log });
});

/** The next sweep, 15 s later. */
async function sweep(report: Partial<SweepReport> = {}): Promise<void> {
  at += LOOK;
  await history.note({ at, removed: [], reported: [], refused: [], unvouched: null, ...report });
}

/** Oldest first. */
async function rows(key = KEY) {
  return (await store.readHistory(key, { limit: 100 })).map((row) => ({ at: row.at, ...row.data })).toReversed();
}

const told = (message: string) =>
  lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter(({ msg }) => msg === message);

test('everything removed has a row that names it', async () => {
  await sweep({ removed: [orphan('i-1'), mark] });
  await sweep({ removed: [orphan('i-3')] });
  expect(await rows()).toEqual([
    { at: LOOK, outcome: 'removed', finding: 'orphan', what: 'orphan/i-1', instance: 'i-1' },
    { at: LOOK, outcome: 'removed', finding: 'stale-mark', what: 'stale-mark/u/op', node: 'i-2' },
    { at: 2 * LOOK, outcome: 'removed', finding: 'orphan', what: 'orphan/i-3', instance: 'i-3' },
  ]);
});

test.each<[string, Partial<SweepReport>, object]>([
  ['a finding that is left to people', { reported: [orphan('i-1')] }, { outcome: 'reported', what: 'orphan/i-1' }],
  [
    'a sweep that is refused',
    { refused: [{ pool: 'workers', removals: 3, size: 4 }] },
    { outcome: 'refused', removals: 3, size: 4 },
  ],
  [
    'an EC2 that is not believed',
    { unvouched: { message: 'who is this?', unknown: 1, heldBack: [] } },
    { outcome: 'unvouched', message: 'who is this?' },
  ],
])('%s has one row a spell, which says in the end until when it was so', async (_what, report, row) => {
  for (let look = 0; look < 20; look += 1) await sweep(report);
  expect(await rows()).toMatchObject([{ at: LOOK, ...row }]);
  expect((await rows())[0]).not.toHaveProperty('lastAt');
  expect(told('left for a person').filter(({ pool }) => pool === 'workers')).toMatchObject([
    { level: 'warn', cluster: 'shop', ...row },
  ]);
  await sweep();
  await sweep();
  expect(await rows()).toMatchObject([{ at: LOOK, ...row, lastAt: 20 * LOOK }]);
  await sweep(report);
  expect(await rows()).toMatchObject([row, { at: 23 * LOOK, ...row }]);
});

test('what concerns the whole cluster is in the history of each pool', async () => {
  await sweep({ unvouched: { message: 'who is this?', unknown: 1, heldBack: [] } });
  expect(await rows(GPU)).toMatchObject([{ outcome: 'unvouched' }]);
  expect(await rows(KEY)).toMatchObject([{ outcome: 'unvouched' }]);
});

test('spells of several findings are told apart', async () => {
  await sweep({ reported: [orphan('i-1')] });
  await sweep({ reported: [orphan('i-1'), orphan('i-2')] });
  await sweep({ reported: [orphan('i-2')] });
  expect(await rows()).toMatchObject([
    { what: 'orphan/i-1', lastAt: 2 * LOOK },
    { what: 'orphan/i-2', at: 2 * LOOK },
  ]);
});

test('rows that the store does not take are written later, each once and at their time', async () => {
  store.failWith(new SmartScaleError('store-unreachable', 'gone'));
  await sweep({ removed: [orphan('i-1')] });
  await sweep({ reported: [mark] });
  expect(told('could not write history')).toHaveLength(2);
  store.failWith(null);
  await sweep({ reported: [mark] });
  expect(await rows()).toMatchObject([
    { at: LOOK, what: 'orphan/i-1' },
    { at: 2 * LOOK, outcome: 'reported' },
  ]);
});
