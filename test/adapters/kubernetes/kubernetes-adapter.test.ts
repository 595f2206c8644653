import { makeKubernetesAdapter } from '../../../webhook/adapters/kubernetes/kubernetes-adapter';
import type { KubernetesPort } from '../../../webhook/ports';
import { ScriptedServer } from '../scripted-server';
import { recorded } from './recorded';

const NODE = { name: 'node-a', uid: '316cdbb2-5fc2-49d7-abd9-9d4474e2cd99' };
const POD = { namespace: 'evict', name: 'web-2', uid: '2e7ff8ab-bd76-4d9c-bd30-e5ed680af82b' };

let server: ScriptedServer;
let kubernetes: KubernetesPort;

beforeEach(async () => {
  server = await ScriptedServer.start();
  kubernetes = makeKubernetesAdapter({ server: server.url });
});
afterEach(() => server.stop());

const queries = () => server.asked.map(({ url }) => Object.fromEntries(new URL(url, server.url).searchParams));
const sent = (index: number): unknown => JSON.parse(server.asked[index]?.body ?? 'null');
const recordedNode = (uid = NODE.uid) => {
  const node = recorded('node-get');
  return { ...node, body: { ...node.body, metadata: { ...(node.body['metadata'] as object), uid } } };
};

describe('listing', () => {
  it('reads all pages of what a real server recorded', async () => {
    const first = recorded('node-list-page1');
    server.willAnswer(first, recorded('node-list-page2-continue'));
    const nodes = await kubernetes.listNodes();
    expect(nodes.map(({ name, instanceId, ready }) => [name, instanceId, ready])).toEqual([
      ['node-a', 'i-0nodea', true],
      ['node-b', 'i-0nodeb', true],
      ['node-c', 'i-0nodec', true],
      ['node-d', 'i-0noded', true],
    ]);
    expect(nodes[0]).toMatchObject({
      uid: NODE.uid,
      resourceVersion: '357',
      createdAt: Date.parse('2026-11-22T03:31:38Z'),
      allocatable: { cpu: 2, memory: 2 * 2 ** 30, pods: 110 },
    });
    expect(queries()).toEqual([
      { limit: '500' },
      { limit: '500', continue: (first.body['metadata'] as { continue: string }).continue },
    ]);
  });

  it('begins again from the first page when the list expires under way', async () => {
    const [page1, page2] = [recorded('node-list-page1'), recorded('node-list-page2-continue')];
    server.willAnswer(page1, recorded('node-list-continue-expired'), page1, page2);
    expect((await kubernetes.listNodes()).map(({ name }) => name)).toEqual(['node-a', 'node-b', 'node-c', 'node-d']);
    expect(queries()[2]).toEqual({ limit: '500' });
  });

  it('gives up on a list that always expires, as something that may pass', async () => {
    const expired = recorded('node-list-continue-expired');
    server.willAnswer(expired, expired, expired, expired, expired);
    await expect(kubernetes.listNodes()).rejects.toMatchObject({ code: 'kubernetes-unreachable' });
    expect(server.asked).toHaveLength(4);
  });

  it('reads recorded pods: unschedulable, gated, bound and terminating ones', async () => {
    const single = ['pod-unschedulable', 'pod-gated', 'pod-bound-by-scheduler-pending', 'pod-terminating'];
    server.willAnswer({ status: 200, body: { metadata: {}, items: single.map((name) => recorded(name).body) } });
    const pods = await kubernetes.listPods();
    expect(pods.map((pod) => [pod.name, pod.unschedulable, pod.gated, pod.node !== null, pod.terminating])).toEqual([
      ['big-1', true, false, false, false],
      ['gated-1', false, true, false, false],
      ['sched-1', false, false, true, false],
      ['web-2', false, false, true, true],
    ]);
    expect(pods[0]).toMatchObject({ namespace: 'demo', phase: 'Pending', requests: { cpu: 16, memory: 0, pods: 1 } });
    expect(pods[1]?.requests).toEqual({ cpu: 0.1, memory: 64 * 2 ** 20, pods: 1 });
    expect(pods[1]?.tolerations[0]).toEqual({
      key: 'node.kubernetes.io/not-ready',
      operator: 'Exists',
      effect: 'NoExecute',
    });
    expect(server.asked[0]?.url).toMatch(/^\/api\/v1\/pods\?/);
  });

  it.each([
    ['rbac-403-node-list', 'kubernetes-forbidden', /cannot list resource/],
    ['rbac-401-bad-token', 'kubernetes-forbidden', /^list nodes: 401 /],
  ])('answered with %s rejects as %s', async (name, code, message) => {
    server.willAnswer(recorded(name));
    await expect(kubernetes.listNodes()).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
    });
  });

  it.each([
    [503, 'kubernetes-unreachable'],
    [429, 'kubernetes-unreachable'],
    [400, 'kubernetes-rejected'],
    [404, 'kubernetes-rejected'],
  ])('answered with %d and a page of a proxy rejects as %s', async (status, code) => {
    server.willAnswer({ status, headers: { 'content-type': 'text/html' }, body: '<html>sorry</html>' });
    await expect(kubernetes.listNodes()).rejects.toMatchObject({ code });
  });

  it('answered with 200 and no JSON rejects and is not an empty cluster', async () => {
    server.willAnswer({ status: 200, headers: { 'content-type': 'text/html' }, body: '<html>login</html>' });
    await expect(kubernetes.listNodes()).rejects.toMatchObject({ code: 'kubernetes-unreachable' });
  });

  it('answered with JSON that is no list rejects and is not an empty cluster', async () => {
    server.willAnswer({ status: 200, body: { hello: 'world' } });
    await expect(kubernetes.listPods()).rejects.toMatchObject({
      code: 'kubernetes-unreachable',
      message: 'list pods: the answer is not a list',
    });
  });
});

describe('a server that does not answer', () => {
  it.each(['hang', 'stall'] as const)('(%s) is given up at the time limit', async (way) => {
    server.willAnswer(way);
    const impatient = makeKubernetesAdapter({ server: server.url }, { timeoutMs: 80 });
    await expect(impatient.listNodes()).rejects.toMatchObject({
      code: 'kubernetes-unreachable',
      message: 'list nodes: no answer within the time limit',
    });
  });

  it('that resets the connection is unreachable', async () => {
    server.willAnswer('reset');
    await expect(kubernetes.deleteNode(NODE)).rejects.toMatchObject({ code: 'kubernetes-unreachable' });
  });

  it('that is not there is unreachable', async () => {
    const nobody = makeKubernetesAdapter({ server: 'http://127.0.0.1:1' });
    await expect(nobody.listPods()).rejects.toMatchObject({
      code: 'kubernetes-unreachable',
      message: expect.stringContaining('ECONNREFUSED') as string,
    });
    expect(await nobody.evict(POD)).toMatchObject({ kind: 'try-again', retryAfterMs: null });
  });
});

describe('marking', () => {
  it('sends one merge patch guarded by the version it read', async () => {
    server.willAnswer(recordedNode(), recorded('node-patch-merge-cordon'));
    expect(await kubernetes.markNode(NODE, 'op1')).toBe('marked');
    const [read, patch] = server.asked;
    expect(read).toMatchObject({ method: 'GET', url: '/api/v1/nodes/node-a' });
    expect(patch).toMatchObject({ method: 'PATCH', headers: { 'content-type': 'application/merge-patch+json' } });
    expect(sent(1)).toEqual({
      metadata: {
        resourceVersion: (recordedNode().body.metadata as { resourceVersion?: string }).resourceVersion,
        labels: { 'node.kubernetes.io/exclude-from-external-load-balancers': 'smartscale' },
        annotations: { 'smartscale/operation': 'op1', 'smartscale/was-unschedulable': 'false' },
      },
      spec: {
        taints: [{ key: 'smartscale/draining', value: 'op1', effect: 'NoSchedule' }],
        unschedulable: true,
      },
    });
  });

  it('keeps what other taints say to the letter, the time they were added included', async () => {
    const taint = { key: 'node.kubernetes.io/not-ready', effect: 'NoExecute', timeAdded: '2026-11-22T03:31:38Z' };
    const node = recordedNode();
    server.willAnswer(
      { ...node, body: { ...node.body, spec: { taints: [taint] } } },
      recorded('node-patch-merge-cordon'),
    );
    await kubernetes.markNode(NODE, 'op1');
    const { taints } = (sent(1) as { spec: { taints: { timeAdded?: string }[] } }).spec;
    expect(taints[0]).toEqual({ ...taint, timeAdded: expect.any(String) as string });
    expect(Date.parse(taints[0]?.timeAdded ?? '')).toBe(Date.parse(taint.timeAdded));
  });

  it.each([
    ['the node is no more', ['node-get-404'], 'gone'],
    ['the node goes in between', ['node-get', 'node-patch-merge-404'], 'gone'],
    ['somebody writes in between', ['node-get', 'node-patch-merge-taints-resourceversion-stale'], 'conflict'],
  ])('when %s (%j) answers %s', async (_what, names, answer) => {
    server.willAnswer(...names.map((name) => (name === 'node-get' ? recordedNode() : recorded(name))));
    expect(await kubernetes.markNode(NODE, 'op1')).toBe(answer);
  });

  it('a node of another uid writes nothing and answers gone', async () => {
    server.willAnswer(recordedNode('another'), recordedNode('another'));
    expect(await kubernetes.markNode(NODE, 'op1')).toBe('gone');
    expect(await kubernetes.unmarkNode(NODE, 'op1')).toBe('gone');
    expect(server.asked.map(({ method }) => method)).toEqual(['GET', 'GET']);
  });

  it.each([
    ['rbac-403-node-patch', 'kubernetes-forbidden'],
    ['node-patch-object-as-json-patch', 'kubernetes-rejected'],
  ])('answered with %s rejects as %s', async (name, code) => {
    server.willAnswer(recordedNode(), recorded(name));
    await expect(kubernetes.markNode(NODE, 'op1')).rejects.toMatchObject({ code });
  });
});

describe('an eviction', () => {
  it('names the pod by uid', async () => {
    server.willAnswer(recorded('eviction-201'));
    expect(await kubernetes.evict(POD)).toEqual({ kind: 'accepted' });
    expect(server.asked[0]).toMatchObject({ method: 'POST', url: '/api/v1/namespaces/evict/pods/web-2/eviction' });
    expect(sent(0)).toEqual({
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { namespace: 'evict', name: 'web-2' },
      deleteOptions: { preconditions: { uid: POD.uid } },
    });
  });

  it('says how much grace only where it gives less than the pod’s own', async () => {
    server.willAnswer(recorded('eviction-grace-seconds'));
    await kubernetes.evict({ ...POD, graceSeconds: 600 });
    expect(sent(0)).toMatchObject({ deleteOptions: { preconditions: { uid: POD.uid }, gracePeriodSeconds: 600 } });
  });

  it.each([
    ['eviction-404', { kind: 'gone' }],
    ['eviction-uid-mismatch', { kind: 'gone' }],
    [
      'eviction-budget-used-up',
      {
        kind: 'refused-by-budget',
        retryAfterMs: null,
        message: 'The disruption budget web needs 2 healthy pods and has 2 currently',
      },
    ],
    [
      'eviction-pdb-unprocessed',
      {
        kind: 'refused-by-budget',
        retryAfterMs: 10_000,
        message: 'The disruption budget web is still being processed by the server.',
      },
    ],
    [
      'eviction-two-pdbs',
      {
        kind: 'refused-by-budget',
        retryAfterMs: null,
        message: 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
        misconfigured: true,
      },
    ],
    ['eviction-namespace-terminating', { kind: 'namespace-going' }],
    ['eviction-namespace-terminating-404-pod', { kind: 'namespace-going' }],
    ['rbac-403-eviction', { kind: 'failed', fault: { code: 'kubernetes-forbidden', retryable: false } }],
    ['rbac-401-bad-token', { kind: 'failed', fault: { code: 'kubernetes-forbidden' } }],
    ['eviction-name-mismatch', { kind: 'failed', fault: { code: 'kubernetes-rejected', retryable: false } }],
  ])('answered with %s is %j', async (name, expected) => {
    server.willAnswer(recorded(name));
    expect(await kubernetes.evict(POD)).toMatchObject(expected);
  });

  it('held up by flow control is not a budget, and says how long to wait', async () => {
    const body = {
      kind: 'Status',
      status: 'Failure',
      message: 'too many requests',
      reason: 'TooManyRequests',
      code: 429,
    };
    server.willAnswer({ status: 429, headers: { 'retry-after': '1' }, body });
    expect(await kubernetes.evict(POD)).toMatchObject({
      kind: 'try-again',
      retryAfterMs: 1000,
      fault: { code: 'kubernetes-unreachable', message: 'evict pod evict/web-2: 429 too many requests' },
    });
  });

  it('whose conflict is about something else than the uid is tried again', async () => {
    const body = { kind: 'Status', status: 'Failure', message: 'the ResourceVersion in the precondition', code: 409 };
    server.willAnswer({ status: 409, body });
    expect(await kubernetes.evict(POD)).toMatchObject({ kind: 'try-again' });
  });

  it.each([500, 503, 504])('answered with %d is tried again', async (status) => {
    server.willAnswer({ status, headers: { 'content-type': 'text/plain' }, body: 'failed calling webhook' });
    expect(await kubernetes.evict(POD)).toMatchObject({ kind: 'try-again', retryAfterMs: null });
  });

  it('whose answer is lost is tried again', async () => {
    server.willAnswer('reset');
    expect(await kubernetes.evict(POD)).toMatchObject({ kind: 'try-again', fault: { retryable: true } });
  });
});

describe('deleting a node', () => {
  it('sends its uid in a body whose length is stated: without it the server drops the precondition', async () => {
    server.willAnswer(recorded('node-delete-uid-match'));
    expect(await kubernetes.deleteNode(NODE)).toBe('deleted');
    const { method, headers, body } = server.asked[0] ?? { headers: {}, body: '' };
    expect(method).toBe('DELETE');
    expect(JSON.parse(body)).toEqual({ apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid: NODE.uid } });
    expect(headers['content-length']).toBe(String(Buffer.byteLength(body)));
  });

  it.each(['node-delete-404', 'node-delete-uid-mismatch'])('answered with %s is gone', async (name) => {
    server.willAnswer(recorded(name));
    expect(await kubernetes.deleteNode(NODE)).toBe('gone');
  });

  it('that is forbidden rejects', async () => {
    server.willAnswer(recorded('rbac-403-node-delete'));
    await expect(kubernetes.deleteNode(NODE)).rejects.toMatchObject({ code: 'kubernetes-forbidden' });
  });
});

describe('deleting a pod', () => {
  const pod = { ...POD, graceSeconds: 12 };

  it('sends uid and grace in a body whose length is stated: without it the server drops both', async () => {
    server.willAnswer(recorded('pod-delete-graceful'));
    expect(await kubernetes.deletePod(pod)).toBe('deleted');
    const { method, url, headers, body } = server.asked[0] ?? { headers: {}, body: '' };
    expect([method, url]).toEqual(['DELETE', '/api/v1/namespaces/evict/pods/web-2']);
    const options = { preconditions: { uid: POD.uid }, gracePeriodSeconds: 12 };
    expect(JSON.parse(body)).toEqual({ apiVersion: 'v1', kind: 'DeleteOptions', ...options });
    expect(headers['content-length']).toBe(String(Buffer.byteLength(body)));
  });

  it.each(['pod-delete-404', 'pod-delete-uid-mismatch'])('answered with %s is gone', async (name) => {
    server.willAnswer(recorded(name));
    expect(await kubernetes.deletePod(pod)).toBe('gone');
  });

  it('that is forbidden rejects', async () => {
    server.willAnswer(recorded('rbac-403-eviction'));
    await expect(kubernetes.deletePod(pod)).rejects.toMatchObject({ code: 'kubernetes-forbidden' });
  });
});
