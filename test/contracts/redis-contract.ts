/** What RedisPort promises, told to anything that claims to be one. */
import { randomUUID } from 'node:crypto';
import type { RedisPort } from '../../webhook/ports';
import { eventually } from '../end-to-end/support/eventually';
import { TICK, ticksUntil } from '../support/ticks-until';

/** Two replicas on one Redis that can be made to fail. */
export interface RedisHarness {
  readonly redis: RedisPort;
  readonly other: RedisPort;
  /** Connections break, and no new one is taken. */
  goesAway(): void;
  /** Takes everything and answers nothing. */
  hangs(): void;
  comesBack(): void;
  stop(): Promise<void>;
}

/** 50 ms, and what comes with it. */
const AT_MOST = 400 / TICK;
const LONG = 60_000;

export function redisContract(name: string, makeHarness: () => Promise<RedisHarness>): void {
  describe(`the Redis port on ${name}`, () => {
    let harness: RedisHarness;
    let redis: RedisPort;
    let other: RedisPort;

    beforeEach(async () => {
      harness = await makeHarness();
      ({ redis, other } = harness);
      await bothAreOfUse();
    });
    afterEach(() => harness.stop());

    async function bothAreOfUse(): Promise<void> {
      for (const one of [redis, other]) {
        await eventually('it is of use', async () => (await one.check()) === 'ok' && one.fault === null);
      }
    }

    /** What a listener hears from now on. */
    function heardBy(port: RedisPort): readonly string[] {
      const heard: string[] = [];
      port.listen((text) => heard.push(text));
      return heard;
    }

    describe('remembers', () => {
      it('nothing in the beginning', async () => {
        expect(await redis.recall(`nobody-${randomUUID()}`)).toEqual({ result: 'miss' });
      });

      it('a text as it was, for everybody', async () => {
        const text = `{"a":"ä€ \r\n \u0000 '$1"}${'x'.repeat(100_000)}`;
        expect(await redis.remember('a', text, LONG)).toBe('ok');
        expect(await redis.recall('a')).toEqual({ result: 'hit', text });
        expect(await other.recall('a')).toEqual({ result: 'hit', text });
      });

      it('the last of several texts, and each key by itself', async () => {
        await redis.remember('a', 'first', LONG);
        await other.remember('a', 'second', LONG);
        await redis.remember('b', 'third', LONG);
        expect(await redis.recall('a')).toEqual({ result: 'hit', text: 'second' });
      });

      it('twice what is said twice: the same', async () => {
        await Promise.all([redis.remember('a', 'text', LONG), redis.remember('a', 'text', LONG)]);
        expect(await redis.recall('a')).toEqual({ result: 'hit', text: 'text' });
      });

      it('no longer than it was told to', async () => {
        await redis.remember('a', 'text', 100);
        await redis.remember('b', 'text', LONG);
        await eventually('it is forgotten', async () => (await redis.recall('a')).result === 'miss');
        expect(await redis.recall('b')).toMatchObject({ result: 'hit' });
      });
    });

    it('brings what is published to everybody who listens, each once and in order', async () => {
      const [heard, ofOther, again] = [heardBy(redis), heardBy(other), heardBy(other)];
      const texts = ['one', 'two ä€ \r\n', '{"three":3}'];
      for (const text of texts) expect(await redis.publish(text)).toBe('ok');
      await eventually('all have heard it', () => {
        expect([heard, ofOther, again]).toEqual([texts, texts, texts]);
        return true;
      });
    });

    describe.each([
      ['away', () => harness.goesAway()],
      ['hung', () => harness.hangs()],
    ])('%s', (_what, fails) => {
      it('says so soon, whatever it is asked, and rejects nothing', async () => {
        await redis.remember('a', 'text', LONG);
        fails();
        const answers = Promise.all([
          redis.recall('a'),
          redis.remember('a', 'x', LONG),
          redis.publish('x'),
          redis.check(),
        ]);
        expect(await ticksUntil(answers)).toBeLessThan(AT_MOST);
        expect(await answers).toEqual([{ result: 'error' }, 'error', 'error', 'error']);
        expect(redis.fault).toMatchObject({ code: 'redis-unreachable', retryable: true });
        expect(redis.fault?.message).not.toBe('');
      });

      it('is of use again by itself, listeners included', async () => {
        const heard = heardBy(other);
        fails();
        await eventually('both have noticed', async () => {
          expect([await redis.check(), await other.check()]).toEqual(['error', 'error']);
          return redis.fault !== null && other.fault !== null;
        });
        harness.comesBack();
        await bothAreOfUse();
        expect(await redis.publish('hello')).toBe('ok');
        await eventually('it is heard', () => heard.includes('hello'));
      });
    });

    it('closed, it is of no use and says so, and is closed once more without harm', async () => {
      const heard = heardBy(redis);
      await redis.close();
      expect([await redis.recall('a'), await redis.publish('x'), await redis.check()]).toEqual([
        { result: 'error' },
        'error',
        'error',
      ]);
      await other.publish('hello');
      expect(heard).toEqual([]);
      await redis.close();
    });
  });
}
