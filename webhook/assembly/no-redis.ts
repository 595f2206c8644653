import type { RedisPort } from '../ports';

/** Where no Redis is configured: remembers nothing and tells nobody. */
export const noRedis: RedisPort = {
  recall: () => Promise.resolve({ result: 'off' }),
  remember: () => Promise.resolve('off'),
  publish: () => Promise.resolve('off'),
  listen: () => undefined,
  check: () => Promise.resolve('off'),
  fault: null,
  close: () => Promise.resolve(),
};
