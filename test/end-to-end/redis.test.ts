import type { RedisServer } from '../../simulator/redis/redis-server';
import type { WebhookProcess } from '../../simulator/stage/webhook-process';
import { body, posted, withLabels } from '../alertmanager/posted';
import { health, post, readiness } from './support/asked';
import { eventually } from './support/eventually';
import { OPENING, Scene } from './support/scene';

const REPEATS = 200;
const AT_A_TIME = 4;
const ONE_BY_ONE = 30;

/** No look by the timer: what is seen sooner is seen because somebody told it. */
const ONLY_WHEN_TOLD = { timings: { evaluationInterval: '10m' } };

/** What a busy machine adds to a single request. Milliseconds. */
const SLACK = 400;

describe('two webhooks that share a Redis', () => {
  let scene: Scene;
  let redis: RedisServer;
  let one: WebhookProcess;
  let two: WebhookProcess;
  let letters = 0;

  beforeAll(async () => {
    // The real durations: an answer is remembered for ten seconds.
    scene = await Scene.open({ timeScale: 1, webhooks: 2, withRedis: true, pool: { min: 0 }, config: ONLY_WHEN_TOLD });
    const { stage } = scene;
    if (!stage.redis) throw new Error('the stage has no Redis');
    redis = stage.redis;
    [one, two] = stage.webhooks as [WebhookProcess, WebhookProcess];
    await bothHaveIt(true);
  }, OPENING);

  afterAll(() => scene.close());

  /** A notification that was never posted before; what it asks for is there already. */
  function aLetter(): object {
    letters += 1;
    const { labels } = withLabels({ cluster: scene.stage.cluster });
    return body([posted({ labels, annotations: { nodes: '0' } })], { groupKey: `letter ${letters}` });
  }

  const troubleLines = ({ lines }: WebhookProcess) =>
    lines.filter((line) => line['part'] === 'redis').map(({ msg }) => msg);

  /** They say so, and have written it down. */
  async function bothHaveIt(have: boolean): Promise<void> {
    for (const webhook of [one, two]) {
      await eventually(`Redis is ${have ? '' : 'not '}of use`, async () => {
        const { code, degraded } = await readiness({ webhook });
        const isWritten = (troubleLines(webhook).at(-1) !== 'out of order') === have;
        return code === 200 && isWritten && degraded.some(({ part }) => part === 'redis') !== have;
      });
    }
  }

  const send = (letter: object, webhook = one) => post(`${webhook.url}/alerts`, letter, scene.stage.token);

  /** Reads of the store while the same letter comes again and again, a few at a time and to both by turns. */
  async function readsOfRepeats(): Promise<number> {
    const before = scene.stage.dynamo.requests('GetItem');
    const letter = aLetter();
    for (let sent = 0; sent < REPEATS; sent += AT_A_TIME) {
      const answers = await Promise.all(Array.from({ length: AT_A_TIME }, (_, i) => send(letter, i % 2 ? one : two)));
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202));
    }
    return scene.stage.dynamo.requests('GetItem') - before;
  }

  /** How long posts take, each with a letter of its own, in milliseconds. */
  async function timesOfPosts(): Promise<readonly number[]> {
    const times: number[] = [];
    for (let i = 0; i < ONE_BY_ONE; i += 1) {
      const begun = performance.now();
      expect((await send(aLetter())).status).toBe(202);
      times.push(performance.now() - begun);
    }
    return times.toSorted((a, b) => a - b);
  }

  const median = (sorted: readonly number[]) => sorted[Math.floor(sorted.length / 2)] ?? NaN;
  const mostOf = (sorted: readonly number[]) => sorted[Math.floor(sorted.length * 0.9) - 1] ?? NaN;

  it('show at once what the other was told, though neither looks by itself', async () => {
    const order = { direction: 'both', by: 'ann', reason: 'release' };
    await post(`${one.url}/pause`, order, scene.stage.token);
    await eventually('the other shows the pause', async () => (await health({ webhook: two })).paused.length === 2, {
      within: 5000,
    });
    await post(`${two.url}/resume`, { direction: 'both', by: 'ann' }, scene.stage.token);
    await eventually('the first shows its end', async () => (await health({ webhook: one })).paused.length === 0, {
      within: 5000,
    });
  });

  it('answer with what the other has just decided', async () => {
    const letter = aLetter();
    const first = await send(letter);
    expect(first.body).toMatchObject({ state: 'decided' });
    const second = await send(letter, two);
    expect(second.body).toEqual({ ...first.body, state: 'repeated' });
  });

  it('read the store for few of many identical posts, and for most of them when Redis is away', async () => {
    const withRedis = await readsOfRepeats();
    redis.setRefusing(true);
    await bothHaveIt(false);
    const without = await readsOfRepeats();
    redis.setRefusing(false);
    await bothHaveIt(true);
    expect(without).toBeGreaterThan(REPEATS / 3);
    expect(withRedis).toBeLessThan(without / 4);
  }, 120_000);

  it('answer hardly later while it hangs, and say that it does', async () => {
    const here = await timesOfPosts();
    redis.setHung(true);
    const hung = await timesOfPosts();
    await bothHaveIt(false);
    const { degraded } = await readiness({ webhook: one });
    expect(degraded.filter(({ part }) => part === 'redis')).toMatchObject([
      { code: 'redis-unreachable', advice: expect.stringMatching(/nothing but speed is lost/) as string },
    ]);
    redis.setHung(false);
    await bothHaveIt(true);
    expect(median(hung) - median(here)).toBeLessThan(100);
    // Nine of ten: a busy machine lets a few wait in either case.
    expect(mostOf(hung) - mostOf(here)).toBeLessThan(SLACK);
  });

  it('lose nothing when it is killed and comes back knowing nothing', async () => {
    const letter = aLetter();
    redis.dropAt('GET');
    expect((await send(letter)).body).toMatchObject({ state: 'decided' });
    redis.restart();
    const again = () => send(letter, two);
    expect((await again()).status).toBe(202);
    await bothHaveIt(true);
    await eventually('answers are remembered again', async () => (await again()).body['state'] === 'repeated');
  });

  it('have said once for each absence that it was away, and once that it is back', () => {
    for (const lines of [one, two].map(troubleLines)) {
      expect(lines.length).toBeGreaterThanOrEqual(4);
      expect(lines).toEqual(lines.map((_, i) => (i % 2 === 0 ? 'out of order' : 'in order again')));
    }
  });
});
