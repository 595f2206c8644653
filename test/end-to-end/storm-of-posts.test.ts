import { readFile, writeFile } from 'node:fs/promises';
import { metric } from './support/asked';
import { eventually } from './support/eventually';
import { openLetterbox, type Letterbox } from './support/letterbox';
import { OPENING, Scene } from './support/scene';

const POSTS = 500;

describe('two webhooks that share a store', () => {
  let scene: Scene;
  let letterbox: Letterbox;

  beforeAll(async () => {
    letterbox = await openLetterbox();
    scene = await Scene.open({ webhooks: 2, pool: { min: 2 }, shop: { pods: 4 } });
  }, OPENING);

  afterAll(async () => {
    await scene.close();
    await letterbox.close();
  });

  /** From now on Alertmanager posts to the letterbox: nobody but the test tells the webhooks what fires. */
  async function redirectPosts(): Promise<void> {
    const { alertmanagerConfigFile: file } = scene.stage.monitoring;
    const config = await readFile(file, 'utf8');
    const redirected = config.replaceAll(`${scene.webhook.url}/alerts`, `${letterbox.url}/alerts`);
    expect(redirected).not.toBe(config);
    await writeFile(file, redirected);
    await scene.stage.monitoring.reload();
  }

  async function postTo(url: string, body: string): Promise<number> {
    const headers = { authorization: `Bearer ${scene.stage.token}`, 'content-type': 'application/json' };
    return (await fetch(`${url}/alerts`, { method: 'POST', headers, body })).status;
  }

  /** All at once, to one webhook and the other by turns. */
  function storm(body: string): Promise<readonly number[]> {
    const urls = scene.stage.webhooks.map(({ url }) => url);
    return Promise.all(Array.from({ length: POSTS }, (_, index) => postTo(urls[index % urls.length] ?? '', body)));
  }

  it('make one operation of the same notification posted 500 times at once', async () => {
    await redirectPosts();
    scene.shopHas(16);
    const letter = await eventually('a notification about pods', () =>
      letterbox.letters.find((body) => body.includes('UnschedulablePods') && body.includes('"status":"firing"')),
    );
    expect(await scene.openOperations()).toEqual([]);

    expect(new Set(await storm(letter))).toEqual(new Set([202]));
    await scene.comesToRestWith(4);
    expect(new Set(await storm(letter))).toEqual(new Set([202]));

    const ups = (await scene.closedOperations()).filter(({ trigger }) => trigger.alert === 'UnschedulablePods');
    expect(ups).toMatchObject([{ phase: 'done', planned: 2 }]);
    expect(scene.launched).toHaveLength(4);
    expect(scene.fleetTokens()).toHaveLength(2);
    expect(await scene.openOperations()).toEqual([]);
  }, 120_000);

  it('share the looks: a thousand posts cost a few dozen', async () => {
    const looks = await Promise.all(
      scene.stage.webhooks.map((webhook) => metric({ webhook }, 'smartscale_evaluation_seconds_count')),
    );
    const posts = await Promise.all(
      scene.stage.webhooks.map((webhook) => metric({ webhook }, 'smartscale_posts_total')),
    );
    expect(posts).toEqual([POSTS, POSTS]);
    for (const count of looks) expect(count).toBeLessThan(POSTS / 2);
  });
});
