import { highCpu, idle } from './support/alerts';
import { givenACluster, type Scene } from './support/scene';

/** Two nodes become four and two again, by one alert each way. */
async function aWholeCycle(): Promise<Scene> {
  const scene = await givenACluster({ nodes: 2 });
  await scene.passes('30s');
  const busy = highCpu({ nodes: 4 });
  await scene.alertmanager.fires(busy);
  await scene.eventually('four nodes are Ready', () => scene.cluster.readyNodes().length === 4, '2m');
  await scene.alertmanager.resolves(busy);
  const spare = idle({ nodes: 2 });
  await scene.alertmanager.fires(spare);
  await scene.eventually('two are left', () => scene.cluster.nodes().length === 2, '40m');
  await scene.eventually('all is closed', () => scene.isQuiet(), '30s');
  await scene.alertmanager.resolves(spare);
  return scene;
}

test('history tells a whole cycle in order, with the numbers that were seen', async () => {
  const scene = await aWholeCycle();
  const acted = (await scene.history('decision')).filter(({ reason }) => reason === 'accepted');
  expect(acted).toMatchObject([
    { outcome: 'scale-up', alert: 'HighCpu', direction: 'up', have: 2, want: 4, launch: 2, limitedBy: [] },
    { outcome: 'scale-down', alert: 'Idle', have: 4, want: 2, giveBack: 1, limitedBy: ['max-concurrent-drains'] },
    { outcome: 'scale-down', alert: 'Idle', have: 3, want: 2, giveBack: 1, limitedBy: [] },
  ]);
  const closed = await scene.history('operation');
  expect(closed).toMatchObject([
    { kind: 'scale-up', phase: 'done', planned: 2, trigger: { alert: 'HighCpu', nodes: 4, have: 2 } },
    { kind: 'scale-down', phase: 'done', trigger: { alert: 'Idle', nodes: 2, have: 4 } },
    { kind: 'scale-down', phase: 'done', trigger: { alert: 'Idle', nodes: 2, have: 3 } },
  ]);
  expect(acted.flatMap(({ operations }) => operations)).toEqual(closed.map(({ id }) => id));
  const terminated = closed.slice(1).map(({ node }) => (node as { instanceId: string }).instanceId);
  expect(terminated).toEqual(scene.cluster.terminations());
});

test('what was held in between has one row each time the answer changed, with how often and when last', async () => {
  const scene = await aWholeCycle();
  const answers = await scene.decisions();
  for (const [i, answer] of answers.entries()) if (i > 0) expect(answer).not.toBe(answers[i - 1]);
  expect(answers).toContain('hold cooling-down Idle');
  const held = (await scene.history('decision')).find(({ reason }) => reason === 'cooling-down');
  expect(Number(held?.['times'])).toBeGreaterThan(10);
  expect(Number(held?.['lastAt'])).toBeGreaterThan(Number(held?.['at']));
});

test('the metrics of a whole cycle add up', async () => {
  const scene = await aWholeCycle();
  const of = (name: string, labels = {}) => scene.metric(name, { cluster: 'shop', pool: 'workers', ...labels });
  expect(await of('smartscale_decisions_total', { outcome: 'scale-up', reason: 'accepted' })).toBe(1);
  expect(await of('smartscale_decisions_total', { outcome: 'scale-down', reason: 'accepted' })).toBe(2);
  expect(await of('smartscale_operations_total', { kind: 'scale-up', phase: 'done' })).toBe(1);
  expect(await of('smartscale_operations_total', { kind: 'scale-down', phase: 'done' })).toBe(2);
  expect(await of('smartscale_alert_to_launch_seconds_count')).toBe(1);
  expect(await of('smartscale_alert_to_launch_seconds_sum')).toBeLessThan(2);
  expect(await of('smartscale_launch_to_ready_seconds_count')).toBe(2);
  expect((await of('smartscale_launch_to_ready_seconds_sum')) / 2).toBeGreaterThan(40);
  expect((await of('smartscale_launch_to_ready_seconds_sum')) / 2).toBeLessThan(60);
  expect(await of('smartscale_nodes', { state: 'ready' })).toBe(2);
  expect(await of('smartscale_nodes', { state: 'draining' })).toBe(0);
  expect(await of('smartscale_cooldown_seconds', { clock: 'down' })).toBeGreaterThan(500);
});

test('the log tells each phase once, and nothing above info', async () => {
  const scene = await aWholeCycle();
  const phases = scene.replica.logged('entered phase').map(({ kind, phase }) => `${String(kind)} ${String(phase)}`);
  const drain = ['cordoned', 'draining', 'terminating'].map((phase) => `scale-down ${phase}`);
  expect(phases).toEqual(['scale-up launching', 'scale-up joining', ...drain, ...drain]);
  expect(scene.replica.logged('closed operation')).toHaveLength(3);
  const levels = scene.replica.lines.map((line) => (JSON.parse(line) as { level: string }).level);
  expect(new Set(levels)).toEqual(new Set(['debug', 'info']));
});

test('an alert that goes on firing is answered the same from one repeat to the next', async () => {
  const scene = await aWholeCycle();
  const before = await scene.decisions();
  await scene.alertmanager.fires(idle({ nodes: 2 }));
  await scene.passes('30m');
  expect((await scene.decisions()).slice(before.length)).toEqual(['hold enough Idle']);
});
