import { metric } from './support/asked';
import { eventually } from './support/eventually';
import { OPENING, Scene } from './support/scene';
import { PODS_A_NODE } from './support/shop';

/** Of an operation's owner, real time: how long a successor must wait after a SIGKILL. */
const OWNER_LEASE = '2s';

const MODES = [
  { mode: 'pair' as const, who: 'a pair of Alertmanagers that gossip', peers: 2 },
  { mode: 'partitioned' as const, who: 'a pair of Alertmanagers that do not reach each other', peers: 0 },
];

describe.each(MODES)('two webhooks on one store, and $who', ({ mode, peers }) => {
  let scene: Scene;

  beforeAll(async () => {
    scene = await Scene.open({
      webhooks: 2,
      alertmanagers: mode,
      config: { ownerLease: OWNER_LEASE },
      pool: { min: 2, cooldown: { down: '30s' } },
      shop: { pods: 2 * PODS_A_NODE },
    });
  }, OPENING);

  afterAll(() => scene.close());

  async function closed(kind: 'scale-up' | 'scale-down', alert: string) {
    const operations = await scene.closedOperations();
    return operations.filter((it) => it.kind === kind && it.trigger.alert === alert);
  }

  /** Posts of firing alerts that each webhook has answered. */
  function posts(): Promise<readonly number[]> {
    return Promise.all(scene.stage.webhooks.map((webhook) => metric({ webhook }, 'smartscale_posts_total')));
  }

  it('are what they are said to be', async () => {
    for (const { url } of scene.stage.monitoring.alertmanagers) {
      const status = (await (await fetch(`${url}/api/v2/status`)).json()) as { cluster: { peers?: unknown[] } };
      expect(status.cluster.peers ?? []).toHaveLength(peers);
    }
  });

  it('make one operation of a burst', async () => {
    scene.shopHas(4 * PODS_A_NODE);
    await scene.comesToRestWith(4);
    const ups = await closed('scale-up', 'UnschedulablePods');
    expect(ups.reduce((sum, up) => sum + (up.kind === 'scale-up' ? up.planned : 0), 0)).toBe(2);
    expect(ups.every(({ phase }) => phase === 'done')).toBe(true);
    expect(scene.launched).toHaveLength(4);
    expect(scene.launchRounds()).toHaveLength(1 + ups.length);
    if (mode === 'partitioned') await eventually('posts at both', async () => Math.min(...(await posts())) > 0);
  }, 90_000);

  it('give back one node at a time, each by one operation', async () => {
    await scene.alertAfter('Idle', '30s');
    // Three on each: full nodes are none that Idle would leave behind.
    scene.shopHas(6);
    await scene.comesToRestWith(2);
    const downs = await closed('scale-down', 'Idle');
    const done = downs.filter(({ phase }) => phase === 'done');
    expect(done).toHaveLength(2);
    expect(new Set(done.map((it) => (it.kind === 'scale-down' ? it.node?.name : ''))).size).toBe(2);
    expect(scene.alive()).toHaveLength(2);
    await scene.alertAfter('Idle', '1h');
  }, 120_000);

  it('a silence in either of them holds both', async () => {
    const [, second] = scene.stage.monitoring.alertmanagers;
    const silence = {
      matchers: [{ name: 'scale', value: '.+', isRegex: true, isEqual: true }],
      startsAt: new Date().toISOString(),
      endsAt: new Date(Date.now() + 8000).toISOString(),
      createdBy: 'ops',
      comment: 'stocktaking',
    };
    const answer = await fetch(`${second?.url}/api/v2/silences`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(silence),
    });
    expect(answer.status).toBe(200);
    const launchedAt: number[] = [];
    const stopListening = scene.world.cloud.onChange(({ from }) => {
      if (from === null) launchedAt.push(Date.now());
    });
    scene.shopHas(3 * PODS_A_NODE);
    await scene.comesToRestWith(3);
    stopListening();
    expect(launchedAt).toHaveLength(1);
    expect(launchedAt[0]).toBeGreaterThanOrEqual(Date.parse(silence.endsAt));
  }, 90_000);

  it('with one Alertmanager and its webhook dead, the others carry on, and nothing happens twice', async () => {
    const [first] = scene.stage.monitoring.alertmanagers;
    await Promise.all([first?.kill(), scene.webhook.kill()]);
    scene.shopHas(4 * PODS_A_NODE);
    await scene.comesToRestWith(4);
    const ups = await closed('scale-up', 'UnschedulablePods');
    expect(scene.launched).toHaveLength(2 + ups.reduce((n, up) => n + (up.kind === 'scale-up' ? up.planned : 0), 0));
    expect(scene.alive()).toHaveLength(4);
    expect(await scene.openOperations()).toEqual([]);
  }, 120_000);
});
