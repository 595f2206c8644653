import request from 'supertest';
import { SmartScaleError } from '../../webhook/errors';
import { makeApp } from '../../webhook/http/app';
import { NOW } from '../support/builders';
import { MemoryService, OPERATOR } from './memory-deps';

const HOUR = 3_600_000;
let service: MemoryService;

beforeEach(() => {
  service = new MemoryService();
});

function call(path: '/pause' | '/resume', content: object | string) {
  return request(makeApp(service.deps))
    .post(path)
    .set('Authorization', `Bearer ${OPERATOR}`)
    .set('Content-Type', 'application/json')
    .send(content);
}

const ORDER = { cluster: 'c1', pool: 'workers', direction: 'up', by: 'ops', reason: 'release' };

test('a pause is passed on and answered with the pools and its end', async () => {
  const answer = await call('/pause', { ...ORDER, until: '2h' });
  expect(answer.status).toBe(200);
  expect(answer.body).toEqual({
    state: 'paused',
    cluster: 'c1',
    direction: 'up',
    pools: ['workers'],
    until: new Date(NOW + 2 * HOUR).toISOString(),
  });
  expect(service.orders).toEqual([{ what: 'pause', order: { ...ORDER, until: NOW + 2 * HOUR } }]);
});

test.each([
  ['a time', new Date(NOW + HOUR).toISOString(), NOW + HOUR],
  ['a time with a zone', '2026-01-05T14:00:00+01:00', NOW + HOUR],
  ['a length', '1h30m', NOW + 1.5 * HOUR],
  ['null', null, null],
])('until may be %s', async (_what, until, end) => {
  expect((await call('/pause', { ...ORDER, until })).status).toBe(200);
  expect(service.orders[0]?.order.until).toBe(end);
});

test('without until it holds until somebody resumes', async () => {
  expect((await call('/pause', ORDER)).body).toMatchObject({ until: null });
  expect(service.orders[0]?.order.until).toBeNull();
});

test('without pool it holds all of the cluster, without cluster that of the token', async () => {
  const { cluster: _c, pool: _p, ...rest } = ORDER;
  expect((await call('/pause', rest)).status).toBe(200);
  expect(service.orders[0]?.order).toMatchObject({ cluster: 'c1' });
  expect(service.orders[0]?.order).not.toHaveProperty('pool');
});

test('in local mode with several clusters one must be named', async () => {
  service = new MemoryService(true);
  const { cluster: _c, ...rest } = ORDER;
  const answer = await call('/pause', rest);
  expect([answer.status, answer.body]).toMatchObject([400, { message: 'cluster: name one of c1, c2' }]);
});

test('resume needs direction and by alone', async () => {
  const answer = await call('/resume', { direction: 'both', by: 'ops' });
  expect(answer.body).toEqual({ state: 'resumed', cluster: 'c1', direction: 'both', pools: ['workers'] });
  expect(service.orders).toEqual([
    { what: 'resume', order: { cluster: 'c1', direction: 'both', by: 'ops', reason: 'resumed', until: null } },
  ]);
});

test.each<[string, object, RegExp]>([
  ['without by', { ...ORDER, by: undefined }, /^by: /],
  ['with an empty by', { ...ORDER, by: '  ' }, /^by: must not be empty$/],
  ['without reason', { ...ORDER, reason: undefined }, /^reason: /],
  ['with a reason of two lines', { ...ORDER, reason: 'a\nb' }, /^reason: must be one line of text$/],
  ['with an escape sequence', { ...ORDER, reason: '\u001b[2J' }, /^reason: must be one line of text$/],
  ['with an escape sequence of eight bits', { ...ORDER, reason: '\u009b2J' }, /^reason: must be one line of text$/],
  ['with text turned around', { ...ORDER, by: 'ops\u202e' }, /^by: must be one line of text$/],
  ['with half a character', { ...ORDER, reason: 'a\ud83d' }, /^reason: must be one line of text$/],
  ['with a pool of a page', { ...ORDER, pool: 'x'.repeat(64) }, /^pool: must not be longer than 63 characters$/],
  ['with a cluster of two lines', { ...ORDER, cluster: 'c1\nc1' }, /^cluster: must be one line of text$/],
  ['with a reason of a page', { ...ORDER, reason: 'x'.repeat(301) }, /^reason: must not be longer than 300/],
  ['without direction', { ...ORDER, direction: undefined }, /^direction: must be "up", "down" or "both"$/],
  ['with a third direction', { ...ORDER, direction: 'sideways' }, /^direction: must be "up", "down" or "both"$/],
  ['with a mistyped key, which would hold for ever', { ...ORDER, untill: '2h' }, /untill/],
  ['until a bare number', { ...ORDER, until: '7200' }, /^until: must be a time .* or a length such as 2h$/],
  ['until a number', { ...ORDER, until: 7200 }, /^until: /],
  ['until yesterday', { ...ORDER, until: '2026-01-04T12:00:00Z' }, /^until: is over already$/],
  ['until now', { ...ORDER, until: '0s' }, /^until: is over already$/],
  ['until the end of time', { ...ORDER, until: `${'9'.repeat(20)}d` }, /^until: must be a time/],
  ['until a date without time', { ...ORDER, until: '2026-02-01' }, /^until: must be a time/],
  ['until a time without zone', { ...ORDER, until: '2026-02-01T12:00:00' }, /^until: must be a time/],
  ['that is a list', [], /^body: /],
])('a pause %s is refused', async (_what, content, words) => {
  const answer = await call('/pause', content);
  expect(answer.status).toBe(400);
  expect((answer.body as { message: string }).message).toMatch(words);
  expect(service.orders).toEqual([]);
});

test('several mistakes are named at once', async () => {
  const answer = await call('/pause', {});
  expect((answer.body as { message: string }).message).toMatch(/direction: .*; by: .*; reason: /);
});

test('a thousand keys that mean nothing are not all repeated', async () => {
  const extra = Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`key\n${n}`, n]));
  const { message } = (await call('/pause', { ...ORDER, ...extra })).body as { message: string };
  expect(message).toMatch(/^body: has keys that mean nothing here: key\ufffd0, key\ufffd1, /);
  expect(message.length).toBeLessThan(200);
});

test('a resume with until is refused', async () => {
  const answer = await call('/resume', { ...ORDER, until: '2h' });
  expect([answer.status, answer.body]).toMatchObject([400, { error: 'bad-request' }]);
});

test('a body that is not JSON is refused', async () => {
  expect((await call('/pause', 'direction=up')).body).toMatchObject({ error: 'bad-json' });
});

test('what the service refuses is answered by the catalogue', async () => {
  const refuse = () => Promise.reject(new SmartScaleError('bad-request', 'pool x of cluster c1 is not configured'));
  const app = makeApp({ ...service.deps, pause: refuse });
  const answer = await request(app).post('/pause').set('Authorization', `Bearer ${OPERATOR}`).send(ORDER);
  expect([answer.status, answer.body]).toMatchObject([400, { message: 'pool x of cluster c1 is not configured' }]);
});
