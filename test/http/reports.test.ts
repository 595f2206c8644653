import request from 'supertest';
import { makeApp } from '../../webhook/http/app';
import { ROUTES } from '../../webhook/http/routes';
import { MemoryService, OPERATOR, OTHER_OPERATOR, TOKEN } from './memory-deps';

let service: MemoryService;

beforeEach(() => {
  service = new MemoryService();
});

function get(path: string) {
  return request(makeApp(service.deps)).get(path);
}

test.each(['/healthz', '/health', '/healthz/'])('GET %s shows the service', async (path) => {
  const answer = await get(path);
  expect([answer.status, answer.body]).toEqual([200, { status: 'ok', pools: [] }]);
});

test('GET /readyz is 200 while the store answers and 503 when it does not', async () => {
  expect([(await get('/readyz')).status, (await get('/readyz')).body]).toEqual([200, { status: 'ready' }]);
  service.ready = false;
  expect([(await get('/readyz')).status, (await get('/readyz')).body]).toEqual([503, { status: 'unready' }]);
});

test('GET /metrics is in the format that it says it is', async () => {
  const answer = await get('/metrics');
  expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(answer.text).toBe('up 1\n');
});

describe('GET /consoles', () => {
  const ask = (path: string, token: string) => get(path).set('Authorization', `Bearer ${token}`);

  test('shows an operator what is kept of an instance of his cluster', async () => {
    const answer = await ask('/consoles/c1/workers/i-1', OPERATOR);
    expect([answer.status, answer.type, answer.text]).toEqual([200, 'text/plain', 'c1 workers']);
  });

  test.each([
    ['of another cluster', '/consoles/c1/workers/i-1', OTHER_OPERATOR, 404],
    ['of which nothing is kept', '/consoles/c1/workers/i-2', OPERATOR, 404],
    ['with the token of Alertmanager', '/consoles/c1/workers/i-1', TOKEN, 401],
    ['with no token', '/consoles/c1/workers/i-1', '', 401],
  ])('not one %s', async (_what, path, token, status) => {
    const answer = await ask(path, token);
    expect(answer.status).toBe(status);
    expect(answer.text).not.toContain('c1 workers');
  });
});

test.each([
  ['GET', '/'],
  ['GET', '/alerts'],
  ['DELETE', '/pause'],
  ['POST', '/healthz'],
  ['GET', '/metrics/../secret'],
  ['GET', '/%E0%A4%A'],
])('%s %s is no route: the answer lists those there are', async (method, path) => {
  const app = makeApp(service.deps);
  const answer = await (method === 'GET'
    ? request(app).get(path)
    : method === 'POST'
      ? request(app).post(path)
      : request(app).delete(path));
  expect(answer.status).toBe(404);
  const { error, routes } = answer.body as { error: string; routes: readonly string[] };
  expect(error).toBe('not-found');
  expect(routes).toHaveLength(ROUTES.length);
  expect(routes[0]).toMatch(/^POST \/alerts: /);
});

test('no route ever redirects: Alertmanager would lose the alert', async () => {
  for (const { method, path } of ROUTES) {
    for (const written of [path, `${path}/`, `/${path}`, path.toUpperCase()]) {
      const { status } = await request(makeApp(service.deps))[method](written);
      expect(status < 300 || status >= 400).toBe(true);
      expect(status).not.toBe(429);
    }
  }
});

describe('every answer', () => {
  test('carries the id of its request', async () => {
    const given = await get('/healthz').set('X-Request-Id', 'proxy-7.1');
    expect(given.headers['x-request-id']).toBe('proxy-7.1');
    const made = await get('/nowhere');
    expect(made.headers['x-request-id']).toBe('id1');
    expect(made.body).toMatchObject({ requestId: 'id1' });
  });

  test.each(['a b', 'x'.repeat(65), '{"a":1}', ''])('replaces %p as an id', async (id) => {
    expect((await get('/healthz').set('X-Request-Id', id)).headers['x-request-id']).toBe('id1');
  });

  test('says nothing of what made it and is not kept', async () => {
    const { headers } = await get('/healthz');
    expect(headers).not.toHaveProperty('x-powered-by');
    expect(headers).not.toHaveProperty('etag');
    expect(headers['cache-control']).toBe('no-store');
  });
});
