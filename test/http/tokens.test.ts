import request from 'supertest';
import { makeApp } from '../../webhook/http/app';
import { body, posted } from '../alertmanager/posted';
import { MemoryService, NEXT_TOKEN, OPERATOR, OTHER_OPERATOR, OTHER_TOKEN, TOKEN } from './memory-deps';

const ORDER = { direction: 'both', by: 'ops', reason: 'release' };

function call(service: MemoryService, path: string, content: object, authorization?: string) {
  const sent = request(makeApp(service.deps)).post(path);
  if (authorization !== undefined) void sent.set('Authorization', authorization);
  return sent.send(content);
}

function post(service: MemoryService, authorization?: string) {
  return call(service, '/alerts', body([posted()]), authorization);
}

test('the token says whose alerts they are', async () => {
  const service = new MemoryService();
  await post(service, `Bearer ${TOKEN}`);
  await post(service, `Bearer ${OTHER_TOKEN}`);
  expect(service.received.map(({ cluster }) => cluster)).toEqual(['c1', 'c2']);
});

test.each([
  ['none', undefined],
  ['an empty one', ''],
  ['a scheme alone', 'Bearer '],
  ['a wrong token', 'Bearer wrong'],
  ['the beginning of a token', `Bearer ${TOKEN.slice(0, -1)}`],
  ['a token with more behind it', `Bearer ${TOKEN}x`],
  ['two tokens', `Bearer ${TOKEN} ${TOKEN}`],
  ['another scheme', `Basic ${Buffer.from(`:${TOKEN}`).toString('base64')}`],
  ['a token of operators', `Bearer ${OPERATOR}`],
])('with %s as Authorization nothing is received', async (_what, authorization) => {
  const service = new MemoryService();
  const answer = await post(service, authorization);
  expect(answer.status).toBe(401);
  expect(answer.headers['www-authenticate']).toBe('Bearer');
  expect(answer.body).toMatchObject({
    error: 'unauthorized',
    advice: expect.stringContaining('Bearer <token>') as string,
  });
  expect(service.received).toEqual([]);
  expect(service.results).toEqual(['unauthorized']);
});

test('a refusal writes no token to the log', async () => {
  const service = new MemoryService();
  await post(service, 'Bearer a-token-mistyped');
  expect(service.logged('refused request')).toHaveLength(1);
  expect(service.lines.join('')).not.toContain('a-token-mistyped');
});

test('a stranger is refused before the body is read', async () => {
  const service = new MemoryService();
  const answer = await request(makeApp(service.deps)).post('/alerts').send('{"not json');
  expect(answer.status).toBe(401);
});

test('while tokens rotate the old and the new one are valid, afterwards the new one alone', async () => {
  const service = new MemoryService();
  const statuses = async () => [
    (await post(service, `Bearer ${TOKEN}`)).status,
    (await post(service, `bearer ${NEXT_TOKEN}`)).status,
  ];
  expect(await statuses()).toEqual([202, 401]);
  service.tokens = [TOKEN, NEXT_TOKEN];
  expect(await statuses()).toEqual([202, 202]);
  service.tokens = [NEXT_TOKEN];
  expect(await statuses()).toEqual([401, 202]);
});

test('an empty token in the configuration opens nothing', async () => {
  const service = new MemoryService();
  service.tokens = ['', TOKEN];
  expect((await post(service, 'Bearer ')).status).toBe(401);
  expect((await post(service)).status).toBe(401);
});

test('in production no token at all does not mean that nobody is asked', async () => {
  const { deps } = new MemoryService();
  const none = { tokens: () => [], operatorTokens: () => [] };
  const app = makeApp({ ...deps, access: new Map([['c1', none]]) });
  expect(
    (
      await request(app)
        .post('/alerts')
        .send(body([posted()]))
    ).status,
  ).toBe(401);
});

test('in local mode without tokens nobody is asked for one', async () => {
  const service = new MemoryService(true);
  expect((await post(service)).status).toBe(202);
  expect((await post(service, 'Bearer anything')).status).toBe(202);
  expect(service.received.map(({ cluster }) => cluster)).toEqual([null, null]);
  expect((await call(service, '/pause', { ...ORDER, cluster: 'c1' })).status).toBe(200);
});

test('in local mode a token that is configured is asked for', async () => {
  const { deps } = new MemoryService();
  const app = makeApp({ ...deps, local: true });
  expect(
    (
      await request(app)
        .post('/alerts')
        .send(body([posted()]))
    ).status,
  ).toBe(401);
});

describe('the pause switch', () => {
  test.each(['/pause', '/resume'])('%s obeys an operator', async (path) => {
    const service = new MemoryService();
    expect((await call(service, path, ORDER, `Bearer ${OPERATOR}`)).status).toBe(200);
    expect(service.orders).toMatchObject([{ order: { cluster: 'c1' } }]);
  });

  test.each(['/pause', '/resume'])('%s does not obey the token of Alertmanager', async (path) => {
    const service = new MemoryService();
    expect((await call(service, path, ORDER, `Bearer ${TOKEN}`)).status).toBe(401);
    expect(service.orders).toEqual([]);
  });

  test('does not obey the operator of another cluster', async () => {
    const service = new MemoryService();
    const answer = await call(service, '/pause', { ...ORDER, cluster: 'c1' }, `Bearer ${OTHER_OPERATOR}`);
    expect(answer.status).toBe(401);
    expect(service.orders).toEqual([]);
  });
});

test.each(['/healthz', '/health', '/readyz', '/metrics'])('GET %s asks for no token', async (path) => {
  expect((await request(makeApp(new MemoryService().deps)).get(path)).status).toBe(200);
});
