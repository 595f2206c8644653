import pino from 'pino';
import { VolumeWatch } from '../../webhook/runner/volume-watch';
import { FakeKubernetes } from '../fakes/fake-kubernetes';
import { SECOND, aPod } from '../support/builders';
import { FakeClock } from '../support/fake-clock';

function setUp() {
  const kubernetes = new FakeKubernetes();
  const clock = new FakeClock();
  const lines: unknown[] = [];
  const log = pino({ base: null }, { write: (line) => void lines.push(JSON.parse(line)) });
  kubernetes.attachments.push(
    { node: 'i-1', volume: 'pv-1' },
    { node: 'i-1', volume: 'pv-2' },
    { node: 'i-1', volume: null },
    { node: 'i-2', volume: 'pv-3' },
  );
  return { kubernetes, clock, lines, watch: new VolumeWatch(kubernetes, clock, log) };
}

it('names the volumes that are attached to the node, and to no other', async () => {
  const { watch, kubernetes } = setUp();
  expect(await watch.attachedTo('i-1', [])).toEqual(['pv-1', 'pv-2']);
  expect(kubernetes.calls).toEqual(['listAttachments']);
});

it('leaves out those of pods that stay', async () => {
  const { watch, kubernetes } = setUp();
  kubernetes.claims.push(
    { namespace: 'default', name: 'data', volume: 'pv-1', nodes: null },
    { namespace: 'other', name: 'data', volume: 'pv-2', nodes: null },
  );
  expect(await watch.attachedTo('i-1', [aPod('daemon', { claims: ['data'] })])).toEqual(['pv-2']);
});

it('lists every five seconds at most', async () => {
  const { watch, kubernetes, clock } = setUp();
  await watch.attachedTo('i-1', []);
  kubernetes.attachments.length = 0;
  await clock.advance(5 * SECOND - 1);
  expect(await watch.attachedTo('i-1', [])).toEqual(['pv-1', 'pv-2']);
  await clock.advance(1);
  expect(await watch.attachedTo('i-1', [])).toEqual([]);
});

it('does not know while the API server is away', async () => {
  const { watch, kubernetes, clock } = setUp();
  kubernetes.failNext('listAttachments');
  expect(await watch.attachedTo('i-1', [])).toBeNull();
  await clock.advance(5 * SECOND);
  expect(await watch.attachedTo('i-1', [])).toEqual(['pv-1', 'pv-2']);
});

it('asks once where it may not, says so once, and goes on without', async () => {
  const { watch, kubernetes, clock, lines } = setUp();
  kubernetes.failNext('listAttachments', 'kubernetes-forbidden');
  expect(await watch.attachedTo('i-1', [])).toBeUndefined();
  await clock.advance(60 * SECOND);
  expect(await watch.attachedTo('i-1', [])).toBeUndefined();
  expect(kubernetes.calls).toEqual(['listAttachments']);
  expect(lines).toMatchObject([{ node: 'i-1', fault: { code: 'kubernetes-forbidden' } }]);
});
