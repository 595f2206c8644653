import { LiveEvents, parseLiveEvent } from '../../webhook/assembly/live-events';
import type { PoolUnit } from '../../webhook/assembly/pool-unit';
import { SmartScaleError } from '../../webhook/errors';
import type { Decision } from '../../webhook/model/decision';
import { makeLogger } from '../../webhook/telemetry/logger';
import { FakeRedis } from '../fakes/fake-redis';
import { KEY, NOW } from '../support/builders';
import { FakeClock, settled } from '../support/fake-clock';

/** A pool of this process, and what its events made of it. */
class WatchedPool {
  refreshes = 0;
  looks = 0;
  refresh = (): Promise<void> => Promise.resolve();
  readonly unit = {
    key: KEY,
    refresh: () => {
      this.refreshes += 1;
      return this.refresh();
    },
    lookSoon: () => {
      this.looks += 1;
    },
  } as Partial<PoolUnit> as PoolUnit;
}

let clock: FakeClock;
let redis: FakeRedis;
let pool: WatchedPool;
let lines: string[];
let asked: [string, string][];

beforeEach(() => {
  clock = new FakeClock();
  redis = new FakeRedis(clock);
  pool = new WatchedPool();
  lines = [];
  asked = [];
});

function replica(owner: string): LiveEvents {
  return new LiveEvents({
    redis: redis.connect(),
    poolOf: (key) => (key.cluster === KEY.cluster && key.pool === KEY.pool ? pool.unit : undefined),
    owner,
    clock,
    onRequest: (...what) => asked.push(what),
    log: makeLogger({ level: 'debug', destination: { write: (line) => lines.push(line) } }),
  });
}

const decision = (outcome: Decision['outcome']) => ({ outcome }) as Decision;
const said = () => redis.published.map((text) => JSON.parse(text) as Record<string, unknown>);

const EVENT = { from: 'b', ...KEY, kind: 'closed', operation: 'op1', at: NOW };
const hears = async (event: unknown) => {
  redis.publish(typeof event === 'string' ? event : JSON.stringify(event));
  await settled();
};

describe('what is told', () => {
  test('is who, where, what, of which operation and when', async () => {
    replica('a').closed(KEY, { id: 'op1' });
    await settled();
    expect(said()).toEqual([{ ...EVENT, from: 'a', at: clock.now() }]);
    expect(asked).toEqual([['publish', 'ok']]);
    expect(redis.published[0]?.length).toBeLessThan(200);
  });

  test('is one event for each accepted operation, and one for growing that only takes back', async () => {
    const events = replica('a');
    events.accepted({ ...KEY, dryRun: false }, decision('scale-down'), ['op1', 'op2']);
    events.accepted({ ...KEY, dryRun: false }, decision('uncordon'), []);
    await settled();
    expect(said().map(({ kind, operation }) => [kind, operation])).toEqual([
      ['accepted', 'op1'],
      ['accepted', 'op2'],
      ['accepted', undefined],
    ]);
  });

  test('is nothing when nothing was accepted, or only in a dry run', async () => {
    const events = replica('a');
    events.accepted({ ...KEY, dryRun: false }, decision('hold'), []);
    events.accepted({ ...KEY, dryRun: true }, decision('scale-up'), ['op1']);
    await settled();
    expect(said()).toEqual([]);
  });

  test('may be lost: nobody is told of an error, it is counted', async () => {
    redis.state = 'away';
    replica('a').tell(KEY, 'paused');
    await settled();
    expect(asked).toEqual([['publish', 'error']]);
  });
});

describe('what is heard', () => {
  test('makes the pool read anew and looked at', async () => {
    replica('a');
    await hears(EVENT);
    expect([pool.refreshes, pool.looks]).toEqual([1, 1]);
  });

  test('of ourselves is no news', async () => {
    replica('a').closed(KEY, { id: 'op1' });
    await settled();
    expect(pool.refreshes).toBe(0);
  });

  test('of a pool that is not ours is passed over', async () => {
    replica('a');
    await hears({ ...EVENT, pool: 'batch' });
    await hears({ ...EVENT, cluster: 'bank' });
    expect(pool.refreshes).toBe(0);
  });

  test('a thousand times while one reading runs is one more', async () => {
    let end = () => {};
    pool.refresh = () => new Promise((resolve) => (end = resolve));
    replica('a');
    for (let i = 0; i < 1000; i += 1) redis.publish(JSON.stringify(EVENT));
    await settled();
    expect(pool.refreshes).toBe(1);
    end();
    await settled();
    end();
    await settled();
    expect([pool.refreshes, pool.looks]).toEqual([2, 2]);
  });

  test('while the store is out of reach breaks nothing, and the next one is heard', async () => {
    pool.refresh = () => Promise.reject(new SmartScaleError('store-unreachable', 'gone'));
    replica('a');
    await hears(EVENT);
    expect(pool.looks).toBe(0);
    pool.refresh = () => Promise.resolve();
    await hears(EVENT);
    expect(pool.looks).toBe(1);
  });

  test('after the end is nobody’s', async () => {
    replica('a').stop();
    await hears(EVENT);
    expect(pool.refreshes).toBe(0);
  });
});

describe('the shape', () => {
  test('may have more than we know', () => {
    expect(parseLiveEvent(JSON.stringify({ ...EVENT, phase: 'done' }))).toEqual(EVENT);
    const { operation: _operation, ...without } = EVENT;
    expect(parseLiveEvent(JSON.stringify(without))).toEqual(without);
  });

  test.each<[string, unknown]>([
    ['no JSON', '{"from":'],
    ['nothing', ''],
    ['null', null],
    ['a list', [EVENT]],
    ['text', '"closed"'],
    ['no sender', { ...EVENT, from: undefined }],
    ['no pool', { ...EVENT, pool: undefined }],
    ['a pool that is none', { ...EVENT, pool: { toString: 'workers' } }],
    ['a kind of a later release', { ...EVENT, kind: 'replaced' }],
    ['a time in words', { ...EVENT, at: 'now' }],
    ['a reach for prototypes', '{"__proto__":{"from":"b","cluster":"shop","pool":"workers","kind":"closed","at":1}}'],
  ])('that is %s is passed over', async (_what, event) => {
    const text = typeof event === 'string' ? event : JSON.stringify(event);
    expect(parseLiveEvent(text)).toBeNull();
    replica('a');
    await hears(text);
    expect(pool.refreshes).toBe(0);
    expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual([
      'ignored an event of no known shape',
    ]);
  });
});
