import { isTerminating } from '../../../simulator/kubernetes/conditions';
import { deletePod } from '../../../simulator/kubernetes/delete-pod';
import type { WorkloadSpec } from '../../../simulator/kubernetes/workload';
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

describe('a StatefulSet', () => {
  function stateful(spec: Partial<WorkloadSpec> = {}): TestCluster {
    const cluster = makeCluster({ podStartMs: [4_000, 4_000], podStopMs: [2_000, 2_000] });
    cluster.addReadyNodes('n1');
    cluster.createWorkload({ name: 'db', namespace: 'default', kind: 'StatefulSet', replicas: 3, ...spec });
    cluster.pass(0);
    return cluster;
  }

  it('makes its pods one after the other, each when the one before it is Ready', () => {
    const cluster = stateful();
    const seen: string[][] = [];
    for (let step = 0; step < 4; step += 1) {
      seen.push(names(cluster, 'db'));
      cluster.pass(4);
    }
    expect(seen).toEqual([['db-0'], ['db-0', 'db-1'], ['db-0', 'db-1', 'db-2'], ['db-0', 'db-1', 'db-2']]);
    expect(running(cluster, 'db')).toBe(3);
  });

  it('makes an evicted pod anew under its name when the old one is gone, the lowest number first', () => {
    const cluster = stateful();
    cluster.pass(20);
    const [first, second] = cluster.podsOf('db');
    for (const pod of [second!, first!]) deletePod(cluster.world, pod);
    cluster.tick();
    expect(names(cluster, 'db')).toEqual(['db-0', 'db-1', 'db-2']);
    cluster.pass(2);
    expect(names(cluster, 'db')).toEqual(['db-0', 'db-2']);
    expect(cluster.podsOf('db')[0]?.metadata.uid).not.toBe(first?.metadata.uid);
    cluster.pass(4);
    expect(names(cluster, 'db')).toEqual(['db-0', 'db-1', 'db-2']);
    cluster.pass(4);
    expect(running(cluster, 'db')).toBe(3);
  });

  it('makes nothing anew while one with a lower number still ends', () => {
    const cluster = stateful();
    cluster.pass(20);
    const [first, second] = cluster.podsOf('db');
    deletePod(cluster.world, first!);
    deletePod(cluster.world, second!, 0);
    cluster.tick();
    expect(names(cluster, 'db')).toEqual(['db-0', 'db-2']);
  });

  it('that is Parallel makes all at once', () => {
    expect(names(stateful({ podManagementPolicy: 'Parallel' }), 'db')).toEqual(['db-0', 'db-1', 'db-2']);
  });

  it('gives up the highest number first, one at a time', () => {
    const cluster = stateful();
    cluster.pass(20);
    cluster.scaleWorkload('db', 1);
    cluster.tick();
    expect(cluster.podsOf('db').filter(isTerminating)).toHaveLength(1);
    cluster.pass(2);
    expect(names(cluster, 'db')).toEqual(['db-0', 'db-1']);
    cluster.pass(2);
    expect(names(cluster, 'db')).toEqual(['db-0']);
  });

  it('mounts in each pod the claims of that pod', () => {
    const cluster = stateful({ claimTemplates: ['data'], replicas: 1 });
    expect(cluster.onlyPodOf('db').spec.volumes).toEqual([
      { name: 'data', persistentVolumeClaim: { claimName: 'data-db-0' } },
    ]);
  });

  it('is what a budget with maxUnavailable counts by', () => {
    const cluster = stateful();
    cluster.createBudget({ name: 'db', namespace: 'default', maxUnavailable: 1 });
    cluster.pass(20);
    expect(cluster.budgets()[0]?.status).toMatchObject({ expectedPods: 3, disruptionsAllowed: 1 });
  });
});

describe("K3s' single pods", () => {
  it('have the priorities of the system, and a node of workers takes them beside the control plane', () => {
    const cluster = makeCluster();
    cluster.addNode('server', { taints: [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }] });
    cluster.addReadyNodes('worker');
    cluster.createK3sAddons();
    cluster.pass(0);
    cluster.pass(10);
    const seen = cluster.pods().map(({ metadata, spec }) => [metadata.labels?.['app'], spec.priority]);
    expect(seen).toEqual([
      ['coredns', 2_000_000_000],
      ['local-path-provisioner', 2_000_001_000],
      ['metrics-server', 2_000_001_000],
      ['traefik', 2_000_000_000],
    ]);
    expect(new Set(cluster.pods().map(({ spec }) => spec.nodeName))).toEqual(new Set(['server', 'worker']));
  });
});
