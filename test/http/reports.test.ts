import request from 'supertest';
import { makeApp } from '../../webhook/http/app';
import { ROUTES } from '../../webhook/http/routes';
import { MemoryService } from './memory-deps';

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
