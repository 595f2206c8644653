import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RedisServer } from '../../../simulator/redis/redis-server';
import { wireTalk } from './wire-talk';

interface Exchange {
  readonly sent: readonly string[];
  readonly answered: string;
}

const recorded = JSON.parse(readFileSync(join(__dirname, '../../fixtures/redis/exchanges.json'), 'utf8')) as Readonly<
  Record<'open' | 'subscriber' | 'locked', readonly Exchange[]>
>;

let redis: RedisServer;

afterEach(() => redis.stop());

test.each([
  ['a Redis open to all', 'open', {}],
  ['a connection that subscribes', 'subscriber', {}],
  ['a Redis with a password', 'locked', { password: 'secret' }],
] as const)('%s is answered as by a real one', async (_what, conversation, options) => {
  redis = await RedisServer.start(options);
  const exchanges = recorded[conversation];
  const answers = await wireTalk(
    redis.port,
    exchanges.map(({ sent }) => sent),
  );
  expect(exchanges.map(({ sent }, i) => ({ sent, answered: answers[i] }))).toEqual(exchanges);
});
