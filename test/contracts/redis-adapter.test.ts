/**
 * Against the simulator's; with SMARTSCALE_REDIS_PEER set to the address of a real Redis (`redis://127.0.0.1:6379`) the same suite
 * holds the adapter against that. It leaves nothing behind there that does not end within a minute.
 */
import { randomUUID } from 'node:crypto';
import { RedisServer } from '../../simulator/redis/redis-server';
import { makeRedisClient } from '../../webhook/adapters/redis/client';
import { RedisAdapter } from '../../webhook/adapters/redis/redis-adapter';
import { LoopbackGate } from './loopback-gate';
import { redisContract } from './redis-contract';

const peer = process.env['SMARTSCALE_REDIS_PEER'];

async function target(): Promise<{ readonly host: string; readonly port: number; stop(): Promise<void> }> {
  if (peer === undefined) {
    const server = await RedisServer.start();
    return { host: '127.0.0.1', port: server.port, stop: () => server.stop() };
  }
  const { hostname, port } = new URL(peer);
  return { host: hostname, port: Number(port), stop: () => Promise.resolve() };
}

redisContract(peer === undefined ? 'ioredis and the simulator' : `ioredis and ${peer}`, async () => {
  const server = await target();
  const gate = await LoopbackGate.to(server);
  const keyPrefix = `contract-${randomUUID()}`;
  const connect = () => {
    const client = () => makeRedisClient({ url: `redis://127.0.0.1:${gate.port}`, name: 'contract' });
    return new RedisAdapter({ commands: client(), events: client() }, { keyPrefix, now: () => performance.now() });
  };
  const [redis, other] = [connect(), connect()];
  return {
    redis,
    other,
    goesAway: () => gate.shut(),
    hangs: () => gate.hold(),
    comesBack: () => gate.open(),
    stop: async () => {
      await Promise.all([redis.close(), other.close()]);
      await gate.stop();
      await server.stop();
    },
  };
});
