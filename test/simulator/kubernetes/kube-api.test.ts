import { KubeApi } from '../../../simulator/kubernetes/api/kube-api';
import { makeCluster, type TestCluster } from './test-cluster';

const MERGE = 'application/merge-patch+json';

function apiOf(cluster: TestCluster, api = new KubeApi(cluster)) {
  const call = (method: string, url: string, body?: unknown, contentType = 'application/json') => {
    const headers = { 'content-type': contentType, accept: 'application/json' };
    const answer = api.handle({ method, url, headers, body: body === undefined ? '' : JSON.stringify(body) });
    if (answer === null) throw new Error('the connection broke');
    const isJson = answer.headers['content-type'] === 'application/json';
    return { ...answer, body: (isJson ? JSON.parse(answer.body) : answer.body) as Record<string, unknown> };
  };
  return { api, call };
}

interface List {
  readonly metadata: {
    readonly continue?: string;
    readonly resourceVersion: string;
    readonly remainingItemCount?: number;
  };
  readonly items: readonly { readonly metadata: { readonly name: string } }[];
}

function list(answer: { readonly body: unknown }): List {
  return answer.body as List;
}

function names(answer: { readonly body: unknown }): string[] {
  return list(answer).items.map(({ metadata }) => metadata.name);
}

function withNodes(...nodes: string[]): TestCluster {
  const cluster = makeCluster();
  cluster.addReadyNodes(...nodes);
  return cluster;
}

describe('a list in pages', () => {
  it('shows the world of its first page, whatever happens meanwhile', () => {
    const cluster = withNodes('n1', 'n2', 'n3', 'n5');
    const { call } = apiOf(cluster);
    const first = list(call('GET', '/api/v1/nodes?limit=2'));
    cluster.addNode('n4');
    cluster.world.store.nodes.remove('n3');
    const second = call('GET', `/api/v1/nodes?limit=2&continue=${first.metadata.continue}`);
    expect(names(second)).toEqual(['n3', 'n5']);
    expect(list(second).metadata).toEqual({ resourceVersion: first.metadata.resourceVersion });
    expect(names(call('GET', '/api/v1/nodes'))).toEqual(['n1', 'n2', 'n4', 'n5']);
  });

  it('expires after five minutes and can then be continued inconsistently', () => {
    const cluster = withNodes('n1', 'n2', 'n3');
    const { call } = apiOf(cluster);
    const { continue: token } = list(call('GET', '/api/v1/nodes?limit=1')).metadata;
    cluster.pass(301);
    cluster.world.store.nodes.remove('n2');
    const expired = call('GET', `/api/v1/nodes?limit=1&continue=${token}`);
    expect(expired).toMatchObject({ status: 410, body: { reason: 'Expired' } });
    const resumed = call('GET', `/api/v1/nodes?continue=${list(expired).metadata.continue}`);
    expect(names(resumed)).toEqual(['n3']);
  });

  it('gives every pod exactly once, in all sizes of pages', () => {
    const cluster = withNodes('n1');
    cluster.createWorkload({ name: 'web', namespace: 'default', kind: 'Deployment', replicas: 7 });
    cluster.createWorkload({ name: 'db', namespace: 'a', kind: 'Bare', replicas: 4 });
    cluster.tick();
    const { call } = apiOf(cluster);
    const all = names(call('GET', '/api/v1/pods'));
    for (let size = 1; size <= 12; size += 1) {
      const found: string[] = [];
      let token = '';
      do {
        const page = call('GET', `/api/v1/pods?limit=${size}&continue=${token}`);
        found.push(...names(page));
        token = list(page).metadata.continue ?? '';
      } while (token !== '');
      expect(found).toEqual(all);
    }
  });
});

describe('selectors', () => {
  it.each([
    ['labelSelector=pool%3Da', ['n1']],
    ['labelSelector=pool%3D%3Da', ['n1']],
    ['labelSelector=pool!%3Da', ['n2', 'n3']],
    ['labelSelector=pool', ['n1', 'n2']],
    ['labelSelector=!pool', ['n3']],
    ['labelSelector=pool%20in%20(a,b)', ['n1', 'n2']],
    ['labelSelector=pool%20notin%20(a,c)', ['n2', 'n3']],
    ['labelSelector=pool%20in%20(a,b),pool!%3Da', ['n2']],
    ['fieldSelector=metadata.name%3Dn2', ['n2']],
    ['fieldSelector=metadata.name!%3Dn2', ['n1', 'n3']],
    ['fieldSelector=spec.unschedulable%3Dtrue', ['n3']],
    ['fieldSelector=spec.unschedulable%3Dfalse', ['n1', 'n2']],
  ])('%s finds %j', (query, expected) => {
    const cluster = makeCluster();
    cluster.addNode('n1', { labels: { pool: 'a' } });
    cluster.addNode('n2', { labels: { pool: 'b' } });
    cluster.addNode('n3');
    cluster.cordonByHand('n3');
    expect(names(apiOf(cluster).call('GET', `/api/v1/nodes?${query}`))).toEqual(expected);
  });

  it('find the pods of a node, of a phase and of a namespace', () => {
    const cluster = withNodes('n1', 'n2');
    cluster.createWorkload({ name: 'web', namespace: 'shop', kind: 'Bare', replicas: 4 });
    cluster.createWorkload({ name: 'gated', namespace: 'shop', kind: 'Bare', pod: { gates: ['g'] } });
    cluster.pass(0);
    cluster.pass(10);
    const { call } = apiOf(cluster);
    expect(names(call('GET', '/api/v1/pods?fieldSelector=spec.nodeName%3Dn2'))).toEqual(['web-2', 'web-4']);
    const running = call('GET', '/api/v1/pods?fieldSelector=status.phase%3DRunning,spec.nodeName%3Dn1');
    expect(names(running)).toEqual(['web-1', 'web-3']);
    expect(names(call('GET', '/api/v1/pods?fieldSelector=spec.nodeName%3D'))).toEqual(['gated-1']);
    expect(names(call('GET', '/api/v1/namespaces/default/pods'))).toEqual([]);
    expect(names(call('GET', '/api/v1/namespaces/shop/pods?labelSelector=app%3Dgated'))).toEqual(['gated-1']);
  });
});

describe('patches', () => {
  it('remove the last taint of a list, and with it the list', () => {
    const cluster = withNodes('n1');
    const { call } = apiOf(cluster);
    const taints = [{ key: 'smartscale/draining', value: 'op1', effect: 'NoSchedule' }];
    call('PATCH', '/api/v1/nodes/n1', { spec: { taints } }, MERGE);
    expect(cluster.node('n1')?.spec.taints).toEqual(taints);
    call('PATCH', '/api/v1/nodes/n1', { spec: { taints: [] } }, MERGE);
    expect(cluster.node('n1')?.spec).toEqual({ providerID: 'aws:///eu-central-1a/i-n1' });
  });

  it('give the taint of a cordon back when somebody replaces all taints', () => {
    const cluster = withNodes('n1');
    cluster.cordonByHand('n1');
    cluster.tick();
    apiOf(cluster).call('PATCH', '/api/v1/nodes/n1', { spec: { taints: [] } }, MERGE);
    expect(cluster.node('n1')?.spec.taints).toBeUndefined();
    cluster.tick();
    expect(cluster.node('n1')?.spec.taints).toMatchObject([{ key: 'node.kubernetes.io/unschedulable' }]);
  });

  it('set and remove annotations', () => {
    const cluster = withNodes('n1');
    const { call } = apiOf(cluster);
    call('PATCH', '/api/v1/nodes/n1', { metadata: { annotations: { 'smartscale/operation': 'op1' } } }, MERGE);
    expect(cluster.node('n1')?.metadata.annotations).toMatchObject({ 'smartscale/operation': 'op1' });
    call('PATCH', '/api/v1/nodes/n1', { metadata: { annotations: { 'smartscale/operation': null } } }, MERGE);
    expect(cluster.node('n1')?.metadata.annotations).toEqual({ 'node.alpha.kubernetes.io/ttl': '0' });
  });

  it('with another uid are a conflict', () => {
    const { call } = apiOf(withNodes('n1'));
    const answer = call('PATCH', '/api/v1/nodes/n1', { metadata: { uid: 'x' }, spec: { unschedulable: true } }, MERGE);
    expect(answer).toMatchObject({ status: 409, body: { reason: 'Conflict', details: { kind: 'nodes' } } });
  });

  it('do not touch the status, and through the status nothing else', () => {
    const cluster = withNodes('n1');
    const { call } = apiOf(cluster);
    call('PATCH', '/api/v1/nodes/n1', { status: { allocatable: { cpu: '64' } } }, MERGE);
    expect(cluster.node('n1')?.status.allocatable['cpu']).toBe('2');
    call(
      'PATCH',
      '/api/v1/nodes/n1/status',
      { spec: { unschedulable: true }, status: { allocatable: { cpu: '64' } } },
      MERGE,
    );
    expect(cluster.node('n1')).toMatchObject({ spec: {}, status: { allocatable: { cpu: '64', memory: '8Gi' } } });
    expect(cluster.node('n1')?.spec.unschedulable).toBeUndefined();
  });

  it.each([
    [{ spec: { unschedulable: 'yes' } }, 400],
    [{ metadata: { annotations: { count: 3 } } }, 400],
    [{ spec: { taints: 'none' } }, 400],
    [{ spec: { taints: [{ key: 'a', value: 'not a label', effect: 'NoSchedule' }] } }, 422],
    [{ metadata: { name: 'other' } }, 400],
    [[], 400],
  ])('of the wrong shape change nothing: %j', (patch, status) => {
    const cluster = withNodes('n1');
    const before = cluster.node('n1');
    expect(apiOf(cluster).call('PATCH', '/api/v1/nodes/n1', patch, MERGE).status).toBe(status);
    expect(cluster.node('n1')).toBe(before);
  });

  it('in dry run answer with what would be, and change nothing', () => {
    const cluster = withNodes('n1');
    const answer = apiOf(cluster).call(
      'PATCH',
      '/api/v1/nodes/n1?dryRun=All',
      { spec: { unschedulable: true } },
      MERGE,
    );
    expect(answer.body).toMatchObject({ spec: { unschedulable: true } });
    expect(cluster.node('n1')?.spec.unschedulable).toBeUndefined();
  });

  it('open the gate of a pod, and nothing else of its spec', () => {
    const cluster = withNodes('n1');
    cluster.createWorkload({ name: 'web', namespace: 'default', kind: 'Bare', pod: { gates: ['g'] } });
    const { call } = apiOf(cluster);
    const path = '/api/v1/namespaces/default/pods/web-1';
    expect(call('PATCH', path, { spec: { nodeSelector: { a: 'b' } } }, MERGE).status).toBe(422);
    expect(call('PATCH', path, { spec: { schedulingGates: null } }, MERGE).status).toBe(200);
    cluster.tick();
    expect(cluster.onlyPodOf('web')).toMatchObject({ metadata: { generation: 2 }, spec: { nodeName: 'n1' } });
  });

  it('by strategic merge merge conditions by their type', () => {
    const cluster = withNodes('n1');
    const conditions = [{ type: 'DiskPressure', status: 'True' }];
    const type = 'application/strategic-merge-patch+json';
    apiOf(cluster).call('PATCH', '/api/v1/nodes/n1/status', { status: { conditions } }, type);
    expect(cluster.node('n1')?.status.conditions.map((each) => each.type)).toEqual(['Ready', 'DiskPressure']);
  });
});

describe('a patch that changes nothing', () => {
  it('writes nothing: the resourceVersion stays', () => {
    const cluster = withNodes('n1');
    cluster.cordonByHand('n1');
    cluster.tick();
    const before = cluster.node('n1');
    const answer = apiOf(cluster).call('PATCH', '/api/v1/nodes/n1', { spec: { unschedulable: true } }, MERGE);
    expect(answer.status).toBe(200);
    expect(cluster.node('n1')).toBe(before);
  });
});

describe('a JSON patch', () => {
  const JSON_PATCH = 'application/json-patch+json';

  it.each([
    [[{ op: 'add', path: '/metadata/labels/a~1b', value: 'c' }], { 'a/b': 'c', pool: 'x' }],
    [[{ op: 'replace', path: '/metadata/labels/pool', value: 'y' }], { pool: 'y' }],
    [[{ op: 'move', from: '/metadata/labels/pool', path: '/metadata/labels/p' }], { p: 'x' }],
    [[{ op: 'copy', from: '/metadata/labels/pool', path: '/metadata/labels/p' }], { pool: 'x', p: 'x' }],
  ])('%j', (patch, labels) => {
    const cluster = makeCluster();
    cluster.addNode('n1', { labels: { pool: 'x' } });
    const before = cluster.node('n1')?.metadata.labels ?? {};
    expect(apiOf(cluster).call('PATCH', '/api/v1/nodes/n1', patch, JSON_PATCH).status).toBe(200);
    const { pool: _, ...machine } = before;
    expect(cluster.node('n1')?.metadata.labels).toEqual({ ...machine, ...labels });
  });

  it.each([
    [[{ op: 'remove', path: '/metadata/labels/none' }]],
    [[{ op: 'replace', path: '/metadata/labels/none', value: 'x' }]],
    [[{ op: 'add', path: '/spec/taints/7', value: {} }]],
    [[{ op: 'nonsense', path: '/spec' }]],
    [[{ op: 'add', path: 'spec', value: {} }]],
    [
      [
        { op: 'add', path: '/spec/unschedulable', value: true },
        { op: 'test', path: '/spec/unschedulable', value: false },
      ],
    ],
  ])('that does not apply changes nothing: %j', (patch) => {
    const cluster = withNodes('n1');
    const before = cluster.node('n1');
    expect(apiOf(cluster).call('PATCH', '/api/v1/nodes/n1', patch, JSON_PATCH).status).toBe(422);
    expect(cluster.node('n1')).toBe(before);
  });

  it('removes by index', () => {
    const cluster = makeCluster();
    const taints = ['a', 'b', 'c'].map((key) => ({ key, effect: 'NoSchedule' as const }));
    cluster.addNode('n1', { taints });
    cluster.pass(10);
    apiOf(cluster).call('PATCH', '/api/v1/nodes/n1', [{ op: 'remove', path: '/spec/taints/1' }], JSON_PATCH);
    expect(cluster.node('n1')?.spec.taints?.map(({ key }) => key)).toEqual(['a', 'c']);
  });
});

describe('what is not simulated says so', () => {
  it.each([
    ['GET', '/api/v1/nodes?watch=true', 501, 'NotImplemented'],
    ['PUT', '/api/v1/nodes/n1', 405, 'MethodNotAllowed'],
    ['DELETE', '/api/v1/nodes', 405, 'MethodNotAllowed'],
    ['GET', '/api/v1/services', 404, 'NotFound'],
    ['GET', '/apis/policy/v1/nodes', 404, 'NotFound'],
    ['GET', '/api/v1/nodes/n1/scale', 404, 'NotFound'],
    ['POST', '/api/v1/nodes/n1', 409, 'AlreadyExists'],
  ])('%s %s: %i', (method, url, status, reason) => {
    const answer = apiOf(withNodes('n1')).call(method, url, { metadata: { name: 'n1' } });
    expect(answer).toMatchObject({ status, body: { kind: 'Status', reason, code: status } });
  });

  it('and other paths are plain text', () => {
    const { call } = apiOf(withNodes('n1'));
    expect(call('GET', '/readyz')).toMatchObject({ status: 200, body: 'ok' });
    expect(call('GET', '/nothing')).toMatchObject({ status: 404, body: '404 page not found\n' });
    expect(call('GET', '/version').body).toMatchObject({ major: '1', minor: '34' });
  });
});

describe('a namespace that was deleted', () => {
  it('ends its pods in their grace period and is gone when they are', () => {
    const cluster = withNodes('n1');
    cluster.createWorkload({ name: 'web', namespace: 'shop', kind: 'Bare', replicas: 2, pod: { stopSeconds: 9 } });
    cluster.createBudget({ name: 'web', namespace: 'shop', minAvailable: 2 });
    cluster.pass(0);
    cluster.pass(10);
    const { call } = apiOf(cluster);
    call('DELETE', '/api/v1/namespaces/shop');
    cluster.pass(8);
    expect(cluster.podsOf('web')).toHaveLength(2);
    expect(cluster.budgets()).toEqual([]);
    cluster.pass(1);
    expect(call('GET', '/api/v1/namespaces/shop').status).toBe(404);
    const orphan = { metadata: { name: 'x' }, spec: { containers: [{ name: 'c', image: 'i' }] } };
    expect(call('POST', '/api/v1/namespaces/shop/pods', orphan)).toMatchObject({
      status: 404,
      body: { message: 'namespaces "shop" not found' },
    });
  });
});

describe('the gate', () => {
  it('fails the next calls that match, before they do anything', () => {
    const cluster = withNodes('n1');
    const { api, call } = apiOf(cluster);
    api.gate.failNext({ status: 503, retryAfterSeconds: 2 }, { method: 'DELETE', url: /nodes/ }, 2);
    expect(call('GET', '/api/v1/nodes').status).toBe(200);
    expect(call('DELETE', '/api/v1/nodes/n1')).toMatchObject({ status: 503, headers: { 'retry-after': '2' } });
    expect(call('DELETE', '/api/v1/nodes/n1').status).toBe(503);
    expect(cluster.node('n1')).toBeDefined();
    expect(call('DELETE', '/api/v1/nodes/n1').status).toBe(200);
  });

  it('refuses for flow control in plain text and without a cause', () => {
    const { api, call } = apiOf(withNodes('n1'));
    api.gate.failNext({ status: 429, retryAfterSeconds: 1 });
    expect(call('GET', '/api/v1/nodes')).toMatchObject({
      status: 429,
      headers: { 'retry-after': '1', 'content-type': 'text/plain; charset=utf-8' },
      body: 'Too many requests, please try again later.\n',
    });
  });

  it('remembers what was called, with the answer and the time of the cluster', () => {
    const cluster = withNodes('n1');
    const { api, call } = apiOf(cluster);
    call('GET', '/api/v1/nodes/n9');
    expect(api.gate.calls).toEqual([
      { method: 'GET', url: '/api/v1/nodes/n9', body: '', status: 404, at: cluster.clock.now() },
    ]);
  });
});

describe('rights', () => {
  it('are given by verb and resource', () => {
    const cluster = withNodes('n1');
    const api = new KubeApi(cluster, {
      tokens: [{ token: 't', user: 'me', rights: ['list nodes', 'create pods/eviction'] }],
    });
    const status = (method: string, url: string, body = '') =>
      api.handle({ method, url, headers: { authorization: 'Bearer t', 'content-type': 'application/json' }, body })
        ?.status;
    expect(status('GET', '/api/v1/nodes')).toBe(200);
    expect(status('GET', '/api/v1/nodes/n1')).toBe(403);
    expect(status('GET', '/api/v1/nodes?watch=true')).toBe(403);
    expect(status('POST', '/api/v1/namespaces/default/pods/x/eviction', '{}')).toBe(404);
  });
});

describe('bad objects', () => {
  it.each([
    ['/api/v1/nodes', { metadata: {} }, 422],
    ['/api/v1/namespaces/default/pods', { metadata: { name: 'x' }, spec: {} }, 422],
    ['/api/v1/namespaces/default/pods', { metadata: { name: 'x', namespace: 'other' }, spec: {} }, 400],
    [
      '/apis/policy/v1/namespaces/default/poddisruptionbudgets',
      { metadata: { name: 'x' }, spec: { minAvailable: 1, maxUnavailable: 1 } },
      422,
    ],
    [
      '/apis/policy/v1/namespaces/default/poddisruptionbudgets',
      { metadata: { name: 'x' }, spec: { minAvailable: 'half' } },
      422,
    ],
    [
      '/api/v1/namespaces/default/pods',
      {
        metadata: { name: 'x' },
        spec: { containers: [{ name: 'c', image: 'i', resources: { requests: { cpu: 'lots' } } }] },
      },
      400,
    ],
  ])('POST %s %j: %i, and the cluster goes on', (url, body, status) => {
    const cluster = withNodes('n1');
    const { call } = apiOf(cluster);
    expect(call('POST', url, body).status).toBe(status);
    cluster.pass(10);
    expect(call('GET', '/api/v1/nodes').status).toBe(200);
    expect(cluster.pods()).toEqual([]);
  });
});
