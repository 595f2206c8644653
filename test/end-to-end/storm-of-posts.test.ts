import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { metric } from './support/asked';
import { eventually } from './support/eventually';
import { openLetterbox, type Letterbox } from './support/letterbox';
import { OPENING, Scene } from './support/scene';

const POSTS = 10_000;
const CONNECTIONS = 200;

/** Resident, of one process. Bytes. */
const MOST_MEMORY = 400 * 2 ** 20;

/** A slow store: between reading the pool and writing it lies time enough for the other webhook to do the same. */
const STORE_DELAY_MS = 100;

/** No look by the timer: both webhooks look when the first post arrives, at the same time. */
const ONLY_POSTS = { evaluationInterval: '10m' };

describe('two webhooks that share a store', () => {
  let scene: Scene;
  let letterbox: Letterbox;

  beforeAll(async () => {
    letterbox = await openLetterbox();
    scene = await Scene.open({ webhooks: 2, config: { timings: ONLY_POSTS }, shop: { pods: 4 } });
  }, OPENING);

  afterAll(async () => {
    await scene.close();
    await letterbox.close();
  });

  /** Has Alertmanager post somewhere else. */
  async function movePosts(from: string, to: string): Promise<void> {
    const { alertmanagerConfigFile: file } = scene.stage.monitoring;
    const config = await readFile(file, 'utf8');
    const moved = config.replaceAll(`${from}/alerts`, `${to}/alerts`);
    expect(moved).not.toBe(config);
    await writeFile(file, moved);
    await scene.stage.monitoring.reload();
  }

  /** Posts it to one webhook and the other by turns; answers with how often each status came. */
  async function storm(body: string): Promise<Readonly<Record<string, number>>> {
    const urls = scene.stage.webhooks.map(({ url }) => `${url}/alerts`);
    const program = join(__dirname, 'support', 'storm.mjs');
    const child = spawn(process.execPath, [program, String(POSTS), String(CONNECTIONS), scene.stage.token, ...urls]);
    child.stdin.end(body);
    const [statuses, complaints] = await Promise.all([text(child.stdout), text(child.stderr)]);
    expect(complaints).toBe('');
    return JSON.parse(statuses) as Readonly<Record<string, number>>;
  }

  /** Of the webhook that has most, bytes. */
  async function memory(): Promise<number> {
    const all = scene.stage.webhooks.map((webhook) => metric({ webhook }, 'process_resident_memory_bytes'));
    return Math.max(...(await Promise.all(all)));
  }

  it('make one operation of the same notification posted ten thousand times over 200 connections', async () => {
    await movePosts(scene.webhook.url, letterbox.url);
    scene.shopHas(16);
    const letter = await eventually('a notification about pods', () =>
      letterbox.letters.find((body) => body.includes('UnschedulablePods') && body.includes('"status":"firing"')),
    );
    expect(await scene.openOperations()).toEqual([]);

    scene.stage.dynamo.setDelay(STORE_DELAY_MS);
    expect(await storm(letter)).toEqual({ 202: POSTS });
    scene.stage.dynamo.setDelay(0);
    await movePosts(letterbox.url, scene.webhook.url);
    await scene.comesToRestWith(4);

    const ups = (await scene.closedOperations()).filter(({ trigger }) => trigger.alert === 'UnschedulablePods');
    expect(ups).toMatchObject([{ phase: 'done', planned: 2 }]);
    expect(scene.launched).toHaveLength(4);
    expect(scene.launchRounds()).toHaveLength(2);
    expect(await scene.openOperations()).toEqual([]);
  }, 180_000);

  it('answer ten thousand different ones, and buy nothing more', async () => {
    const alert = (await openedLetter()).replace('"version":"4"', '"version":"4","number":"@N@"');
    const different = alert.replace('"status":"firing"', '"status":"firing","about":"post @N@"');
    expect(different.match(/@N@/g)).toHaveLength(2);
    const before = scene.stage.dynamo.requests();
    expect(await storm(different)).toEqual({ 202: POSTS });
    expect(scene.stage.dynamo.requests() - before).toBeLessThan(POSTS / 5);
    await scene.comesToRestWith(4);
    expect(scene.launched).toHaveLength(4);
  }, 180_000);

  it('share the looks, and hold no more memory afterwards than they may', async () => {
    for (const webhook of scene.stage.webhooks) {
      expect(await metric({ webhook }, 'smartscale_posts_total')).toBeGreaterThanOrEqual(POSTS);
      expect(await metric({ webhook }, 'smartscale_evaluation_seconds_count')).toBeLessThan(POSTS / 5);
    }
    expect(await memory()).toBeLessThan(MOST_MEMORY);
  });

  function openedLetter(): Promise<string> {
    return eventually('a notification', () => letterbox.letters.find((body) => body.includes('"status":"firing"')));
  }
});
