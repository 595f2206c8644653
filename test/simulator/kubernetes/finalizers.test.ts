import { KubeApi } from '../../../simulator/kubernetes/api/kube-api';
import { isTerminating } from '../../../simulator/kubernetes/conditions';
import { deletePod } from '../../../simulator/kubernetes/delete-pod';
import { makeCluster, type TestCluster } from './test-cluster';

const POD = '/api/v1/namespaces/default/pods/web-1';

function withHeldPod(): TestCluster {
  const cluster = makeCluster({ podStopMs: [1_000, 1_000], podGcMs: 53_000 });
  cluster.addReadyNodes('n1');
  const pod = { finalizers: ['example.com/guard'] };
  cluster.createWorkload({ name: 'web', namespace: 'default', kind: 'Bare', pod });
  cluster.pass(0);
  cluster.pass(10);
  return cluster;
}

function patch(cluster: TestCluster, finalizers: readonly string[] | null): number | undefined {
  const headers = { 'content-type': 'application/merge-patch+json' };
  const body = JSON.stringify({ metadata: { finalizers } });
  return new KubeApi(cluster).handle({ method: 'PATCH', url: POD, headers, body })?.status;
}

describe('a pod with a finalizer', () => {
  it('ends on its node and stays, terminating and without grace, until the finalizer goes', () => {
    const cluster = withHeldPod();
    deletePod(cluster.world, cluster.onlyPodOf('web'));
    cluster.pass(600);
    expect(cluster.onlyPodOf('web')).toMatchObject({
      metadata: { deletionGracePeriodSeconds: 0, finalizers: ['example.com/guard'] },
      status: { phase: 'Failed' },
    });
    expect(patch(cluster, null)).toBe(200);
    expect(cluster.podsOf('web')).toEqual([]);
  });

  it('stays when it is deleted without grace', () => {
    const cluster = withHeldPod();
    deletePod(cluster.world, cluster.onlyPodOf('web'), 0);
    cluster.pass(60);
    expect(isTerminating(cluster.onlyPodOf('web'))).toBe(true);
    cluster.finalizePod('web-1');
    expect(cluster.podsOf('web')).toEqual([]);
  });

  it('stays when its Node is deleted', () => {
    const cluster = withHeldPod();
    cluster.instanceGone('i-n1');
    cluster.world.store.nodes.remove('n1');
    cluster.pass(60);
    expect(isTerminating(cluster.onlyPodOf('web'))).toBe(true);
  });

  it('keeps its namespace terminating', () => {
    const cluster = withHeldPod();
    cluster.deleteNamespace('default');
    cluster.pass(600);
    expect(cluster.world.store.namespaces.get('default')?.status.phase).toBe('Terminating');
    cluster.finalizePod('web-1');
    cluster.tick();
    expect(cluster.world.store.namespaces.get('default')).toBeUndefined();
  });

  it('goes in its grace period when the finalizer went before', () => {
    const cluster = withHeldPod();
    patch(cluster, null);
    deletePod(cluster.world, cluster.onlyPodOf('web'));
    expect(isTerminating(cluster.onlyPodOf('web'))).toBe(true);
    cluster.pass(1);
    expect(cluster.podsOf('web')).toEqual([]);
  });

  it('loses it before its grace is over and is ended as ever', () => {
    const cluster = withHeldPod();
    deletePod(cluster.world, cluster.onlyPodOf('web'));
    patch(cluster, null);
    expect(isTerminating(cluster.onlyPodOf('web'))).toBe(true);
    cluster.pass(1);
    expect(cluster.podsOf('web')).toEqual([]);
  });

  it('gets no further finalizer once it is deleted', () => {
    const cluster = withHeldPod();
    expect(patch(cluster, ['example.com/guard', 'a/b'])).toBe(200);
    deletePod(cluster.world, cluster.onlyPodOf('web'));
    expect(patch(cluster, ['example.com/guard', 'a/b', 'c/d'])).toBe(422);
    expect(patch(cluster, ['a/b'])).toBe(200);
  });

  it('is created with it through the API', () => {
    const cluster = makeCluster();
    const body = { metadata: { name: 'x', finalizers: ['a/b'] }, spec: { containers: [{ name: 'c', image: 'i' }] } };
    const headers = { 'content-type': 'application/json' };
    const url = '/api/v1/namespaces/default/pods';
    new KubeApi(cluster).handle({ method: 'POST', url, headers, body: JSON.stringify(body) });
    expect(cluster.pods()[0]?.metadata.finalizers).toEqual(['a/b']);
  });
});
