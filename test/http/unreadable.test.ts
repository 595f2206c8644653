import { ERRORS } from '../../webhook/errors';
import { makeApp } from '../../webhook/http/app';
import { startServer, type RunningServer } from '../../webhook/http/server';
import { body, posted } from '../alertmanager/posted';
import { exchange, type Answer } from '../support/exchange';
import { MemoryService, TOKEN } from './memory-deps';

let service: MemoryService;
let server: RunningServer;

beforeEach(async () => {
  service = new MemoryService();
  server = await startServer(makeApp(service.deps), { host: '127.0.0.1', port: 0 });
});

afterEach(() => server.close(0));

async function sent(text: string, isWhole = true): Promise<Answer> {
  const answer = await exchange(server.port, { pieces: [Buffer.from(text, 'latin1')], isWhole });
  if (!answer) throw new Error('it was not answered');
  return answer;
}

function codeOf(answer: Answer): string {
  const { error, message, advice } = JSON.parse(answer.body ?? '') as Readonly<Record<string, string>>;
  expect(message).toMatch(/^\w/);
  expect(advice).toBe(ERRORS[error as keyof typeof ERRORS].advice);
  return `${answer.status} ${error}`;
}

const HEAD = `Host: x\r\nConnection: close\r\nAuthorization: Bearer ${TOKEN}\r\n`;
const ALERTS = JSON.stringify(body([posted()]));
const POST = `${HEAD}Content-Length: ${ALERTS.length}\r\n`;

test.each([
  ['a TLS hello', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ['a line that is none of HTTP', 'hello\r\n\r\n'],
  ['a method that nobody knows', `JUNK /alerts HTTP/1.1\r\n${HEAD}\r\n`],
  ['a path without a slash', `POST alerts HTTP/1.1\r\n${POST}\r\n${ALERTS}`],
  ['line feeds alone', 'GET /healthz HTTP/1.1\nHost: x\n\n'],
  ['a control character in a header', `GET /healthz HTTP/1.1\r\n${HEAD}X: a\x1bb\r\n\r\n`],
  ['bytes above 127 in the path', `GET /\xff\x9b2J HTTP/1.1\r\n${HEAD}\r\n`],
  ['two lengths', `POST /alerts HTTP/1.1\r\n${POST}Content-Length: 1\r\n\r\n${ALERTS}`],
  [
    'a length and chunks, as a smuggler sends them',
    `POST /alerts HTTP/1.1\r\n${POST}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  ],
])('%s is answered as what it is', async (_what, text) => {
  expect(codeOf(await sent(text))).toBe('400 bad-http');
  expect(service.received).toEqual([]);
});

test('headers of more than 16 kB are answered as that', async () => {
  const answer = await sent(`GET /healthz HTTP/1.1\r\n${HEAD}X: ${'x'.repeat(17_000)}\r\n\r\n`);
  expect(codeOf(answer)).toBe('400 bad-http');
  expect(answer.body).toContain('the headers are larger than 16 kB');
});

test('after what cannot be read the service goes on answering', async () => {
  for (let n = 0; n < 50; n += 1) await sent('\0\r\n\r\n');
  expect((await sent(`POST /alerts HTTP/1.1\r\n${POST}\r\n${ALERTS}`)).status).toBe(202);
});

test.each(['http://[', 'http://a:b:c/alerts', '*', 'http://x/nowhere?token=1'])(
  'the target %s is no route, and is said to be none as any other',
  async (target) => {
    expect(codeOf(await sent(`POST ${target} HTTP/1.1\r\n${POST}\r\n${ALERTS}`))).toBe('404 not-found');
    expect(service.received).toEqual([]);
  },
);

test('a proxy may send the whole address, and nothing of it but the path is logged', async () => {
  const target = 'http://ann:secret-of-ann@smartscale:8787/alerts?secret-of-ann';
  expect((await sent(`POST ${target} HTTP/1.1\r\n${POST}\r\n${ALERTS}`)).status).toBe(202);
  expect(codeOf(await sent(`GET ${target} HTTP/1.1\r\n${HEAD}\r\n`))).toBe('404 not-found');
  expect(service.logged('refused request')).toMatchObject([{ path: '/alerts' }]);
  expect(service.lines.join('')).not.toContain('secret-of-ann');
});

test.each([
  ['an expectation that nobody knows', `POST /alerts HTTP/1.1\r\n${POST}Expect: a-miracle\r\n\r\n${ALERTS}`],
  ['an expectation that everybody knows', `POST /alerts HTTP/1.1\r\n${POST}Expect: 100-continue\r\n\r\n${ALERTS}`],
  ['no Host', `POST /alerts HTTP/1.1\r\n${POST.replace('Host: x\r\n', '')}\r\n${ALERTS}`],
  [
    'a wish for another protocol',
    `POST /alerts HTTP/1.1\r\n${POST}Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n${ALERTS}`,
  ],
])('%s is no reason to refuse', async (_what, text) => {
  expect((await sent(text)).status).toBe(202);
  expect(service.received).toHaveLength(1);
});

test('a sender that ends in the middle of its body is told so if it still listens', async () => {
  expect(codeOf(await sent(`POST /alerts HTTP/1.1\r\n${POST}\r\n${ALERTS.slice(0, 20)}`, false))).toBe('400 bad-http');
  expect(service.received).toEqual([]);
});
