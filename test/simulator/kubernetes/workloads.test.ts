import { isTerminating } from '../../../simulator/kubernetes/conditions';
import { deletePod } from '../../../simulator/kubernetes/delete-pod';
import { makeCluster, type TestCluster } from './test-cluster';

function running(cluster: TestCluster, workload: string): number {
  return cluster.podsOf(workload).filter((pod) => pod.status.phase === 'Running' && !isTerminating(pod)).length;
}

function names(cluster: TestCluster, workload: string): string[] {
  return cluster.podsOf(workload).map(({ metadata }) => metadata.name);
}

describe('a Deployment', () => {
  function deployed(replicas: number): TestCluster {
    const cluster = makeCluster();
    cluster.addReadyNodes('n1', 'n2');
    cluster.createWorkload({
      name: 'web',
      namespace: 'shop',
      kind: 'Deployment',
      replicas,
      pod: { requests: { cpu: '100m' }, labels: { 'smartscale/pool': 'workers' }, annotations: { note: 'x' } },
    });
    cluster.pass(0);
    cluster.pass(10);
    return cluster;
  }

  it('has pods that its ReplicaSet owns, with the labels and annotations of the template', () => {
    const cluster = deployed(1);
    expect(cluster.onlyPodOf('web')).toMatchObject({
      metadata: {
        namespace: 'shop',
        labels: { app: 'web', 'smartscale/pool': 'workers' },
        annotations: { note: 'x' },
        ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', controller: true }],
      },
      spec: { restartPolicy: 'Always', containers: [{ resources: { requests: { cpu: '100m' } } }] },
    });
    expect(cluster.onlyPodOf('web').metadata.name).toMatch(/^web-[a-z0-9]{10}-[a-z0-9]{5}$/);
  });

  it('makes a deleted pod anew at once, under another name and uid, while the old one still ends', () => {
    const cluster = deployed(2);
    const before = cluster.podsOf('web').map(({ metadata }) => metadata.uid);
    deletePod(cluster.world, cluster.podsOf('web')[0]!);
    cluster.tick();
    const fresh = cluster.podsOf('web').filter(({ metadata }) => !before.includes(metadata.uid));
    expect(cluster.podsOf('web')).toHaveLength(3);
    expect(fresh).toHaveLength(1);
    expect(new Set(names(cluster, 'web')).size).toBe(3);
    cluster.pass(60);
    expect(running(cluster, 'web')).toBe(2);
    expect(cluster.podsOf('web')).toHaveLength(2);
  });

  it('scales up, and down by what is worth least: not bound, not running, youngest', () => {
    const cluster = deployed(3);
    const old = names(cluster, 'web');
    cluster.scaleWorkload('web', 5, 'shop');
    cluster.tick();
    expect(cluster.podsOf('web')).toHaveLength(5);
    cluster.scaleWorkload('web', 3, 'shop');
    cluster.pass(60);
    expect(names(cluster, 'web')).toEqual(old);
    cluster.scaleWorkload('web', 0, 'shop');
    cluster.pass(60);
    expect(cluster.podsOf('web')).toEqual([]);
  });

  it('refuses a number of replicas that is none', () => {
    const cluster = deployed(1);
    expect(() => cluster.scaleWorkload('web', -1, 'shop')).toThrow(RangeError);
    expect(() => cluster.scaleWorkload('web', 1.5, 'shop')).toThrow(RangeError);
    expect(() => cluster.scaleWorkload('web', 1)).toThrow('no workload default/web');
  });
});

describe('a DaemonSet', () => {
  function withAgents(): TestCluster {
    const cluster = makeCluster();
    cluster.createWorkload({
      name: 'agent',
      namespace: 'kube-system',
      kind: 'DaemonSet',
      pod: { requests: { cpu: '100m' } },
    });
    cluster.addNode('n1', { taints: [{ key: 'dedicated', effect: 'NoSchedule' }] });
    cluster.addNode('n2');
    cluster.pass(20);
    return cluster;
  }

  it('has one pod on every node, tainted or cordoned or not', () => {
    const cluster = withAgents();
    cluster.cordonByHand('n2');
    cluster.addNode('n3');
    cluster.pass(20);
    expect(
      cluster
        .podsOf('agent')
        .map(({ spec }) => spec.nodeName)
        .sort(),
    ).toEqual(['n1', 'n2', 'n3']);
    expect(running(cluster, 'agent')).toBe(3);
    expect(cluster.podsOf('agent')[0]?.metadata.ownerReferences?.[0]?.kind).toBe('DaemonSet');
  });

  it('puts an evicted pod back on its node', () => {
    const cluster = withAgents();
    const pod = cluster.podsOfNode('n2')[0]!;
    deletePod(cluster.world, pod);
    cluster.pass(20);
    expect(cluster.podsOfNode('n2')).toHaveLength(1);
    expect(cluster.podsOfNode('n2')[0]!.metadata.uid).not.toBe(pod.metadata.uid);
  });

  it('leaves no pod behind on a node that is gone', () => {
    const cluster = withAgents();
    cluster.instanceGone('i-n2');
    cluster.world.store.nodes.remove('n2');
    cluster.pass(60);
    expect(cluster.podsOf('agent').map(({ spec }) => spec.nodeName)).toEqual(['n1']);
  });

  it('cannot be scaled', () => {
    expect(() => withAgents().scaleWorkload('agent', 3, 'kube-system')).toThrow('cannot be scaled');
  });
});

describe('a Job', () => {
  it('runs each of its pods to completion once', () => {
    const cluster = makeCluster();
    cluster.addReadyNodes('n1');
    cluster.createWorkload({ name: 'batch', namespace: 'default', kind: 'Job', replicas: 3, pod: { runSeconds: 30 } });
    cluster.pass(0);
    cluster.pass(300);
    expect(cluster.podsOf('batch').map(({ status }) => status.phase)).toEqual(['Succeeded', 'Succeeded', 'Succeeded']);
    expect(cluster.podsOf('batch')[0]).toMatchObject({ spec: { restartPolicy: 'Never' } });
  });

  it('begins a pod that was evicted again', () => {
    const cluster = makeCluster();
    cluster.addReadyNodes('n1');
    cluster.createWorkload({ name: 'batch', namespace: 'default', kind: 'Job', pod: { runSeconds: 30 } });
    cluster.pass(0);
    cluster.pass(20);
    deletePod(cluster.world, cluster.onlyPodOf('batch'));
    cluster.pass(15);
    expect(cluster.onlyPodOf('batch').status.phase).toBe('Running');
    cluster.pass(30);
    expect(cluster.onlyPodOf('batch').status.phase).toBe('Succeeded');
  });
});

describe('bare pods', () => {
  it('have no owner, and nobody makes them anew', () => {
    const cluster = makeCluster();
    cluster.addReadyNodes('n1');
    cluster.createWorkload({ name: 'solo', namespace: 'default', kind: 'Bare', replicas: 2 });
    cluster.tick();
    expect(names(cluster, 'solo')).toEqual(['solo-1', 'solo-2']);
    expect(cluster.podsOf('solo')[0]?.metadata.ownerReferences).toBeUndefined();
    deletePod(cluster.world, cluster.podsOf('solo')[0]!);
    cluster.pass(60);
    expect(names(cluster, 'solo')).toEqual(['solo-2']);
  });
});

describe('the whole cluster', () => {
  function history(seed: number): unknown {
    const cluster = makeCluster({}, seed);
    cluster.addReadyNodes('n1', 'n2');
    cluster.createWorkload({ name: 'web', namespace: 'default', kind: 'Deployment', replicas: 5 });
    cluster.pass(7);
    cluster.instanceGone('i-n1');
    cluster.pass(400);
    return [cluster.nodes(), cluster.pods()];
  }

  it('is the same again under the same seed, and another under another', () => {
    expect(history(1)).toEqual(history(1));
    expect(history(1)).not.toEqual(history(2));
  });
});
