import { RedisServer } from '../../../simulator/redis/redis-server';
import { CommandReader } from '../../../simulator/redis/resp';
import { NOW } from '../../support/builders';
import { wire, WireClient } from './wire-talk';

let now: number;
let redis: RedisServer;
let client: WireClient;

beforeEach(async () => {
  now = NOW;
  redis = await RedisServer.start({ now: () => now });
  client = await WireClient.connect(redis.port);
});

afterEach(async () => {
  client.close();
  await redis.stop();
});

test('a value ends at its time by the clock, to the millisecond', async () => {
  await client.ask(['SET', 'a', '1', 'PX', '1000']);
  now += 999;
  expect(await client.ask(['GET', 'a'])).toBe('$1\r\n1\r\n');
  now += 1;
  expect(await client.ask(['GET', 'a'])).toBe('$-1\r\n');
});

test('commands that come in pieces of any size, cut in mid-letter too, are read as they were written', () => {
  const written = [
    ['SET', 'a', 'ä€\r\n$1'],
    ['GET', 'a'],
    ['SET', '', ''],
  ];
  const bytes = Buffer.from(written.map(wire).join(''));
  for (let size = 1; size <= bytes.length; size += 1) {
    const reader = new CommandReader();
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
      bytes.subarray(i * size, (i + 1) * size),
    );
    expect(pieces.flatMap((piece) => reader.read(piece))).toEqual(written);
  }
});

test('several commands in one piece are answered in their order', async () => {
  client.write(wire(['SET', 'a', '1']) + wire(['GET', 'a']) + wire(['GET', 'b']));
  let heard = '';
  while (!heard.endsWith('$-1\r\n')) heard += await client.hears();
  expect(heard).toBe('+OK\r\n$1\r\n1\r\n$-1\r\n');
});

test.each(['GET / HTTP/1.1\r\n\r\n', '*1\r\n+PING\r\n', '*x\r\n', '*1\r\n$-7\r\n'])(
  '%j is no RESP: the connection is told so and ended',
  async (text) => {
    client.write(text);
    expect(await client.hears()).toMatch(/^-ERR Protocol error/);
    await client.isClosed();
  },
);

test('what is published reaches who listens, and the answer says how many', async () => {
  const listener = await WireClient.connect(redis.port);
  await listener.ask(['SUBSCRIBE', 'events']);
  const heard = listener.hears();
  expect(await client.ask(['PUBLISH', 'events', 'hello'])).toBe(':1\r\n');
  expect(await heard).toBe('*3\r\n$7\r\nmessage\r\n$6\r\nevents\r\n$5\r\nhello\r\n');
  listener.close();
});

test('hung, it takes connections and answers nobody; afterwards it carries out what came', async () => {
  redis.setHung(true);
  const late = await WireClient.connect(redis.port);
  late.write(wire(['SET', 'late', '1']));
  const answer = client.ask(['GET', 'late']);
  expect(redis.commands).toEqual([]);
  redis.setHung(false);
  expect(await late.hears()).toBe('+OK\r\n');
  expect(await answer).toMatch(/^\$/);
  expect(redis.commands).toHaveLength(2);
  late.close();
});

test('refusing, it breaks every connection until it is told otherwise', async () => {
  redis.setRefusing(true);
  await client.isClosed();
  const refused = await WireClient.connect(redis.port);
  await refused.isClosed();
  redis.setRefusing(false);
  client = await WireClient.connect(redis.port);
  expect(await client.ask(['PING'])).toBe('+PONG\r\n');
});

test('the connection breaks at the command that it is told, which is not carried out', async () => {
  redis.dropAt('SET');
  client.write(wire(['SET', 'a', '1']));
  await client.isClosed();
  client = await WireClient.connect(redis.port);
  expect(await client.ask(['GET', 'a'])).toBe('$-1\r\n');
  expect(await client.ask(['SET', 'a', '1'])).toBe('+OK\r\n');
});

test('after a restart nothing is known any more', async () => {
  await client.ask(['SET', 'a', '1']);
  redis.restart();
  await client.isClosed();
  client = await WireClient.connect(redis.port);
  expect(await client.ask(['GET', 'a'])).toBe('$-1\r\n');
});

test('slow, it answers after so long and in order', async () => {
  redis.setDelay(30);
  const begun = performance.now();
  expect(await client.ask(['PING'])).toBe('+PONG\r\n');
  expect(performance.now() - begun).toBeGreaterThanOrEqual(29);
});
