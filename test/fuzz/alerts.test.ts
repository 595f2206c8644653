import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { body, posted } from '../alertmanager/posted';
import { highCpu, idle, queueIsLong, unschedulablePods } from '../scenarios/support/alerts';
import { payloadOf } from '../scenarios/support/alertmanager';
import { field, mutated } from './support/hostile';
import { Target } from './support/target';
import { tries } from './support/tries';
import { render, type Tree } from './support/tree';

const RECORDED = join(__dirname, '..', 'fixtures', 'payloads');
const recorded = readdirSync(RECORDED)
  .filter((name) => name.endsWith('.json'))
  .map((name) => JSON.parse(readFileSync(join(RECORDED, name), 'utf8')) as object);
const OF_SHOP = { cluster: 'shop', nodes: 5 };
const scaling = [
  payloadOf([highCpu(OF_SHOP), idle({ ...OF_SHOP, nodes: 1 }), queueIsLong({ ...OF_SHOP, pool: 'batch' })]),
  payloadOf(unschedulablePods(OF_SHOP)),
  payloadOf(highCpu({ cluster: 'bank', nodes: 9 })),
  payloadOf(idle({ cluster: 'shop', nodes: 0 }), 'resolved'),
];

const labels = fc.record({
  alertname: field('HighCpu', 'Idle', 'Watchdog'),
  scale: field('up', 'up', 'down', 'replace'),
  pool: field('workers', 'workers', 'batch'),
  cluster: field('shop', 'shop', 'bank'),
  mode: field('', 'shadow'),
  node: field('ip-10-0-0-1'),
});
const annotations = fc.record({
  nodes: field('3', '5', '1e9', '-1', '2.0000001'),
  urgent: field('true', 'false'),
  pods: field('unschedulable', ''),
  summary: field('busy'),
});
const alert = fc
  .record({
    labels,
    annotations,
    status: fc.constantFrom('firing', 'firing', 'resolved'),
    startsAt: fc.constantFrom('2026-01-05T12:00:00Z', '0001-01-01T00:00:00Z', '9999-12-31T23:59:59.999999999+23:59'),
    fingerprint: field('0ca611f610ac7061', '015439f4b9f9b430'),
  })
  .map(posted);
const invented = fc
  .record({ groupKey: field('{}:{}'), receiver: field('smartscale'), alerts: fc.array(alert, { maxLength: 3 }) })
  .map(({ alerts, ...fields }) => body(alerts, fields));

const bodies = mutated(fc.oneof(fc.constantFrom(...recorded), fc.constantFrom(...scaling), invented, invented));

test('whatever is posted is answered, and nothing is done that Alertmanager does not confirm', async () => {
  const target = await Target.start();
  const before = [target.launchesAndEnds, target.touchedNodes];
  await fc.assert(
    fc.asyncProperty(bodies, async (tree) => {
      await target.post('/alerts', render(tree));
      expect([target.launchesAndEnds, target.touchedNodes]).toEqual(before);
    }),
    tries(800),
  );
  await target.scene.passes('5m');
  expect([target.launchesAndEnds, target.touchedNodes]).toEqual(before);
  await target.checkHealth();
});

test('while no Alertmanager answers, only an up alert of a pool of the poster grows it, never over max, and none shrinks', async () => {
  const target = await Target.start({ top: { timings: { heardFor: '1s' } } });
  const { scene } = target;
  for (const { alertmanager } of scene.clusters.values()) alertmanager.api.unreachable = true;
  await fc.assert(
    fc.asyncProperty(bodies, async (tree) => {
      const before = scene.cluster.fleets('workers').length + scene.cluster.fleets('batch').length;
      await target.post('/alerts', render(tree));
      // As long as a post stands here, so that the next body begins with nothing of this one.
      await scene.passes('2s');
      const after = scene.cluster.fleets('workers').length + scene.cluster.fleets('batch').length;
      expect(after === before || asksToGrow(tree)).toBe(true);
      expect(target.touchedNodes).toBe(0);
      expect(scene.cluster.terminations()).toEqual([]);
      expect(scene.clusterOf('bank').fleets()).toEqual([]);
      for (const pool of ['workers', 'batch']) expect(scene.cluster.alive(pool).length).toBeLessThanOrEqual(10);
    }),
    tries(200),
  );
  await target.checkHealth();
});

/** Read here on purpose in other words than the service's: some firing up alert of the shop, in a body of version "4". */
function asksToGrow(tree: Tree): boolean {
  const body = JSON.parse(render(tree)) as { version: unknown; alerts: readonly Partial<Record<string, unknown>>[] };
  return (
    body.version === '4' &&
    body.alerts.some(({ status, labels }) => {
      const { scale, cluster, pool } = labels as Record<string, unknown>;
      return status === 'firing' && scale === 'up' && cluster === 'shop' && (pool === 'workers' || pool === 'batch');
    })
  );
}
