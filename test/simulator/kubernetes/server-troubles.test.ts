import { KubeApi } from '../../../simulator/kubernetes/api/kube-api';
import { makeCluster, type TestCluster } from './test-cluster';

function apiOf(cluster: TestCluster) {
  const api = new KubeApi(cluster);
  return (method: string, url: string, body: unknown = {}, type = 'application/json') => {
    const answer = api.handle({ method, url, headers: { 'content-type': type }, body: JSON.stringify(body) });
    return { status: answer?.status, headers: answer?.headers, body: answer?.body ?? '' };
  };
}

function withPods(): TestCluster {
  const cluster = makeCluster();
  cluster.addReadyNodes('n1');
  cluster.createWorkload({ name: 'web', namespace: 'shop', kind: 'Deployment', replicas: 2 });
  cluster.pass(0);
  cluster.pass(10);
  return cluster;
}

function evictionOf(cluster: TestCluster): string {
  return `/api/v1/namespaces/shop/pods/${cluster.podsOf('web')[0]!.metadata.name}/eviction`;
}

describe('another writer', () => {
  it('comes between the look and the patch as often as told, so that the resourceVersion is stale', () => {
    const cluster = withPods();
    const call = apiOf(cluster);
    cluster.troubles.touchNode('n1', 2);
    const cordon = () => {
      const { resourceVersion } = cluster.node('n1')!.metadata;
      const patch = { metadata: { resourceVersion }, spec: { unschedulable: true } };
      return call('PATCH', '/api/v1/nodes/n1', patch, 'application/merge-patch+json').status;
    };
    expect([cordon(), cordon(), cordon()]).toEqual([409, 409, 200]);
    expect(cluster.node('n1')?.spec.unschedulable).toBe(true);
  });

  it('does not trouble a patch that names no resourceVersion, nor other nodes', () => {
    const cluster = withPods();
    cluster.addReadyNodes('n2');
    cluster.troubles.touchNode('n1');
    const patch = (node: string) =>
      apiOf(cluster)(
        'PATCH',
        `/api/v1/nodes/${node}`,
        { spec: { unschedulable: true } },
        'application/merge-patch+json',
      );
    expect(patch('n2').status).toBe(200);
    expect(cluster.node('n2')?.metadata.annotations).not.toHaveProperty('simulator/touched');
    expect(patch('n1').status).toBe(200);
    expect(cluster.node('n1')?.metadata.annotations).toHaveProperty('simulator/touched');
  });
});

describe('a webhook that does not answer', () => {
  it('makes every eviction a 500 with the reason, and evicts nothing', () => {
    const cluster = withPods();
    const call = apiOf(cluster);
    const url = evictionOf(cluster);
    cluster.troubles.evictionWebhookDown = true;
    const answer = call('POST', url);
    expect(answer.status).toBe(500);
    expect(JSON.parse(answer.body)).toMatchObject({
      reason: 'InternalError',
      message: expect.stringMatching(/^Internal error occurred: failed calling webhook "/) as string,
    });
    expect(cluster.podsOf('web').every(({ metadata }) => metadata.deletionTimestamp === undefined)).toBe(true);
    cluster.troubles.evictionWebhookDown = false;
    expect(call('POST', url).status).toBe(201);
  });

  it('is not asked about a namespace that is terminating', () => {
    const cluster = withPods();
    const url = evictionOf(cluster);
    cluster.troubles.evictionWebhookDown = true;
    cluster.deleteNamespace('shop');
    expect(apiOf(cluster)('POST', url).status).toBe(403);
  });
});

describe('flow control', () => {
  it('turns as many calls away as told, with Retry-After and without the cause of a budget', () => {
    const cluster = withPods();
    const call = apiOf(cluster);
    cluster.troubles.turnAway(2, /^POST .*eviction/, 3);
    expect(call('GET', '/api/v1/nodes').status).toBe(200);
    const url = evictionOf(cluster);
    const answers = [call('POST', url), call('POST', url), call('POST', url)];
    expect(answers.map(({ status }) => status)).toEqual([429, 429, 201]);
    expect(answers[0]?.headers).toMatchObject({ 'retry-after': '3' });
    expect(answers[0]?.body).not.toContain('DisruptionBudget');
  });
});

describe('a namespace that is terminating', () => {
  it('takes no pods, loses its owners before their pods, and so comes to an end', () => {
    const cluster = withPods();
    const call = apiOf(cluster);
    cluster.deleteNamespace('shop');
    const pod = { metadata: { name: 'x' }, spec: { containers: [{ name: 'c', image: 'i' }] } };
    const answer = call('POST', '/api/v1/namespaces/shop/pods', pod);
    expect(answer.status).toBe(403);
    expect(JSON.parse(answer.body)).toMatchObject({ details: { causes: [{ reason: 'NamespaceTerminating' }] } });
    cluster.pass(60);
    expect(cluster.podsOf('web')).toEqual([]);
    expect(cluster.world.store.namespaces.get('shop')).toBeUndefined();
  });
});
