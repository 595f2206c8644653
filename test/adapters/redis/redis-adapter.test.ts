import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { RedisServer, type RedisServerOptions } from '../../../simulator/redis/redis-server';
import { makeRedisClient, type RedisSettings } from '../../../webhook/adapters/redis/client';
import { RedisAdapter } from '../../../webhook/adapters/redis/redis-adapter';
import { always, eventually } from '../../end-to-end/support/eventually';
import { TICK, ticksUntil } from '../../support/ticks-until';

const TLS = join(__dirname, '../../fixtures/tls');
/** `socketTimeout` of the client and a little more: what it ends wrongly, it has ended by then. */
const LONGER_THAN_A_SOCKET_MAY_BE_SILENT = 2500;
const LONG = 60_000;

let server: RedisServer;
let adapters: RedisAdapter[];
let escaped: unknown[];

const escape = (error: unknown) => void escaped.push(error);

beforeEach(() => {
  adapters = [];
  escaped = [];
  process.on('unhandledRejection', escape);
  // ioredis writes there what no listener takes.
  for (const method of ['error', 'warn'] as const) {
    jest.spyOn(console, method).mockImplementation((...words) => escape(words));
  }
});

afterEach(async () => {
  await Promise.all(adapters.map((adapter) => adapter.close()));
  await server.stop();
  process.off('unhandledRejection', escape);
  jest.restoreAllMocks();
  expect(escaped).toEqual([]);
});

async function start(options?: RedisServerOptions): Promise<void> {
  server = await RedisServer.start(options);
}

function connect(settings: Partial<RedisSettings> = {}): RedisAdapter {
  const client = () => makeRedisClient({ url: server.url, name: 'test', ...settings });
  const adapter = new RedisAdapter(
    { commands: client(), events: client() },
    { keyPrefix: 'smartscale', now: () => performance.now() },
  );
  adapters.push(adapter);
  return adapter;
}

async function ofUse(adapter: RedisAdapter): Promise<RedisAdapter> {
  await eventually('it is of use', async () => (await adapter.check()) === 'ok' && adapter.fault === null, {
    every: 5,
  });
  return adapter;
}

/** Of two connections that are tried after 0.1, 0.2, 0.4 ... s, in so many milliseconds. */
const mostTries = (ms: number) => 2 * (2 + Math.floor(Math.log2(ms / 100 + 1)));

const names = () => server.commands.map(([name = '']) => name.toUpperCase());

test('before the first connection it is of no use, and nothing is called wrong yet', async () => {
  await start();
  const adapter = connect();
  expect(await adapter.recall('a')).toEqual({ result: 'error' });
  expect(adapter.fault).toBeNull();
  await ofUse(adapter);
});

test('keys and channel carry the prefix, values an end, and the connections a name', async () => {
  await start();
  const adapter = await ofUse(connect({ name: 'webhook-1' }));
  await adapter.remember('a', 'text', 1234);
  await adapter.publish('hello');
  expect(server.commands).toContainEqual(['set', 'smartscale:a', 'text', 'PX', '1234']);
  expect(server.commands).toContainEqual(['publish', 'smartscale:events', 'hello']);
  expect(server.commands).toContainEqual(['client', 'setname', 'webhook-1']);
  expect(server.commands.filter(([name]) => name === 'set').every((set) => set.includes('PX'))).toBe(true);
});

test('the database of the address is selected', async () => {
  await start();
  await ofUse(connect({ url: `${server.url}/3` }));
  expect(server.commands).toContainEqual(['select', '3']);
});

describe('connections', () => {
  test('that have nothing to do stay as they are', async () => {
    await start();
    const adapter = await ofUse(connect());
    const heard: string[] = [];
    adapter.listen((text) => heard.push(text));
    await always(LONGER_THAN_A_SOCKET_MAY_BE_SILENT, () => {
      expect([server.connectionsMade, server.open]).toEqual([2, 2]);
    });
    await adapter.publish('after the silence');
    await eventually('it is heard', () => heard.includes('after the silence'));
    expect(adapter.fault).toBeNull();
  });

  test('that break in mid-command lose that command, come back within a second, and then stay', async () => {
    await start();
    const adapter = await ofUse(connect());
    server.dropAt('GET');
    const lost = adapter.recall('a');
    expect(await ticksUntil(lost)).toBeLessThan(400 / TICK);
    expect(await lost).toEqual({ result: 'error' });
    const back = eventually('it is back', async () => (await adapter.recall('a')).result === 'miss');
    expect(await ticksUntil(back)).toBeLessThan(1000 / TICK);
    // Not carried out twice: neither sent again nor kept for later.
    expect(names().filter((name) => name === 'GET')).toHaveLength(1);
    await always(LONGER_THAN_A_SOCKET_MAY_BE_SILENT, async () => {
      expect(await adapter.recall('a')).toEqual({ result: 'miss' });
      expect(server.connectionsMade).toBe(3);
    });
  });

  test('are tried for ever, ever more seldom', async () => {
    await start();
    const adapter = await ofUse(connect());
    server.setRefusing(true);
    const before = server.connectionsMade;
    const begun = performance.now();
    await always(LONGER_THAN_A_SOCKET_MAY_BE_SILENT, async () => expect(await adapter.check()).toBe('error'));
    await eventually('several tries', () => server.connectionsMade - before >= 4);
    expect(server.connectionsMade - before).toBeLessThanOrEqual(mostTries(performance.now() - begun));
    expect(adapter.fault?.message).toMatch(new RegExp(`^127\\.0\\.0\\.1:${server.port}: .+`));
    server.setRefusing(false);
    await ofUse(adapter);
  });

  test('to a Redis that forgot everything in a restart go on without it', async () => {
    await start();
    const adapter = await ofUse(connect());
    const heard: string[] = [];
    adapter.listen((text) => heard.push(text));
    await adapter.remember('a', 'text', LONG);
    server.restart();
    await ofUse(adapter);
    await eventually('it is of use', async () => (await adapter.recall('a')).result === 'miss');
    await eventually('it listens again', async () => {
      await adapter.publish('hello');
      return heard.includes('hello');
    });
  });
});

test('a subscription that breaks on the way is tried again, and rejects nobody', async () => {
  await start();
  const adapter = await ofUse(connect());
  const heard: string[] = [];
  adapter.listen((text) => heard.push(text));
  server.dropAt('SUBSCRIBE');
  server.drop();
  await eventually('it listens again', async () => {
    await adapter.publish('hello');
    return heard.includes('hello');
  });
});

describe('a Redis that hangs', () => {
  test('is given 50 ms three times; then everybody has his answer at once, and none waits in a queue', async () => {
    await start();
    const adapter = await ofUse(connect());
    server.setHung(true);
    for (let i = 0; i < 3; i += 1) await Promise.all(Array.from({ length: 200 }, () => adapter.recall('a')));
    const asked = async () => {
      for (let i = 0; i < 1000; i += 1) expect(await adapter.recall('a')).toEqual({ result: 'error' });
    };
    expect(await ticksUntil(asked())).toBeLessThan(1000 / TICK);
    expect(adapter.fault?.message).toMatch(/no answer within 50 ms/);
  });

  test('is left after two seconds, on both connections, whoever asks', async () => {
    await start();
    const adapter = await ofUse(connect());
    server.setHung(true);
    await adapter.check();
    const tried = eventually('new ones are tried', () => server.connectionsMade >= 4);
    expect(await ticksUntil(tried)).toBeLessThan(4000 / TICK);
    server.setHung(false);
    await ofUse(adapter);
    expect(await adapter.recall('a')).toEqual({ result: 'miss' });
    expect(names().filter((name) => name === 'SUBSCRIBE').length).toBeGreaterThanOrEqual(2);
  });

  test('carries out what nobody waits for any more: what it remembers then stands from then on', async () => {
    await start();
    const adapter = await ofUse(connect());
    server.setHung(true);
    expect(await adapter.remember('a', 'old', LONG)).toBe('error');
    server.setHung(false);
    await ofUse(adapter);
    // Why who remembers writes down until when: see AnswerMemory.
    expect(await adapter.recall('a')).toEqual({ result: 'hit', text: 'old' });
  });
});

test('a hiccup costs who asks in it, and nobody after it', async () => {
  await start();
  const adapter = await ofUse(connect());
  server.setHung(true);
  expect(await adapter.recall('a')).toEqual({ result: 'error' });
  server.setHung(false);
  expect(await adapter.recall('a')).toEqual({ result: 'miss' });
});

test('a Redis that is slow costs one caller a second 50 ms and the others nothing, until it is fast again', async () => {
  await start();
  const adapter = await ofUse(connect());
  server.setDelay(80);
  const asked = () => names().filter((name) => name === 'GET').length;
  const begun = performance.now();
  for (let look = 0; look < 200; look += 1) {
    expect(await adapter.recall('a')).toEqual({ result: 'error' });
    await sleep(5);
  }
  // Four at most until it is left alone, and one more in each second that follows.
  expect(asked()).toBeLessThanOrEqual(4 + (performance.now() - begun) / 1000);
  server.setDelay(0);
  const again = eventually('it is asked again', async () => (await adapter.recall('a')).result === 'miss');
  expect(await ticksUntil(again)).toBeLessThan(2000 / TICK);
});

test('a Redis that takes no writes is out of order, though it answers', async () => {
  await start();
  const adapter = await ofUse(connect());
  server.isReadOnly = true;
  expect(await adapter.remember('a', 'text', LONG)).toBe('error');
  expect(await adapter.recall('a')).toEqual({ result: 'miss' });
  expect(await adapter.check()).toBe('error');
  expect(adapter.fault).toMatchObject({
    code: 'redis-unreachable',
    message: expect.stringMatching(/READONLY/) as string,
  });
  server.isReadOnly = false;
  await ofUse(adapter);
});

describe('a password', () => {
  const SECRET = 'a-secret-that-nobody-may-see';
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'smartscale-redis-'));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  test('opens, also for a user', async () => {
    await start({ password: SECRET });
    await ofUse(connect({ password: () => SECRET }));
    await ofUse(connect({ password: () => SECRET, url: `redis://default@127.0.0.1:${server.port}` }));
    expect(server.commands).toContainEqual(['auth', 'default', SECRET]);
  });

  test('that is wrong is said to be so, is shown nowhere, and does not make it try without a pause', async () => {
    await start({ password: 'another' });
    const begun = performance.now();
    const adapter = connect({ password: () => SECRET });
    await eventually('it is noticed', () => adapter.fault?.message.includes('WRONGPASS'));
    await always(1000, async () => expect(await adapter.recall('a')).toEqual({ result: 'error' }));
    expect(server.connectionsMade).toBeLessThanOrEqual(mostTries(performance.now() - begun));
    expect(inspect(adapter.fault, { depth: 9 })).not.toContain(SECRET);
  });

  test('that is missing is said to be so', async () => {
    await start({ password: SECRET });
    const adapter = connect();
    await eventually('it is noticed', () => adapter.fault?.message.includes('NOAUTH'));
  });

  test('is asked for at every connection: a rotated one is used at the next', async () => {
    const file = join(folder, 'password');
    writeFileSync(file, 'first-password');
    await start({ password: 'first-password' });
    const adapter = await ofUse(connect({ password: () => readFileSync(file, 'utf8') }));
    writeFileSync(file, 'second-password');
    server.password = 'second-password';
    server.drop();
    await eventually('it has noticed', () => adapter.fault !== null || server.connectionsMade > 2, { every: 5 });
    await ofUse(adapter);
    expect(server.commands).toContainEqual(['auth', 'second-password']);
  });
});

describe('TLS', () => {
  const tls = () => ({ cert: readFileSync(join(TLS, 'certificate.pem')), key: readFileSync(join(TLS, 'key.pem')) });
  const url = () => `rediss://127.0.0.1:${server.port}`;

  test('goes by the authority that is configured', async () => {
    await start({ tls: tls() });
    const adapter = await ofUse(connect({ url: url(), caFile: join(TLS, 'certificate.pem') }));
    expect(await adapter.remember('a', 'text', LONG)).toBe('ok');
  });

  test('with a certificate of nobody we know is out of order, and no word is sent', async () => {
    await start({ tls: tls() });
    const adapter = connect({ url: url() });
    await eventually('it is noticed', () => adapter.fault !== null);
    expect(adapter.fault?.message).toMatch(/certificate/);
    expect(server.commands).toEqual([]);
  });
});
