import { MemoryStore } from '../../webhook/adapters/memory-store';
import { SmartScaleError } from '../../webhook/errors';
import { DecisionLog } from '../../webhook/evaluation/decision-log';
import { KEY, NOW, SECOND, aDecision, anIntent } from '../support/builders';
import { countingIds } from '../support/fake-clock';
import { silentLog } from '../support/world';

function setUp() {
  const store = new MemoryStore();
  const log = new DecisionLog({ key: KEY, store, ids: countingIds('row'), log: silentLog });
  const rows = async () => (await store.readHistory(KEY, { limit: 100 })).map((row) => row.data).reverse();
  return { store, log, rows };
}

const held = (seconds: number, overrides: Parameters<typeof aDecision>[0] = {}) =>
  aDecision({ at: NOW + seconds * SECOND, ...overrides });
const acted = (seconds: number) => held(seconds, { outcome: 'scale-up', reason: 'accepted', launch: 1 });

describe('the history of decisions', () => {
  it('has one row while the answer stays the same, with how often and when last', async () => {
    const { log, rows } = setUp();
    for (const seconds of [0, 15, 30]) await log.note(held(seconds), []);
    expect(await rows()).toMatchObject([{ outcome: 'hold', reason: 'enough' }]);
    await log.note(held(45, { reason: 'cooling-down' }), []);
    expect(await rows()).toMatchObject([
      { reason: 'enough', times: 3, lastAt: NOW + 30 * SECOND },
      { reason: 'cooling-down' },
    ]);
  });

  it('has a new row when another alert gets the same answer', async () => {
    const { log, rows } = setUp();
    await log.note(held(0), []);
    await log.note(held(15, { intent: anIntent({ source: 'HighMemory' }) }), []);
    expect(await rows()).toMatchObject([{ alert: 'HighCpu' }, { alert: 'HighMemory' }]);
  });

  it('has a row for everything accepted, with its operations', async () => {
    const { log, rows } = setUp();
    await log.note(acted(0), ['up-1']);
    await log.note(acted(60), ['up-2']);
    expect(await rows()).toMatchObject([{ operations: ['up-1'] }, { operations: ['up-2'] }]);
  });

  it('has a row for every drain taken back, though that opens no operation', async () => {
    const { log, rows } = setUp();
    const uncordon = (seconds: number, id: string) =>
      held(seconds, { outcome: 'uncordon', reason: 'accepted', takeBack: [id] });
    await log.note(uncordon(0, 'd1'), []);
    await log.note(uncordon(900, 'd2'), []);
    expect(await rows()).toMatchObject([{ takeBack: ['d1'] }, { takeBack: ['d2'] }]);
  });

  it('does not fail the decision when it cannot be written', async () => {
    const { store, log } = setUp();
    store.failWith(new SmartScaleError('store-unreachable', 'timeout'));
    await expect(log.note(acted(0), ['up-1'])).resolves.toBeUndefined();
    expect(log.last()).toMatchObject({ outcome: 'scale-up' });
  });
});
