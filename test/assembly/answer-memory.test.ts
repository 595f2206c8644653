import { parsePayload, type Payload } from '../../webhook/alertmanager/payload';
import { AnswerMemory } from '../../webhook/assembly/answer-memory';
import { noRedis } from '../../webhook/assembly/no-redis';
import type { RedisPort } from '../../webhook/ports';
import { body, posted, withLabels } from '../alertmanager/posted';
import { FakeRedis } from '../fakes/fake-redis';
import { SECOND } from '../support/builders';
import { FakeClock } from '../support/fake-clock';

const TEN_SECONDS = 10 * SECOND;
const DECISIONS = [{ pool: 'workers', outcome: 'scale-up', reason: 'accepted', detail: 'HighCpu asks for 5' }];

let clock: FakeClock;
let redis: FakeRedis;
let asked: [string, string][];

beforeEach(() => {
  clock = new FakeClock();
  redis = new FakeRedis(clock);
  asked = [];
});

function memory(
  port: Pick<RedisPort, 'recall' | 'remember'> = redis.connect(),
  rememberFor = TEN_SECONDS,
): AnswerMemory {
  return new AnswerMemory({ redis: port, clock, rememberFor, onRequest: (...what) => asked.push(what) });
}

function read(alert: object = {}, around: Readonly<Record<string, unknown>> = {}): Payload {
  return parsePayload(JSON.parse(JSON.stringify(body([posted(alert as never)], around))));
}

const keyOf = (post: Payload, cluster: string | null = 'c1') => memory().keyOf(post, cluster);

describe('the key', () => {
  test('is the same for the copies of two Alertmanagers, which name different addresses', () => {
    expect(keyOf(read({ generatorURL: 'http://a:9090' }, { externalURL: 'http://a:9093' }))).toBe(
      keyOf(read({ generatorURL: 'http://b:9090' }, { externalURL: 'http://b:9093', notification_reason: 'repeat' })),
    );
  });

  test.each<[string, Payload]>([
    ['number of nodes', read({ annotations: { nodes: '6', summary: 'busy' } })],
    ['status', read({ status: 'resolved' })],
    ['beginning', read({ startsAt: '2026-11-22T01:31:18Z' })],
    ['label', read({ labels: withLabels({ pool: 'batch' }).labels })],
    ['fingerprint', read({ fingerprint: 'beef' })],
    ['group', read({}, { groupKey: '{}:{alertname="Other"}' })],
  ])('is another for another %s', (_what, other) => {
    expect(keyOf(other)).not.toBe(keyOf(read()));
  });

  test('is another for another cluster, and for nobody', () => {
    expect(new Set([keyOf(read(), 'c1'), keyOf(read(), 'c2'), keyOf(read(), null)]).size).toBe(3);
  });

  test('is none for a post about a node that EC2 takes', () => {
    expect(keyOf(read({ labels: withLabels({ scale: 'replace', node: 'ip-10-0-0-7' }).labels }))).toBeNull();
  });

  test('shows nothing of the post', () => {
    expect(keyOf(read())).toMatch(/^answer:[0-9a-f]{64}$/);
  });
});

describe('what was decided', () => {
  test('is known to everybody for ten seconds', async () => {
    await memory().remember('k', DECISIONS, Infinity);
    await clock.advance(TEN_SECONDS - 1);
    expect(await memory().recall('k')).toEqual(DECISIONS);
    await clock.advance(1);
    expect(await memory().recall('k')).toBeNull();
    expect(asked).toEqual([
      ['remember', 'ok'],
      ['recall', 'hit'],
      ['recall', 'miss'],
    ]);
  });

  test('is known for less when it is sure to change before', async () => {
    await memory().remember('k', DECISIONS, 3 * SECOND);
    await clock.advance(3 * SECOND - 1);
    expect(await memory().recall('k')).toEqual(DECISIONS);
    await clock.advance(1);
    expect(await memory().recall('k')).toBeNull();
  });

  test('is not remembered when it may not stand at all', async () => {
    await memory().remember('k', DECISIONS, 0);
    expect(asked).toEqual([]);
    expect(await memory().recall('k')).toBeNull();
  });

  test('is not believed when Redis carried it out so late that it would stand too long', async () => {
    const late: Parameters<RedisPort['remember']>[] = [];
    const hung: Pick<RedisPort, 'recall' | 'remember'> = {
      ...noRedis,
      remember: (...call) => {
        late.push(call);
        return Promise.resolve('error');
      },
    };
    await memory(hung).remember('k', DECISIONS, Infinity);
    await clock.advance(TEN_SECONDS);
    for (const call of late) await redis.connect().remember(...call);
    expect(redis.values.get('k')).not.toBeNull();
    expect(await memory().recall('k')).toBeNull();
    expect(asked).toContainEqual(['recall', 'miss']);
  });
});

test.each([
  'no JSON',
  '',
  'null',
  '[]',
  '{"until":1e15}',
  '{"until":"later","decisions":[]}',
  '{"until":1e15,"decisions":[{"pool":"workers"}]}',
  '{"until":1e15,"decisions":[{"pool":"workers","outcome":1,"reason":"x","detail":"y"}]}',
])('what Redis holds and is no answer of ours is a miss: %s', async (text) => {
  await redis.connect().remember('k', text, TEN_SECONDS);
  expect(await memory().recall('k')).toBeNull();
  expect(asked).toEqual([['recall', 'miss']]);
});

test('what somebody added to an answer is not given on', async () => {
  const [decision] = DECISIONS;
  const text = JSON.stringify({ until: 1e15, decisions: [{ ...decision, extra: 1 }], extra: 1 });
  await redis.connect().remember('k', text, TEN_SECONDS);
  expect(await memory().recall('k')).toEqual(DECISIONS);
});

test('while Redis is away nothing is known, and it is counted', async () => {
  redis.state = 'away';
  await memory().remember('k', DECISIONS, Infinity);
  expect(await memory().recall('k')).toBeNull();
  expect(asked).toEqual([
    ['remember', 'error'],
    ['recall', 'error'],
  ]);
});

test('where no Redis is configured no post is hashed and nobody is asked', async () => {
  const none = memory(noRedis, 0);
  expect(none.keyOf(read(), 'c1')).toBeNull();
  expect(await none.recall(null)).toBeNull();
  await none.remember(null, DECISIONS, Infinity);
  expect(asked).toEqual([]);
});
