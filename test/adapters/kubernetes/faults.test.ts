/** Every call on a bad day of the API server. */
import { makeKubernetesAdapter } from '../../../webhook/adapters/kubernetes/kubernetes-adapter';
import type { KubernetesPort } from '../../../webhook/ports';
import { ScriptedServer, type Answer } from '../scripted-server';
import { recorded } from './recorded';

const NODE = { name: 'node-a', uid: '316cdbb2-5fc2-49d7-abd9-9d4474e2cd99' };
const POD = { namespace: 'evict', name: 'web-2', uid: '2e7ff8ab-bd76-4d9c-bd30-e5ed680af82b' };
const SECOND = 1000;

let server: ScriptedServer;
let kubernetes: KubernetesPort;
let now: number;

beforeEach(async () => {
  server = await ScriptedServer.start();
  now = 1_790_000_000_000;
  kubernetes = makeKubernetesAdapter({ server: server.url }, { now: () => now });
});
afterEach(() => server.stop());

function status(code: number, message: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status: code, headers, body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', message, code } };
}

const markedNode = (): Answer => {
  const node = recorded('node-get');
  const metadata = { ...(node.body['metadata'] as object), annotations: { 'smartscale/operation': 'op1' } };
  return { ...node, body: { ...node.body, metadata } };
};

/** What is asked before the call that the test is about. */
const CALLS: readonly (readonly [string, readonly (() => Answer)[], () => Promise<unknown>])[] = [
  ['listing nodes', [], () => kubernetes.listNodes()],
  ['listing pods', [], () => kubernetes.listPods()],
  ['reading the node to mark', [], () => kubernetes.markNode(NODE, 'op1')],
  ['marking', [() => recorded('node-get')], () => kubernetes.markNode(NODE, 'op1')],
  ['reading the node to unmark', [], () => kubernetes.unmarkNode(NODE, 'op1')],
  ['unmarking', [markedNode], () => kubernetes.unmarkNode(NODE, 'op1')],
  ['deleting a node', [], () => kubernetes.deleteNode(NODE)],
];

describe.each(CALLS)('%s', (_call, before, call) => {
  it.each([
    [500, 'kubernetes-unreachable', true],
    [503, 'kubernetes-unreachable', true],
    [429, 'kubernetes-unreachable', true],
    [401, 'kubernetes-forbidden', false],
    [403, 'kubernetes-forbidden', false],
    [422, 'kubernetes-rejected', false],
  ])('answered with %d is %s, and asked once', async (code, expected, retryable) => {
    server.willAnswer(...before.map((answer) => answer()), status(code, 'sorry'));
    await expect(call()).rejects.toMatchObject({
      fault: { code: expected, retryable, message: expect.stringContaining(`: ${code} `) as string },
    });
    expect(server.asked).toHaveLength(before.length + 1);
  });

  it('answered with 429 and Retry-After leaves the server alone until then', async () => {
    server.willAnswer(...before.map((answer) => answer()), status(429, 'too many requests', { 'retry-after': '7' }));
    await expect(call()).rejects.toMatchObject({ code: 'kubernetes-unreachable' });
    const asked = server.asked.length;
    now += 7 * SECOND - 1;
    for (const [, , other] of CALLS) {
      await expect(other()).rejects.toMatchObject({
        code: 'kubernetes-unreachable',
        message: 'not asked: the API server wants to be left alone for another 1 s (429 too many requests)',
      });
    }
    expect(server.asked).toHaveLength(asked);
    now += 1;
    server.willAnswer({ status: 200, body: { metadata: {}, items: [] } });
    await expect(kubernetes.listNodes()).resolves.toEqual([]);
  });
});

it.each([
  ['marking', () => recorded('node-get'), () => kubernetes.markNode(NODE, 'op1')],
  ['unmarking', markedNode, () => kubernetes.unmarkNode(NODE, 'op1')],
])('%s that meets 409 is a conflict: whoever asked looks again', async (_what, read, call) => {
  server.willAnswer(read(), status(409, 'the object has been modified'));
  expect(await call()).toBe('conflict');
  expect(server.asked).toHaveLength(2);
});

it('deleting a node that meets a 409 of another kind is tried again', async () => {
  server.willAnswer(status(409, 'the object is being written'));
  await expect(kubernetes.deleteNode(NODE)).rejects.toMatchObject({ fault: { retryable: true } });
});

describe('Retry-After', () => {
  const listing = () => kubernetes.listNodes();

  it('of an hour is believed for half a minute', async () => {
    server.willAnswer(status(503, 'starting', { 'retry-after': '3600' }));
    await expect(listing()).rejects.toMatchObject({ code: 'kubernetes-unreachable' });
    now += 30 * SECOND;
    server.willAnswer({ status: 200, body: { metadata: {}, items: [] } });
    await expect(listing()).resolves.toEqual([]);
  });

  it('may stand in the body, and in a page in the middle of a list', async () => {
    const refusal = {
      status: 429,
      body: { kind: 'Status', message: 'slow down', code: 429, details: { retryAfterSeconds: 2 } },
    };
    server.willAnswer(recorded('node-list-page1'), refusal);
    await expect(listing()).rejects.toMatchObject({ code: 'kubernetes-unreachable' });
    now += SECOND;
    await expect(listing()).rejects.toMatchObject({ message: expect.stringContaining('another 1 s') as string });
    expect(server.asked).toHaveLength(2);
  });

  it.each(['0', '-5', 'soon'])('of "%s" is none', async (value) => {
    server.willAnswer(status(429, 'too many requests', { 'retry-after': value }), {
      status: 200,
      body: { metadata: {}, items: [] },
    });
    await expect(listing()).rejects.toMatchObject({ code: 'kubernetes-unreachable' });
    await expect(listing()).resolves.toEqual([]);
  });

  it('of an eviction holds up that pod alone: whoever asked is told and keeps it', async () => {
    server.willAnswer(recorded('eviction-pdb-unprocessed'), { status: 200, body: { metadata: {}, items: [] } });
    expect(await kubernetes.evict(POD)).toMatchObject({ kind: 'refused-by-budget', retryAfterMs: 10 * SECOND });
    await expect(listing()).resolves.toEqual([]);
  });

  it('of a list does not hold up evictions', async () => {
    server.willAnswer(status(429, 'too many requests', { 'retry-after': '7' }), recorded('eviction-201'));
    await expect(listing()).rejects.toMatchObject({ code: 'kubernetes-unreachable' });
    expect(await kubernetes.evict(POD)).toEqual({ kind: 'accepted' });
  });
});
