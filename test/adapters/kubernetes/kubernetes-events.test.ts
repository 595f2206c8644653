import pino from 'pino';
import { makeKubernetesEvents } from '../../../webhook/adapters/kubernetes/kubernetes-events';
import type { ClusterEvent } from '../../../webhook/ports';
import { ScriptedServer } from '../scripted-server';
import { recorded } from './recorded';

const EVENT: ClusterEvent = {
  about: { kind: 'Node', name: 'node-a', uid: 'u-1' },
  type: 'Normal',
  reason: 'ScaleDown',
  message: 'draining',
};
const POD: ClusterEvent = { ...EVENT, about: { kind: 'Pod', namespace: 'shop', name: 'web-1', uid: 'u-2' } };

let server: ScriptedServer;
let now = Date.parse('2026-11-22T03:00:00Z');
const lines: unknown[] = [];

function events() {
  const log = pino({ base: null }, { write: (line) => void lines.push(JSON.parse(line)) });
  return makeKubernetesEvents({ server: server.url }, log, () => now);
}

beforeEach(async () => {
  server = await ScriptedServer.start();
  lines.length = 0;
});
afterEach(() => server.stop());

const sent = (index: number): unknown => JSON.parse(server.asked[index]?.body ?? 'null');

it('writes an event of a node into the namespace that the API server accepts, and of a pod into its own', async () => {
  server.willAnswer(recorded('event-create-node'), recorded('event-create-node'));
  const told = events();
  told.tell(EVENT);
  told.tell(POD);
  await told.written();
  expect(server.asked.map(({ method, url }) => `${method} ${url}`)).toEqual([
    'POST /api/v1/namespaces/default/events',
    'POST /api/v1/namespaces/shop/events',
  ]);
  expect(sent(0)).toMatchObject({
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { namespace: 'default', name: expect.stringMatching(/^node-a\.[0-9a-f]+$/) as string },
    involvedObject: { apiVersion: 'v1', kind: 'Node', name: 'node-a', uid: 'u-1' },
    type: 'Normal',
    reason: 'ScaleDown',
    message: 'draining',
    source: { component: 'smartscale' },
    firstTimestamp: expect.stringMatching(/^2026-11-22T03:00:00/) as string,
    count: 1,
  });
});

it('counts what is the same, and begins anew when the API server has forgotten it', async () => {
  server.willAnswer(recorded('event-create-node'), recorded('event-patch-count'));
  const told = events();
  told.tell(EVENT);
  told.tell(EVENT);
  await told.written();
  expect(server.asked[1]).toMatchObject({
    method: 'PATCH',
    headers: { 'content-type': 'application/merge-patch+json' },
  });
  expect(sent(1)).toMatchObject({ count: 2 });
  server.willAnswer(recorded('pod-delete-404'), recorded('event-create-node'));
  told.tell(EVENT);
  await told.written();
  expect(server.asked.map(({ method }) => method)).toEqual(['POST', 'PATCH', 'PATCH', 'POST']);
});

it('does not count on what was told ten minutes ago', async () => {
  server.willAnswer(recorded('event-create-node'), recorded('event-create-node'));
  const told = events();
  told.tell(EVENT);
  await told.written();
  now += 600_000;
  told.tell(EVENT);
  await told.written();
  expect(server.asked.map(({ method }) => method)).toEqual(['POST', 'POST']);
});

it('says once that it may not, and throws nothing', async () => {
  server.willAnswer(recorded('rbac-403-eviction'), recorded('rbac-403-eviction'));
  const told = events();
  told.tell(EVENT);
  told.tell(POD);
  await told.written();
  expect(lines).toMatchObject([{ fault: { code: 'kubernetes-forbidden' } }]);
});
