import fc from 'fast-check';
import { field, mutated } from './support/hostile';
import { Target } from './support/target';
import { tries } from './support/tries';
import { render } from './support/tree';

const orders = [
  { cluster: 'shop', pool: 'workers', direction: 'up', by: 'ann', reason: 'release', until: '2h' },
  { pool: 'batch', direction: 'down', by: 'ann', reason: 'release', until: '2026-02-01T12:00:00Z' },
  { direction: 'both', by: 'ann', reason: 'release', until: null },
  { direction: 'both', by: 'ann' },
];
const TIMES = ['2h', '2026-02-01T12:00:00Z', '0s', `${'9'.repeat(20)}d`, '99999d', '+275760-09-13T00:00:00Z', '1'];
const invented = fc.record(
  {
    cluster: field('shop', 'shop', 'bank'),
    pool: field('workers', 'batch'),
    direction: field('up', 'down', 'both'),
    by: field('ann'),
    reason: field('release', ` ${'x'.repeat(300)} `),
    until: field(...TIMES),
  },
  { requiredKeys: ['direction', 'by', 'reason'] },
);
const order = fc
  .record({
    path: fc.constantFrom('/pause', '/pause', '/resume'),
    tree: mutated(fc.oneof(fc.constantFrom(...orders), invented, invented)),
  })
  .map(({ path, tree }) => ({ path, body: render(tree) }));

test('whatever is ordered is answered, and what is shown of it is a line of bounded length', async () => {
  const target = await Target.start();
  const { scene } = target;
  const before = [target.launchesAndEnds, target.touchedNodes];
  await fc.assert(
    fc.asyncProperty(order, async ({ path, body }) => {
      await target.post(path, body);
      for (const cluster of ['shop', 'bank']) {
        const { pauses } = await scene.state('workers', cluster);
        expect(cluster === 'shop' || Object.keys(pauses).length === 0).toBe(true);
        for (const pause of Object.values(pauses)) checkPause(pause, scene.clock.now());
      }
    }),
    tries(300),
  );
  await target.post('/resume', render({ kind: 'raw', text: '{"direction":"both","by":"ann"}' }));
  expect(await scene.state()).toMatchObject({ pauses: {} });
  expect([target.launchesAndEnds, target.touchedNodes]).toEqual(before);
  await target.checkHealth();
});

function checkPause(pause: { by: string; reason: string; until: number | null }, now: number): void {
  for (const text of [pause.by, pause.reason]) {
    expect(text).toMatch(/^.{1,300}$/u);
    expect(text).not.toMatch(/[\p{Cc}\p{Cs}\u2028\u2029\u202e]/u);
  }
  expect(pause.until === null || (Number.isSafeInteger(pause.until) && pause.until > now)).toBe(true);
}
