import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeRequestRates } from '../../../webhook/adapters/prometheus/request-rates';
import { faultOf, type Fault } from '../../../webhook/errors';
import type { RequestRateSource } from '../../../webhook/model/pool';
import { CERTIFICATE_FILE, ScriptedServer, type Answer } from '../scripted-server';

const QUERY = 'sum(rate(http_requests_total{job="shop"}[5m]))';
let server: ScriptedServer;

beforeEach(async () => {
  server = await ScriptedServer.start();
});
afterEach(() => server.stop());

function ask(source: Partial<RequestRateSource> = {}, timeoutMs?: number): Promise<number> {
  return makeRequestRates({ workers: { prometheus: server.url, query: QUERY, ...source } }, timeoutMs).perSecond(
    'workers',
  );
}

function faultWith(source: Partial<RequestRateSource> = {}, timeoutMs?: number): Promise<Fault | number> {
  return ask(source, timeoutMs).catch((error: unknown) => faultOf(error));
}

const ok = (resultType: string, result: unknown, more: object = {}): Answer => ({
  status: 200,
  body: { status: 'success', data: { resultType, result }, ...more },
});
const series = (value: string, metric: object = {}) => ({ metric, value: [1435781451.781, value] });
const refusal = (status: number, errorType: string, error: string): Answer => ({
  status,
  body: { status: 'error', errorType, error },
});

describe('an answer', () => {
  it.each([
    ['a vector of one', ok('vector', [series('41.5')])],
    ['a vector of one that has labels', ok('vector', [series('41.5', { __name__: 'rps', job: 'shop' })])],
    ['a scalar', ok('scalar', [1435781451.781, '41.5'])],
    ['one with warnings beside it', ok('vector', [series('41.5')], { warnings: ['a store is away'], infos: ['x'] })],
  ])('(%s) is that number', async (_what, answer) => {
    server.willAnswer(answer);
    expect(await ask()).toBe(41.5);
  });

  it('may be written as a power of ten', async () => {
    server.willAnswer(ok('vector', [series('1.5e-05')]));
    expect(await ask()).toBe(0.000015);
  });

  it('is asked for with the query as it is written, below the path prefix, and with the time that we wait', async () => {
    server.willAnswer(ok('vector', [series('1')]));
    await ask({ prometheus: `${server.url}/prometheus/` });
    expect(server.asked.map(({ url }) => url)).toEqual([`/prometheus/api/v1/query?query=${QUERY}&timeout=3000ms`]);
  });
});

describe('what is no number of requests', () => {
  it.each([
    ['no series', ok('vector', []), 'request-rate-unknown', 'the query gives no series'],
    ['NaN', ok('vector', [series('NaN')]), 'request-rate-unknown', 'the query gives NaN'],
    ['infinity', ok('scalar', [1, '+Inf']), 'request-rate-unknown', 'the query gives +Inf'],
    ['zero', ok('scalar', [1, '0']), 'request-rate-unknown', 'the query gives 0: nobody asks anything'],
    ['less than nothing', ok('scalar', [1, '-2']), 'request-query-unusable', 'the query gives -2, less than nothing'],
    [
      'several series',
      ok('vector', [series('1', { job: 'a' }), series('2', { job: 'b' })]),
      'request-query-unusable',
      'the query gives 2 series, not one: sum them up',
    ],
    [
      'a histogram',
      ok('vector', [{ metric: {}, histogram: [1, { count: '1', sum: '1', buckets: [] }] }]),
      'request-query-unusable',
      'the query gives a histogram, not a number',
    ],
    [
      'a range',
      ok('matrix', [{ metric: {}, values: [[1, '1']] }]),
      'request-query-unusable',
      'the query gives a matrix, not a number',
    ],
    ['text', ok('string', [1, '5']), 'request-query-unusable', 'the query gives a string, not a number'],
  ])('(%s) is unknown, and never zero', async (_what, answer, code, message) => {
    server.willAnswer(answer);
    expect(await faultWith()).toMatchObject({ code, message });
  });
});

describe('a query that is refused', () => {
  it.each([
    [400, 'bad_data', 'invalid parameter "query": 1:5: parse error: unexpected end of input'],
    [422, 'execution', 'found duplicate series for the match group {} on the right hand-side'],
  ])('(HTTP %d) is the mistake of the query, in the words of Prometheus', async (status, type, words) => {
    server.willAnswer(refusal(status, type, words));
    expect(await faultWith()).toEqual({
      code: 'request-query-unusable',
      retryable: false,
      message: `${server.url}/: HTTP ${status} ${type}: ${words}`,
    });
  });
});

describe('a Prometheus that cannot tell', () => {
  it.each([
    [
      'is asked too much',
      refusal(503, 'timeout', 'query timed out in expression evaluation'),
      /HTTP 503 timeout: query/,
    ],
    ['starts', { status: 503, body: 'Service Unavailable' }, /HTTP 503 Service Unavailable$/],
    ['asks for a password', { status: 401, body: 'Unauthorized\n' }, /HTTP 401 Unauthorized$/],
    ['is a login page', { status: 200, body: '<html>log in</html>' }, /no JSON: <html>log in/],
    ['is something else', { status: 200, body: [] }, /not that of API v1: /],
    ['answers without data', { status: 200, body: { status: 'success' } }, /not that of API v1: data /],
    ['has a number where text belongs', ok('scalar', [1, 2]), /not that of API v1: data\.result\.1 /],
    ['cuts the connection', 'reset' as const, /hang up|ECONNRESET/],
  ])('(it %s) is unreachable, and says why', async (_what, answer: Answer, words) => {
    server.willAnswer(answer);
    expect(await faultWith()).toMatchObject({
      code: 'prometheus-unreachable',
      message: expect.stringMatching(words) as string,
    });
  });

  it.each(['hang', 'stall'] as const)('(%s) is given up at the time limit', async (way) => {
    server.willAnswer(way);
    expect(await faultWith({}, 80)).toMatchObject({
      code: 'prometheus-unreachable',
      message: `${server.url}/: no answer within 80 ms`,
    });
  });
});

test('credentials are sent, and shown to nobody', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'request-rates-'));
  try {
    const file = join(folder, 'token');
    await writeFile(file, 'a-secret\n');
    server.willAnswer({ status: 500, body: '' });
    const fault = await faultWith({ authorization: { scheme: 'Bearer', file } });
    expect(server.asked[0]?.headers.authorization).toBe('Bearer a-secret');
    expect(fault).toMatchObject({ message: `${server.url}/: HTTP 500` });
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('over TLS the given authority is believed, and no other', async () => {
  const secure = await ScriptedServer.start('https');
  try {
    secure.willAnswer(ok('scalar', [1, '3']));
    expect(await ask({ prometheus: secure.url, caFile: CERTIFICATE_FILE })).toBe(3);
    expect(await faultWith({ prometheus: secure.url })).toMatchObject({ code: 'prometheus-unreachable' });
  } finally {
    await secure.stop();
  }
});

test('a pool is asked about with its own query, and one without is an error', async () => {
  const rates = makeRequestRates({
    web: { prometheus: server.url, query: 'web' },
    api: { prometheus: server.url, query: 'api' },
  });
  server.alwaysAnswers('query=web&', ok('scalar', [1, '1'])).alwaysAnswers('query=api&', ok('scalar', [1, '2']));
  expect([await rates.perSecond('web'), await rates.perSecond('api')]).toEqual([1, 2]);
  await expect(rates.perSecond('batch')).rejects.toMatchObject({ code: 'request-query-unusable' });
});
