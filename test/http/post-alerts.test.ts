import request from 'supertest';
import { ERRORS, SmartScaleError, type ErrorCode } from '../../webhook/errors';
import { makeApp } from '../../webhook/http/app';
import { body, posted } from '../alertmanager/posted';
import { DECIDED, MemoryService, TOKEN } from './memory-deps';

let service: MemoryService;

beforeEach(() => {
  service = new MemoryService();
});

function post(content: string | object, type = 'application/json') {
  return request(makeApp(service.deps))
    .post('/alerts')
    .set('Authorization', `Bearer ${TOKEN}`)
    .set('Content-Type', type)
    .send(typeof content === 'string' ? content : JSON.stringify(content));
}

interface Refusal {
  readonly error: ErrorCode;
  readonly message: string;
  readonly advice: string;
  readonly requestId: string;
}

test('a post that was decided within a second is answered 202 with the decision', async () => {
  const answer = await post(body([posted()]));
  expect(answer.status).toBe(202);
  expect(answer.body).toEqual(DECIDED);
  expect(service.received).toMatchObject([{ cluster: 'c1', post: { alerts: [{ fingerprint: 'f00d' }] } }]);
  expect(service.results).toEqual(['decided']);
});

test.each(['repeated', 'queued', 'ignored'] as const)('a post that is %s is answered 202', async (state) => {
  service.answer = () => Promise.resolve({ state, alerts: [], decisions: [] });
  const answer = await post(body([posted()]));
  expect([answer.status, answer.body]).toEqual([202, { state, alerts: [], decisions: [] }]);
  expect(service.results).toEqual([state]);
});

test.each(['store-unreachable', 'store-table-missing'] as const)('%s is 503 with what to do', async (code) => {
  service.answer = () => Promise.reject(new SmartScaleError(code, 'connect ECONNREFUSED'));
  const answer = await post(body([posted()]));
  expect(answer.status).toBe(503);
  expect(answer.body).toMatchObject({ error: code, message: 'connect ECONNREFUSED', advice: ERRORS[code].advice });
  expect(service.results).toEqual([code]);
});

test('what is not ours is 500, logged whole and answered without its words', async () => {
  service.answer = () => Promise.reject(new Error('secret internals'));
  const answer = await post(body([posted()]));
  expect(answer.status).toBe(500);
  expect(answer.text).not.toContain('secret internals');
  const { requestId, advice } = answer.body as Refusal;
  expect(advice).toBe(ERRORS.internal.advice);
  expect(service.logged('request failed')).toMatchObject([{ requestId, err: { message: 'secret internals' } }]);
});

describe('bad input', () => {
  test.each<[string, string, number, ErrorCode]>([
    ['malformed JSON', '{"version":"4"', 400, 'bad-json'],
    ['text', 'hello', 400, 'bad-json'],
    ['nothing', '', 400, 'bad-payload'],
    ['a number', '4', 400, 'bad-json'],
    ['null', 'null', 400, 'bad-json'],
    ['a list', '[]', 400, 'bad-payload'],
    ['version 3', JSON.stringify(body([], { version: '3' })), 400, 'bad-payload'],
    ['two megabytes', JSON.stringify(body([posted({ pad: 'x'.repeat(2 ** 21) })])), 413, 'body-too-large'],
  ])('%s is refused with what to do', async (_what, content, status, code) => {
    const answer = await post(content);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ error: code, advice: ERRORS[code].advice });
    expect((answer.body as Refusal).message).not.toBe('');
    expect(service.received).toEqual([]);
    expect(service.results).toEqual([code]);
    expect(service.logged('refused request')).toHaveLength(1);
  });

  test('is not repeated in the answer', async () => {
    const answer = await post('{"marker-that-was-sent"');
    expect(answer.text).not.toContain('marker');
  });

  test('says which field is wrong', async () => {
    const answer = await post(body([posted({ startsAt: 'noon' })]));
    expect((answer.body as Refusal).message).toBe('alerts.0.startsAt: must be a time as in RFC 3339');
  });

  test('that tries to reach prototypes reaches none', async () => {
    const text = JSON.stringify(body([posted()])).replace('{', '{"__proto__":{"polluted":"yes"},');
    expect((await post(text)).status).toBe(202);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test('with line feeds is one line in the log', async () => {
    await post(body([posted()], { groupKey: 'a\n{"level":"error","msg":"forged"}' }));
    expect(service.lines.every((line) => line.indexOf('\n') === line.length - 1)).toBe(true);
    expect(service.logged('forged')).toEqual([]);
    expect(service.logged('received alerts')).toHaveLength(1);
  });
});

test('260 alerts in one post are all received', async () => {
  const alerts = Array.from({ length: 260 }, (_, n) => posted({ fingerprint: `f${n}` }));
  expect((await post(body(alerts))).status).toBe(202);
  expect(service.received[0]?.post.alerts).toHaveLength(260);
});

test('a body of just under a megabyte is received', async () => {
  const small = JSON.stringify(body([posted({ pad: '' })])).length;
  expect((await post(body([posted({ pad: 'x'.repeat(2 ** 20 - small) })]))).status).toBe(202);
  expect((await post(body([posted({ pad: 'x'.repeat(2 ** 20 - small + 1) })]))).status).toBe(413);
});

test.each(['text/plain', 'application/x-www-form-urlencoded', 'application/octet-stream'])(
  'JSON that calls itself %s is read',
  async (type) => {
    expect((await post(body([posted()]), type)).status).toBe(202);
  },
);

test('a truncated post is received, and the log says what to set', async () => {
  expect((await post(body([posted()], { truncatedAlerts: 3 }))).status).toBe(202);
  expect(service.logged('post was truncated: set max_alerts to 0')).toMatchObject([{ truncatedAlerts: 3 }]);
});

test('one line tells of a post, with what came of it', async () => {
  await post(body([posted(), posted({ status: 'resolved', fingerprint: 'beef' })]));
  expect(service.logged('received alerts')).toMatchObject([
    {
      cluster: 'c1',
      receiver: 'smartscale',
      firing: 1,
      resolved: 1,
      state: 'decided',
      decisions: [{ pool: 'workers', outcome: 'scale-up', reason: 'accepted' }],
    },
  ]);
});
