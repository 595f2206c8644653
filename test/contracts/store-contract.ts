/** What every store does, whatever it is made of. */
import { EMPTY_POOL, type Pause } from '../../webhook/model/pool';
import type { Acceptance, StorePort } from '../../webhook/ports';
import { storeRowsContract, type StoreHarness } from './store-rows-contract';
import { NOW, POOL, aScaleDown, aScaleUp, begin } from './store-samples';

const SEEN = { revision: 1, owner: 'replica-a' };
const pause: Pause = { until: NOW + 60_000, by: 'ann', reason: 'release', since: NOW };

export function storeContract(name: string, makeHarness: () => Promise<StoreHarness> | StoreHarness): void {
  describe(`${name}: accepting`, () => {
    let harness: StoreHarness;
    let store: StorePort;
    beforeEach(async () => {
      harness = await makeHarness();
      store = harness.store;
    });

    const taking = (id: string, version: number): Acceptance => ({
      version,
      operations: [aScaleUp({ id })],
      cancel: [],
      upAcceptedAt: NOW,
    });

    test('answers ping', async () => {
      await expect(store.ping()).resolves.toBeUndefined();
    });

    test('a pool never written is the empty pool', async () => {
      await expect(store.readPool(POOL)).resolves.toEqual(EMPTY_POOL);
    });

    test('the first acceptance makes version 1, the next adds to it', async () => {
      await expect(store.accept(POOL, taking('up1', 0))).resolves.toBe('written');
      await expect(store.accept(POOL, taking('up2', 1))).resolves.toBe('written');
      await expect(store.readPool(POOL)).resolves.toStrictEqual({
        version: 2,
        operations: { up1: aScaleUp({ id: 'up1' }), up2: aScaleUp({ id: 'up2' }) },
        upAcceptedAt: NOW,
        pauses: {},
      });
    });

    test('keeps the last step of an exchange until the next one, also in the first acceptance', async () => {
      const step = (at: number) => ({ step: 'launch' as const, at });
      const up = aScaleUp({ id: 'up1', replaces: { instanceId: 'i-1' } });
      const down = aScaleDown({ id: 'd1', exchanged: true });
      await store.accept(POOL, { version: 0, operations: [up], cancel: [], lastExchange: step(NOW) });
      await store.accept(POOL, taking('up2', 1));
      await expect(store.readPool(POOL)).resolves.toMatchObject({ lastExchange: step(NOW), operations: { up1: up } });
      await store.accept(POOL, { version: 2, operations: [down], cancel: [], lastExchange: step(NOW + 1) });
      await expect(store.readPool(POOL)).resolves.toMatchObject({
        lastExchange: step(NOW + 1),
        operations: { d1: down },
      });
    });

    test('several operations go in together', async () => {
      await begin(store, aScaleDown({ id: 'd1' }), aScaleDown({ id: 'd2' }));
      const { version, operations } = await store.readPool(POOL);
      expect(version).toBe(1);
      expect(Object.keys(operations).sort()).toEqual(['d1', 'd2']);
    });

    test.each([0, 1, 3])('is lost when the pool is at version 2 and the decision saw %i', async (seen) => {
      await begin(store, aScaleUp());
      await store.setPause(POOL, 'down', pause);
      await expect(store.accept(POOL, taking('late', seen))).resolves.toBe('lost');
      expect(Object.keys((await store.readPool(POOL)).operations)).toEqual(['up1']);
    });

    test('of twenty on one version, on two replicas, exactly one is written', async () => {
      for (const version of [0, 1]) {
        const ids = Array.from({ length: 20 }, (_, index) => `v${String(version)}-${String(index)}`);
        const answers = await Promise.all(
          ids.map((id, index) => (index % 2 ? store : harness.other).accept(POOL, taking(id, version))),
        );
        expect(answers.filter((answer) => answer === 'written')).toHaveLength(1);
        const state = await store.readPool(POOL);
        expect(state.version).toBe(version + 1);
        expect(Object.keys(state.operations)).toContain(ids[answers.indexOf('written')]);
        expect(Object.keys(state.operations)).toHaveLength(version + 1);
      }
    });

    test.each([0, 1])('is written when the reply is lost (version %i)', async (version) => {
      if (version === 1) await begin(store, aScaleDown());
      harness.loseNextReply();
      await expect(store.accept(POOL, taking('up1', version))).resolves.toBe('written');
      expect((await store.readPool(POOL)).version).toBe(version + 1);
    });

    test('may be repeated unchanged by a caller who heard nothing', async () => {
      await store.accept(POOL, taking('up1', 0));
      await store.setPause(POOL, 'up', pause);
      await expect(store.accept(POOL, taking('up1', 0))).resolves.toBe('written');
      expect((await store.readPool(POOL)).version).toBe(2);
    });

    test('pools and clusters do not touch each other, whatever they are called', async () => {
      const keys = [
        { cluster: 'a', pool: 'b#c' },
        { cluster: 'a#b', pool: 'c' },
        { cluster: 'a%23b', pool: 'c' },
        { cluster: 'a', pool: 'b' },
      ];
      for (const key of keys) {
        await expect(store.accept(key, taking(key.cluster + key.pool, 0))).resolves.toBe('written');
      }
      for (const key of keys) {
        expect(Object.keys((await store.readPool(key)).operations)).toEqual([key.cluster + key.pool]);
      }
    });
  });

  describe(`${name}: taking drains back`, () => {
    let harness: StoreHarness;
    let store: StorePort;
    beforeEach(async () => {
      harness = await makeHarness();
      store = harness.store;
      await begin(store, aScaleDown({ id: 'd1' }), aScaleDown({ id: 'd2' }));
    });

    const takingBack = (...ids: string[]): Acceptance => ({
      version: 1,
      operations: [],
      cancel: ids.map((id) => ({ id, revision: 1, by: 'decision-7' })),
      upAcceptedAt: NOW,
    });

    test('marks them with a new revision in the write that accepts', async () => {
      const acceptance = { ...takingBack('d2'), operations: [aScaleUp()] };
      await expect(store.accept(POOL, acceptance)).resolves.toBe('written');
      const { operations } = await store.readPool(POOL);
      expect(operations).toStrictEqual({
        d1: aScaleDown({ id: 'd1' }),
        d2: aScaleDown({ id: 'd2', revision: 2, cancelledBy: 'decision-7' }),
        up1: aScaleUp(),
      });
    });

    test('nothing is accepted when one of them has moved on', async () => {
      await store.saveOperation(POOL, aScaleDown({ id: 'd2', revision: 2, phase: 'terminating' }), SEEN);
      await expect(store.accept(POOL, { ...takingBack('d1', 'd2'), operations: [aScaleUp()] })).resolves.toBe('lost');
      const { version, operations } = await store.readPool(POOL);
      expect(version).toBe(1);
      expect(operations['up1']).toBeUndefined();
      expect(operations['d1']).toStrictEqual(aScaleDown({ id: 'd1' }));
    });

    test('is lost when one of them is closed or unknown', async () => {
      await expect(store.accept(POOL, takingBack('d1', 'nobody'))).resolves.toBe('lost');
    });

    test('a cancel and a step of the same drain: one of them is lost', async () => {
      const step = aScaleDown({ id: 'd1', revision: 2, phase: 'cordoned' });
      const answers = await Promise.all([
        store.accept(POOL, takingBack('d1')),
        harness.other.saveOperation(POOL, step, SEEN),
      ]);
      expect([...answers].sort()).toEqual(['lost', 'written']);
      const stored = (await store.readPool(POOL)).operations['d1'];
      expect(stored?.revision).toBe(2);
      expect(stored).toStrictEqual(
        answers[0] === 'written' ? aScaleDown({ id: 'd1', revision: 2, cancelledBy: 'decision-7' }) : step,
      );
    });

    test('is written when the reply is lost, also without anything to buy', async () => {
      harness.loseNextReply();
      await expect(store.accept(POOL, takingBack('d1'))).resolves.toBe('written');
      expect((await store.readPool(POOL)).version).toBe(2);
    });

    test('another decision that took the same drain back is not ours', async () => {
      await store.accept(POOL, { ...takingBack('d1'), cancel: [{ id: 'd1', revision: 1, by: 'decision-6' }] });
      await expect(store.accept(POOL, takingBack('d1'))).resolves.toBe('lost');
    });

    test('a pool never written has nothing to take back', async () => {
      const fresh = { cluster: 'prod', pool: 'fresh' };
      await expect(store.accept(fresh, { ...takingBack('d1'), version: 0 })).resolves.toBe('lost');
      await expect(store.readPool(fresh)).resolves.toEqual(EMPTY_POOL);
    });

    test('a hundred at once', async () => {
      const many = { cluster: 'prod', pool: 'many' };
      const operations = Array.from({ length: 100 }, (_, index) => aScaleDown({ id: `drain-${String(index)}` }));
      await store.accept(many, { version: 0, operations, cancel: [] });
      const acceptance = takingBack(...operations.map(({ id }) => id));
      await expect(store.accept(many, acceptance)).resolves.toBe('written');
      const stored = Object.values((await store.readPool(many)).operations);
      expect(stored.filter((drain) => drain.kind === 'scale-down' && drain.cancelledBy === 'decision-7')).toHaveLength(
        100,
      );
    });
  });

  describe(`${name}: saving an operation`, () => {
    let harness: StoreHarness;
    let store: StorePort;
    beforeEach(async () => {
      harness = await makeHarness();
      store = harness.store;
      await begin(store, aScaleUp());
    });

    const launching = aScaleUp({ revision: 2, phase: 'launching', attempt: 1 });

    test('replaces it and leaves the version of the pool alone', async () => {
      await expect(store.saveOperation(POOL, launching, SEEN)).resolves.toBe('written');
      const { version, operations } = await store.readPool(POOL);
      expect(version).toBe(1);
      expect(operations).toStrictEqual({ up1: launching });
    });

    test('fields that the next phase does not have are gone', async () => {
      const fault = { code: 'ec2-throttled', retryable: true, message: 'Request limit exceeded.' } as const;
      await store.saveOperation(POOL, { ...launching, lastError: fault, detail: 'waits' }, SEEN);
      const joining = aScaleUp({
        revision: 3,
        phase: 'joining',
        instances: [{ id: 'i-1', zone: 'eu-west-1a', joinedAt: NOW }, { id: 'i-2' }],
      });
      await store.saveOperation(POOL, joining, { revision: 2, owner: 'replica-a' });
      expect((await store.readPool(POOL)).operations['up1']).toStrictEqual(joining);
    });

    test.each([
      ['another revision', { revision: 0, owner: 'replica-a' }],
      ['another owner', { revision: 1, owner: 'replica-b' }],
    ])('is lost when %s was seen', async (_what, seen) => {
      const mine = { ...launching, revision: seen.revision + 1, owner: seen.owner };
      await expect(store.saveOperation(POOL, mine, seen)).resolves.toBe('lost');
      expect((await store.readPool(POOL)).operations['up1']).toStrictEqual(aScaleUp());
    });

    test('is lost when the operation, or the pool, is not there', async () => {
      await expect(store.saveOperation(POOL, { ...launching, id: 'nobody' }, SEEN)).resolves.toBe('lost');
      const fresh = { cluster: 'prod', pool: 'fresh' };
      await expect(store.saveOperation(fresh, launching, SEEN)).resolves.toBe('lost');
      await expect(store.readPool(fresh)).resolves.toEqual(EMPTY_POOL);
    });

    test('after a takeover no save of the old owner succeeds', async () => {
      const taken = aScaleUp({ revision: 2, owner: 'replica-b', ownerUntil: NOW + 90_000 });
      await expect(harness.other.saveOperation(POOL, taken, SEEN)).resolves.toBe('written');
      await expect(store.saveOperation(POOL, launching, SEEN)).resolves.toBe('lost');
      // Not even if it guesses the revision.
      await expect(
        store.saveOperation(POOL, { ...launching, revision: 3 }, { revision: 2, owner: 'replica-a' }),
      ).resolves.toBe('lost');
      expect((await store.readPool(POOL)).operations['up1']).toStrictEqual(taken);
    });

    test('of two takeovers one succeeds', async () => {
      const takeover = (owner: string) => aScaleUp({ revision: 2, owner, ownerUntil: NOW + 90_000 });
      const answers = await Promise.all([
        store.saveOperation(POOL, takeover('replica-b'), SEEN),
        harness.other.saveOperation(POOL, takeover('replica-c'), SEEN),
      ]);
      expect([...answers].sort()).toEqual(['lost', 'written']);
    });

    test('is written when the reply is lost, also when its texts had to be cut', async () => {
      const wordy = { ...launching, detail: 'ä'.repeat(5000) };
      harness.loseNextReply();
      await expect(store.saveOperation(POOL, wordy, SEEN)).resolves.toBe('written');
    });

    test('refuses a revision that does not follow the one seen', async () => {
      await expect(store.saveOperation(POOL, aScaleUp({ revision: 1 }), SEEN)).rejects.toMatchObject({
        code: 'internal',
      });
    });

    test('a rule that asks for 1e300 nodes can be stored', async () => {
      const trigger = { ...launching.trigger, nodes: 1e300 };
      await expect(store.saveOperation(POOL, { ...launching, trigger }, SEEN)).resolves.toBe('written');
      expect((await store.readPool(POOL)).operations['up1']?.trigger.nodes).toBe(Number.MAX_SAFE_INTEGER);
    });

    test('what was handed in or out is not shared', async () => {
      const instances = [{ id: 'i-1' }];
      await store.saveOperation(POOL, { ...launching, instances }, SEEN);
      instances.push({ id: 'i-2' });
      const read = await store.readPool(POOL);
      Reflect.deleteProperty(read.operations, 'up1');
      expect((await store.readPool(POOL)).operations['up1']).toMatchObject({ instances: [{ id: 'i-1' }] });
    });
  });

  describe(`${name}: closing`, () => {
    let harness: StoreHarness;
    let store: StorePort;
    beforeEach(async () => {
      harness = await makeHarness();
      store = harness.store;
      await begin(store, aScaleUp(), aScaleDown());
    });

    const done = aScaleUp({ revision: 2, phase: 'done' });
    const seen = { ...SEEN, version: 1 };
    const closing = {
      closedAt: NOW + 5,
      upClosedAt: NOW + 5,
      backoff: { failures: 2, until: NOW + 60_000 },
      servedPods: { podSet: 'abc', at: NOW },
    };

    test('removes the operation and stamps the pool in one write', async () => {
      await expect(store.closeOperation(POOL, done, seen, closing)).resolves.toBe('written');
      await expect(store.readPool(POOL)).resolves.toStrictEqual({
        version: 2,
        operations: { down1: aScaleDown() },
        pauses: {},
        ...closing,
      });
    });

    test('null removes a stamp, absence keeps it', async () => {
      await store.closeOperation(POOL, done, seen, closing);
      const last = { closedAt: NOW + 9, backoff: null, servedPods: null };
      const down = aScaleDown({ phase: 'done' });
      await expect(store.closeOperation(POOL, down, { ...SEEN, version: 2 }, last)).resolves.toBe('written');
      await expect(store.readPool(POOL)).resolves.toStrictEqual({
        version: 3,
        operations: {},
        pauses: {},
        closedAt: NOW + 9,
        upClosedAt: NOW + 5,
      });
    });

    test.each([
      ['version', { ...seen, version: 0 }],
      ['revision', { ...seen, revision: 2 }],
      ['owner', { ...seen, owner: 'replica-b' }],
    ])('is lost when another %s was seen', async (_what, wrong) => {
      await expect(store.closeOperation(POOL, done, wrong, closing)).resolves.toBe('lost');
      const state = await store.readPool(POOL);
      expect(state).toStrictEqual({
        version: 1,
        operations: { up1: aScaleUp(), down1: aScaleDown() },
        pauses: {},
      });
    });

    test('is lost when somebody else has closed it', async () => {
      await harness.other.closeOperation(POOL, done, seen, closing);
      await expect(store.closeOperation(POOL, done, seen, { closedAt: NOW + 6 })).resolves.toBe('lost');
      expect((await store.readPool(POOL)).closedAt).toBe(NOW + 5);
    });

    test('is written when the reply is lost', async () => {
      harness.loseNextReply();
      await expect(store.closeOperation(POOL, done, seen, closing)).resolves.toBe('written');
      expect((await store.readPool(POOL)).version).toBe(2);
    });

    test('an acceptance that saw the pool before is lost', async () => {
      await store.closeOperation(POOL, done, seen, closing);
      const late = { version: 1, operations: [aScaleUp({ id: 'up2' })], cancel: [] };
      await expect(store.accept(POOL, late)).resolves.toBe('lost');
    });
  });

  describe(`${name}: pausing`, () => {
    let store: StorePort;
    beforeEach(async () => {
      ({ store } = await makeHarness());
    });

    test('works on a pool never written, and acceptance follows it', async () => {
      await store.setPause(POOL, 'up', pause);
      await expect(store.readPool(POOL)).resolves.toStrictEqual({ version: 1, operations: {}, pauses: { up: pause } });
      await expect(store.accept(POOL, { version: 1, operations: [aScaleUp()], cancel: [] })).resolves.toBe('written');
    });

    test('keeps directions apart, overwrites and resumes', async () => {
      const forever: Pause = { ...pause, until: null };
      await store.setPause(POOL, 'up', pause);
      await store.setPause(POOL, 'down', pause);
      await store.setPause(POOL, 'down', forever);
      await store.setPause(POOL, 'up', null);
      await expect(store.readPool(POOL)).resolves.toMatchObject({ version: 4, pauses: { down: forever } });
      expect((await store.readPool(POOL)).pauses).not.toHaveProperty('up');
    });

    test('leaves open operations alone, and a decision made before it is lost', async () => {
      await begin(store, aScaleUp());
      await store.setPause(POOL, 'up', pause);
      expect((await store.readPool(POOL)).operations).toStrictEqual({ up1: aScaleUp() });
      await expect(store.accept(POOL, { version: 1, operations: [aScaleUp({ id: 'up2' })], cancel: [] })).resolves.toBe(
        'lost',
      );
    });
  });

  storeRowsContract(name, makeHarness);
}
