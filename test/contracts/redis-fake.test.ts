import { systemClock } from '../../webhook/adapters/system-clock';
import { FakeRedis } from '../fakes/fake-redis';
import { redisContract } from './redis-contract';

redisContract('the fake', () => {
  const fake = new FakeRedis(systemClock);
  const [redis, other] = [fake.connect(), fake.connect()];
  const become = (state: FakeRedis['state']) => () => {
    fake.state = state;
  };
  return Promise.resolve({
    redis,
    other,
    goesAway: become('away'),
    hangs: become('hung'),
    comesBack: become('here'),
    stop: async () => void (await Promise.all([redis.close(), other.close()])),
  });
});
