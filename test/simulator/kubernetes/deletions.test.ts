import { deletePod } from '../../../simulator/kubernetes/delete-pod';
import { evict } from '../../../simulator/kubernetes/eviction';
import { makeCluster, type TestCluster } from './test-cluster';

/** A running pod whose process needs as long as it is let. */
function withSlowPod(graceSeconds = 60): TestCluster {
  const cluster = makeCluster();
  cluster.addReadyNodes('n1');
  const pod = { stopSeconds: 3_600, graceSeconds };
  cluster.createWorkload({ name: 'web', namespace: 'default', kind: 'Bare', pod });
  cluster.pass(0);
  cluster.pass(10);
  return cluster;
}

function grace(cluster: TestCluster): unknown[] {
  const { deletionTimestamp, deletionGracePeriodSeconds } = cluster.onlyPodOf('web').metadata;
  return [deletionTimestamp, deletionGracePeriodSeconds];
}

describe('a second deletion of a pod', () => {
  it('shortens the grace, counted from the first one, and the pod ends so', () => {
    const cluster = withSlowPod();
    deletePod(cluster.world, cluster.onlyPodOf('web'));
    expect(grace(cluster)).toEqual(['2026-01-01T00:01:20Z', 60]);
    cluster.pass(10);
    deletePod(cluster.world, cluster.onlyPodOf('web'), 25);
    expect(grace(cluster)).toEqual(['2026-01-01T00:00:45Z', 25]);
    cluster.pass(25);
    expect(cluster.podsOf('web')).toEqual([]);
  });

  it.each([[61], [60], [undefined]])('with grace %s changes nothing', (seconds) => {
    const cluster = withSlowPod();
    deletePod(cluster.world, cluster.onlyPodOf('web'));
    const before = cluster.onlyPodOf('web');
    cluster.pass(5);
    deletePod(cluster.world, before, seconds);
    expect(cluster.onlyPodOf('web')).toBe(before);
  });

  it('without saying a grace does not shorten one that was longer than the own', () => {
    const cluster = withSlowPod(30);
    deletePod(cluster.world, cluster.onlyPodOf('web'), 600);
    deletePod(cluster.world, cluster.onlyPodOf('web'));
    expect(grace(cluster)[1]).toBe(600);
  });

  it('that is an eviction shortens the grace too', () => {
    const cluster = withSlowPod();
    evict(cluster.world, { namespace: 'default', name: 'web-1' });
    evict(cluster.world, { namespace: 'default', name: 'web-1', graceSeconds: 90 });
    expect(grace(cluster)[1]).toBe(60);
    evict(cluster.world, { namespace: 'default', name: 'web-1', graceSeconds: 5 });
    expect(grace(cluster)[1]).toBe(5);
  });

  it('with grace 0 takes it away at once', () => {
    const cluster = withSlowPod();
    deletePod(cluster.world, cluster.onlyPodOf('web'));
    deletePod(cluster.world, cluster.onlyPodOf('web'), 0);
    expect(cluster.podsOf('web')).toEqual([]);
  });
});

describe('a deletion with a grace below zero', () => {
  it('is one with a second', () => {
    const cluster = withSlowPod();
    deletePod(cluster.world, cluster.onlyPodOf('web'), -5);
    expect(grace(cluster)[1]).toBe(1);
  });
});
