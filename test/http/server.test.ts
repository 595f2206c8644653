import { EventEmitter, once } from 'node:events';
import { Agent, request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { json, text } from 'node:stream/consumers';
import { makeApp } from '../../webhook/http/app';
import { startServer, type RunningServer } from '../../webhook/http/server';
import { body, posted } from '../alertmanager/posted';
import { DECIDED, MemoryService, TOKEN } from './memory-deps';

const LONG = 60_000;
let running: RunningServer | null = null;
let agent: Agent;

beforeEach(() => {
  agent = new Agent({ keepAlive: true, maxSockets: 4 });
});

afterEach(async () => {
  agent.destroy();
  await running?.close(0);
  running = null;
});

async function start(service: MemoryService): Promise<RunningServer> {
  running = await startServer(makeApp(service.deps), { host: '127.0.0.1', port: 0 });
  return running;
}

function post(url: string, content: string): ClientRequest {
  const headers = { Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'application/json' };
  return httpRequest(`${url}/alerts`, { method: 'POST', agent, headers }).end(content);
}

async function answerOf(sent: ClientRequest): Promise<IncomingMessage> {
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return response;
}

/** A service whose answer waits for `release`; `entered` resolves when the request has arrived. */
function slowService() {
  const service = new MemoryService();
  const signs = new EventEmitter();
  const entered = once(signs, 'entered');
  const released = once(signs, 'released');
  service.answer = async () => {
    signs.emit('entered');
    await released;
    return DECIDED;
  };
  return { service, entered, release: () => signs.emit('released') };
}

test('says where it listens', async () => {
  const { port, url, host } = await start(new MemoryService());
  expect([host, url]).toEqual(['127.0.0.1', `http://127.0.0.1:${port}`]);
  expect(port).toBeGreaterThan(0);
});

test('a port in use is an error that says so', async () => {
  const { port } = await start(new MemoryService());
  await expect(startServer(makeApp(new MemoryService().deps), { host: '127.0.0.1', port })).rejects.toMatchObject({
    code: 'EADDRINUSE',
  });
});

test('closing lets the request under way end and refuses new ones', async () => {
  const { service, entered, release } = slowService();
  const server = await start(service);
  const answer = answerOf(post(server.url, JSON.stringify(body([posted()]))));
  await entered;
  const closed = server.close(LONG);
  const refused = connect(server.port, '127.0.0.1');
  await expect(once(refused, 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  release();
  const response = await answer;
  expect([response.statusCode, response.headers.connection]).toEqual([202, 'close']);
  expect(await json(response)).toEqual(DECIDED);
  await closed;
});

test('closing does not wait for kept connections that are idle', async () => {
  const server = await start(new MemoryService());
  await text(await answerOf(post(server.url, JSON.stringify(body([posted()])))));
  await server.close(LONG);
});

test('closing cuts what takes longer than it may', async () => {
  const { service, entered } = slowService();
  const server = await start(service);
  const sent = post(server.url, JSON.stringify(body([posted()])));
  const cut = once(sent, 'error');
  await entered;
  await server.close(20);
  expect((await cut)[0]).toMatchObject({ code: 'ECONNRESET' });
});

test('a body of two megabytes is answered 413, however it is sent', async () => {
  const { url } = await start(new MemoryService());
  const big = JSON.stringify(body([posted({ pad: 'x'.repeat(2 ** 21) })]));
  const whole = await answerOf(post(url, big));
  expect(await json(whole)).toMatchObject({ error: 'body-too-large' });
  const headers = { Authorization: `Bearer ${TOKEN}`, 'Transfer-Encoding': 'chunked' };
  const chunked = httpRequest(`${url}/alerts`, { method: 'POST', agent, headers });
  for (let at = 0; at < big.length; at += 65_536) chunked.write(big.slice(at, at + 65_536));
  chunked.end();
  expect((await answerOf(chunked)).statusCode).toBe(413);
});

test('after a 413 the service goes on answering', async () => {
  const service = new MemoryService();
  const { url } = await start(service);
  await text(await answerOf(post(url, 'x'.repeat(2 ** 21))));
  const next = await answerOf(post(url, JSON.stringify(body([posted()]))));
  expect(next.statusCode).toBe(202);
});

test('a sender that breaks off in the middle of its body harms nobody', async () => {
  const service = new MemoryService();
  const { url, port } = await start(service);
  const socket = connect(port, '127.0.0.1');
  socket.write(
    `POST /alerts HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Length: 1000\r\n\r\n{"ver`,
  );
  await once(socket, 'connect');
  socket.destroy();
  expect((await answerOf(post(url, JSON.stringify(body([posted()]))))).statusCode).toBe(202);
  expect(service.received).toHaveLength(1);
});
