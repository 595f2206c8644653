import { copyFileSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { request as plainRequest } from 'node:http';
import { Agent, request as secureRequest } from 'node:https';
import { connect } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { makeApp } from '../../webhook/http/app';
import { startServer, type RunningServer } from '../../webhook/http/server';
import { body, posted } from '../alertmanager/posted';
import { MemoryService, TOKEN } from './memory-deps';

const FIXTURES = join(__dirname, '../fixtures/tls');
const FIRST = { cert: 'certificate.pem', key: 'key.pem', name: 'smartscale test server' };
const RENEWED = { cert: 'renewed-certificate.pem', key: 'renewed-key.pem', name: 'smartscale renewed test server' };
const TRUSTED = [FIRST, RENEWED].map(({ cert }) => readFileSync(join(FIXTURES, cert)));

let folder: string;
let files: { certFile: string; keyFile: string };
let events: string[];
let server: RunningServer;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'smartscale-tls-'));
  files = { certFile: join(folder, 'certificate.pem'), keyFile: join(folder, 'key.pem') };
  events = [];
  put(files.certFile, FIRST.cert);
  put(files.keyFile, FIRST.key);
  const on = { renewed: () => events.push('renewed'), refused: (error: Error) => events.push(error.message) };
  server = await startServer(
    makeApp(new MemoryService().deps),
    { host: '127.0.0.1', port: 0, tls: files },
    { renewed: () => void on.renewed(), refused: (error) => void on.refused(error) },
  );
});

afterEach(async () => {
  await server.close(0);
  rmSync(folder, { recursive: true });
});

/** By one rename, as those who renew certificates do. */
function put(file: string, fixture: string): void {
  copyFileSync(join(FIXTURES, fixture), `${file}.new`);
  renameSync(`${file}.new`, file);
}

/** Posts an alert over a connection of its own: the status, and whose certificate was shown. */
async function post(): Promise<readonly [number | undefined, string | undefined]> {
  const sent = secureRequest(`${server.url}/alerts`, {
    method: 'POST',
    agent: new Agent({ keepAlive: false }),
    ca: TRUSTED,
    headers: { Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'application/json' },
  }).end(JSON.stringify(body([posted()])));
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const subject = (response.socket as TLSSocket).getPeerCertificate().subject.CN;
  response.resume();
  await once(response, 'end');
  return [response.statusCode, String(subject)];
}

test('given a certificate, it answers over TLS and says so in its address', async () => {
  expect(server.url).toMatch(/^https:/);
  expect(await post()).toEqual([202, FIRST.name]);
  expect(events).toEqual([]);
});

test('a certificate that is renewed is shown to whoever connects next, without a restart', async () => {
  await post();
  put(files.certFile, RENEWED.cert);
  put(files.keyFile, RENEWED.key);
  expect(await post()).toEqual([202, RENEWED.name]);
  expect(await post()).toEqual([202, RENEWED.name]);
  expect(events).toEqual(['renewed']);
});

test('while certificate and key do not belong together the old ones serve, and that is said once', async () => {
  put(files.certFile, RENEWED.cert);
  expect(await post()).toEqual([202, FIRST.name]);
  expect(await post()).toEqual([202, FIRST.name]);
  expect(events).toEqual([expect.stringContaining('do not serve together')]);
  put(files.keyFile, RENEWED.key);
  expect(await post()).toEqual([202, RENEWED.name]);
});

test('a file that is away for a moment, or holds half of it, changes nothing', async () => {
  rmSync(files.keyFile);
  expect(await post()).toEqual([202, FIRST.name]);
  writeFileSync(files.keyFile, readFileSync(join(FIXTURES, FIRST.key)).subarray(0, 100));
  expect(await post()).toEqual([202, FIRST.name]);
  put(files.keyFile, FIRST.key);
  expect(await post()).toEqual([202, FIRST.name]);
});

test('who speaks plain HTTP, or nothing that can be read, is cut off, and the next one is served', async () => {
  const plain = plainRequest({ port: server.port, host: '127.0.0.1', agent: false }).end();
  expect(((await once(plain, 'error')) as [NodeJS.ErrnoException])[0]).toBeDefined();
  const socket = connect(server.port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(Buffer.alloc(64, 7));
  socket.resume();
  await once(socket, 'close');
  expect(await post()).toEqual([202, FIRST.name]);
});

test('a certificate that cannot be used is an error that says why', async () => {
  const start = (tls: typeof files) =>
    startServer(makeApp(new MemoryService().deps), { host: '127.0.0.1', port: 0, tls });
  await expect(start({ ...files, keyFile: join(folder, 'nowhere.pem') })).rejects.toThrow(
    /key cannot be read \(ENOENT\)/,
  );
  await expect(start({ ...files, certFile: join(FIXTURES, RENEWED.cert) })).rejects.toThrow(/do not serve together/);
});
