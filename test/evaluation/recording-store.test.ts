import { MemoryStore } from '../../webhook/adapters/memory-store';
import { count } from '../../webhook/decision/counting';
import { RecordingStore } from '../../webhook/evaluation/recording-store';
import type { PoolState } from '../../webhook/model/pool';
import { KEY, aPause, aScaleDown, aScaleUp, aTrigger, workers } from '../support/builders';
import { FakeClock } from '../support/fake-clock';

function setUp() {
  const real = new MemoryStore();
  const clock = new FakeClock();
  const seen: PoolState[] = [];
  return { real, clock, seen, store: new RecordingStore(real, clock, (state) => seen.push(state)) };
}

const up = aScaleUp('up', { planned: 3, trigger: aTrigger({ have: 2 }) });
const down = (id: string) => aScaleDown(id, { trigger: aTrigger({ have: 5 }) });

describe('a pool in dry run', () => {
  it('shows what was open before to whoever runs it, and decides without it', async () => {
    const { store, real, seen } = setUp();
    await real.accept(KEY, { version: 0, operations: [down('open')], cancel: [] });
    expect((await store.readPool(KEY)).operations).toEqual({});
    expect(seen.map((state) => Object.keys(state.operations))).toEqual([['open']]);
  });

  it('begins from the real pool', async () => {
    const { store } = setUp();
    expect(count(KEY, await store.readPool(KEY), workers(4))).toMatchObject({ have: 4 });
  });

  it('never writes an operation, and leaves a row that says so', async () => {
    const { store, real } = setUp();
    await expect(store.accept(KEY, { version: 0, operations: [up], cancel: [] })).resolves.toBe('written');
    expect(await real.readPool(KEY)).toMatchObject({ version: 0, operations: {} });
    expect(await real.readHistory(KEY, { limit: 10 })).toMatchObject([
      { id: 'up', kind: 'operation', data: { kind: 'scale-up', planned: 3, dryRun: true } },
    ]);
  });

  it('goes on from what a scale-up would have made of it, with its cooldowns', async () => {
    const { store, clock } = setUp();
    await store.accept(KEY, { version: 0, operations: [up], cancel: [] });
    const now = clock.now();
    expect(await store.readPool(KEY)).toMatchObject({
      operations: {},
      virtualHave: 5,
      upClosedAt: now,
      closedAt: now,
      upAcceptedAt: now,
    });
  });

  it('goes on from what scale-downs would have made of it', async () => {
    const { store, clock } = setUp();
    await store.accept(KEY, { version: 0, operations: [down('a'), down('b')], cancel: [] });
    expect(await store.readPool(KEY)).toMatchObject({ virtualHave: 3, closedAt: clock.now() });
    expect(await store.readPool(KEY)).not.toHaveProperty('upClosedAt');
  });

  it('keeps to the real pause switch', async () => {
    const { store, real } = setUp();
    await real.setPause(KEY, 'up', aPause());
    expect((await store.readPool(KEY)).pauses).toEqual({ up: aPause() });
  });
});
