import { conditionOf, isNodeReady, isPodReady, isTerminating } from '../../../simulator/kubernetes/conditions';
import { deletePod } from '../../../simulator/kubernetes/delete-pod';
import { makeCluster, type TestCluster } from './test-cluster';

function readiness(cluster: TestCluster, node: string): string | undefined {
  return conditionOf(cluster.node(node)?.status.conditions, 'Ready')?.status;
}

describe('a registering kubelet', () => {
  it('brings a Node with the labels of its machine that is tainted and NotReady until the delay is over', () => {
    const cluster = makeCluster({ nodeReadyMs: 8_000 });
    cluster.addNode('n1', {
      labels: { 'smartscale/pool': 'workers' },
      taints: [{ key: 'spot', effect: 'NoSchedule' }],
    });
    cluster.pass(7.9);
    expect(cluster.node('n1')).toMatchObject({
      metadata: {
        labels: {
          'kubernetes.io/hostname': 'n1',
          'node.kubernetes.io/instance-type': 'm6i.large',
          'topology.kubernetes.io/zone': 'eu-central-1a',
          'smartscale/pool': 'workers',
        },
      },
      spec: { providerID: 'aws:///eu-central-1a/i-n1' },
      status: { allocatable: { cpu: '2', memory: '8Gi', pods: '110' } },
    });
    expect(readiness(cluster, 'n1')).toBe('False');
    expect(cluster.node('n1')?.spec.taints?.map(({ key }) => key)).toEqual(['spot', 'node.kubernetes.io/not-ready']);
    cluster.pass(0.1);
    expect(readiness(cluster, 'n1')).toBe('True');
    expect(cluster.node('n1')?.spec.taints?.map(({ key }) => key)).toEqual(['spot']);
  });

  it('is refused while another of its name runs', () => {
    const cluster = makeCluster();
    cluster.addReadyNodes('n1');
    expect(() => cluster.addNode('n1')).toThrow('running already');
  });

  it('never becomes Ready when its machine ends before', () => {
    const cluster = makeCluster();
    cluster.addNode('n1');
    cluster.instanceGone('i-n1');
    cluster.pass(3600);
    expect(readiness(cluster, 'n1')).toBe('Unknown');
  });

  it('writes its status again every five minutes, so that a resourceVersion grows old', () => {
    const cluster = makeCluster();
    cluster.addReadyNodes('n1');
    const before = cluster.node('n1')?.metadata.resourceVersion;
    cluster.pass(299);
    expect(cluster.node('n1')?.metadata.resourceVersion).toBe(before);
    cluster.pass(1);
    expect(cluster.node('n1')?.metadata.resourceVersion).not.toBe(before);
  });
});

describe('pods on a kubelet', () => {
  it('run after the start delay and are Ready', () => {
    const cluster = makeCluster({ podStartMs: [3_000, 3_000] });
    cluster.addReadyNodes('n1');
    cluster.createWorkload({ name: 'web', namespace: 'default', kind: 'Deployment' });
    cluster.tick();
    cluster.pass(2.9);
    expect(cluster.onlyPodOf('web')).toMatchObject({ spec: { nodeName: 'n1' }, status: { phase: 'Pending' } });
    cluster.pass(0.1);
    expect(cluster.onlyPodOf('web').status).toMatchObject({ phase: 'Running', startTime: '2026-01-01T00:00:13Z' });
    expect(isPodReady(cluster.onlyPodOf('web'))).toBe(true);
  });

  it('end after what their process needs', () => {
    const cluster = makeCluster();
    cluster.addReadyNodes('n1');
    cluster.createWorkload({ name: 'web', namespace: 'default', kind: 'Bare', pod: { stopSeconds: 12 } });
    cluster.pass(0);
    cluster.pass(10);
    deletePod(cluster.world, cluster.onlyPodOf('web'));
    cluster.pass(11.9);
    expect(isTerminating(cluster.onlyPodOf('web'))).toBe(true);
    cluster.pass(0.1);
    expect(cluster.podsOf('web')).toEqual([]);
  });

  it('end with their grace period when the process needs longer', () => {
    const cluster = makeCluster();
    cluster.addReadyNodes('n1');
    cluster.createWorkload({
      name: 'web',
      namespace: 'default',
      kind: 'Bare',
      pod: { stopSeconds: 300, graceSeconds: 5 },
    });
    cluster.pass(0);
    cluster.pass(10);
    deletePod(cluster.world, cluster.onlyPodOf('web'));
    cluster.pass(4.9);
    expect(cluster.podsOf('web')).toHaveLength(1);
    cluster.pass(0.1);
    expect(cluster.podsOf('web')).toEqual([]);
  });

  it('end later where the kubelet is slow, and not elsewhere', () => {
    const cluster = makeCluster({ podStopMs: [1_000, 1_000] });
    cluster.addReadyNodes('n1', 'n2');
    cluster.slowKubelet('n1', 90_000);
    cluster.createWorkload({ name: 'web', namespace: 'default', kind: 'Bare', replicas: 2 });
    cluster.pass(0);
    cluster.pass(10);
    for (const pod of cluster.podsOf('web')) deletePod(cluster.world, pod);
    cluster.pass(1);
    expect(cluster.onlyPodOf('web').spec.nodeName).toBe('n1');
    cluster.pass(89);
    expect(isTerminating(cluster.onlyPodOf('web'))).toBe(true);
    cluster.pass(1);
    expect(cluster.podsOf('web')).toEqual([]);
  });

  it('complete when the process ends by itself, and their requests are free again', () => {
    const cluster = makeCluster();
    cluster.addReadyNodes('n1');
    const pod = { requests: { cpu: '2' }, runSeconds: 60 };
    cluster.createWorkload({ name: 'batch', namespace: 'default', kind: 'Job', replicas: 2, pod });
    cluster.pass(0);
    cluster.pass(10);
    expect(
      cluster
        .podsOf('batch')
        .map(({ status }) => status.phase)
        .sort(),
    ).toEqual(['Pending', 'Running']);
    cluster.pass(200);
    expect(cluster.podsOf('batch').map(({ status }) => status.phase)).toEqual(['Succeeded', 'Succeeded']);
  });
});

describe('a deletion', () => {
  function terminating(): TestCluster {
    const cluster = makeCluster();
    cluster.addReadyNodes('n1');
    cluster.createWorkload({ name: 'web', namespace: 'default', kind: 'Bare', pod: { stopSeconds: 300 } });
    cluster.pass(0);
    cluster.pass(10);
    deletePod(cluster.world, cluster.onlyPodOf('web'), 20);
    return cluster;
  }

  it('that is repeated changes nothing, with a longer grace period neither', () => {
    const cluster = terminating();
    const before = cluster.onlyPodOf('web');
    cluster.pass(1);
    deletePod(cluster.world, before, 20);
    deletePod(cluster.world, before);
    expect(cluster.onlyPodOf('web')).toBe(before);
  });

  it('that is repeated with a shorter grace period ends the pod sooner', () => {
    const cluster = terminating();
    deletePod(cluster.world, cluster.onlyPodOf('web'), 5);
    expect(cluster.onlyPodOf('web').metadata).toMatchObject({ generation: 2, deletionGracePeriodSeconds: 5 });
    cluster.pass(5);
    expect(cluster.podsOf('web')).toEqual([]);
  });

  it('takes a pod that is completed or not bound away at once', () => {
    const cluster = makeCluster();
    cluster.addReadyNodes('n1');
    cluster.createWorkload({ name: 'done', namespace: 'default', kind: 'Bare', pod: { runSeconds: 1 } });
    cluster.createWorkload({ name: 'waits', namespace: 'default', kind: 'Bare', pod: { gates: ['g'] } });
    cluster.pass(0);
    cluster.pass(10);
    for (const pod of cluster.pods()) deletePod(cluster.world, pod);
    expect(cluster.pods()).toEqual([]);
  });
});

describe('a machine that is gone', () => {
  function withPod(): TestCluster {
    const cluster = makeCluster();
    cluster.addReadyNodes('n1');
    cluster.createWorkload({ name: 'web', namespace: 'default', kind: 'Deployment' });
    cluster.pass(0);
    cluster.pass(10);
    cluster.instanceGone('i-n1');
    return cluster;
  }

  it('shows as NotReady only after 40 s; its pods stay and are not Ready', () => {
    const cluster = withPod();
    cluster.pass(39);
    expect(readiness(cluster, 'n1')).toBe('True');
    cluster.pass(1);
    expect(readiness(cluster, 'n1')).toBe('Unknown');
    expect(cluster.node('n1')?.spec.taints).toMatchObject([
      { key: 'node.kubernetes.io/unreachable', effect: 'NoSchedule' },
      { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' },
    ]);
    expect(cluster.onlyPodOf('web').status.phase).toBe('Running');
    expect(isPodReady(cluster.onlyPodOf('web'))).toBe(false);
  });

  it('starts and ends nothing any more, not even what it was about to', () => {
    const cluster = makeCluster();
    cluster.addReadyNodes('n1');
    cluster.createWorkload({ name: 'old', namespace: 'default', kind: 'Bare', pod: { stopSeconds: 5 } });
    cluster.pass(0);
    cluster.pass(10);
    deletePod(cluster.world, cluster.onlyPodOf('old'));
    cluster.createWorkload({ name: 'new', namespace: 'default', kind: 'Bare' });
    cluster.pass(1);
    cluster.instanceGone('i-n1');
    cluster.pass(60);
    expect(cluster.onlyPodOf('old').status.phase).toBe('Running');
    expect(cluster.onlyPodOf('new')).toMatchObject({ spec: { nodeName: 'n1' }, status: { phase: 'Pending' } });
  });

  it('leaves its terminating pods hanging for ever', () => {
    const cluster = withPod();
    const { uid } = deletePod(cluster.world, cluster.onlyPodOf('web')).metadata;
    cluster.pass(7200);
    expect(cluster.podsOf('web').map(({ metadata }) => metadata.uid)).toContain(uid);
  });

  it('has its pods marked for deletion after five more minutes, so that others take their place', () => {
    const cluster = withPod();
    cluster.pass(339);
    expect(cluster.podsOf('web')).toHaveLength(1);
    cluster.pass(1);
    expect(cluster.podsOf('web').map(isTerminating).sort()).toEqual([false, true]);
  });

  it('keeps its pods for 53 s after its Node was deleted', () => {
    const cluster = withPod();
    cluster.world.store.nodes.remove('n1');
    cluster.pass(52);
    expect(cluster.onlyPodOf('web').spec.nodeName).toBe('n1');
    cluster.pass(1);
    expect(cluster.onlyPodOf('web').spec.nodeName).toBeUndefined();
  });
});

describe('a kubelet that lives', () => {
  it('brings its deleted Node back under another uid, Ready, with its pods', () => {
    const cluster = makeCluster();
    cluster.addReadyNodes('n1');
    cluster.createWorkload({ name: 'web', namespace: 'default', kind: 'Deployment' });
    cluster.pass(0);
    cluster.pass(10);
    const [uid, pod] = [cluster.node('n1')?.metadata.uid, cluster.onlyPodOf('web').metadata.uid];
    cluster.world.store.nodes.remove('n1');
    cluster.pass(9);
    expect(cluster.node('n1')).toBeUndefined();
    cluster.pass(1);
    expect(cluster.node('n1')?.metadata.uid).not.toBe(uid);
    expect(readiness(cluster, 'n1')).toBe('True');
    cluster.pass(600);
    expect(cluster.onlyPodOf('web').metadata.uid).toBe(pod);
  });

  it('hangs: ends nothing, is noticed after 40 s, and goes on when it comes back', () => {
    const cluster = makeCluster();
    cluster.addReadyNodes('n1');
    cluster.createWorkload({ name: 'web', namespace: 'default', kind: 'Bare', replicas: 2 });
    cluster.pass(0);
    cluster.pass(10);
    cluster.hangKubelet('n1');
    deletePod(cluster.world, cluster.podsOf('web')[0]!);
    cluster.pass(60);
    expect(readiness(cluster, 'n1')).toBe('Unknown');
    expect(cluster.podsOf('web')).toHaveLength(2);
    cluster.resumeKubelet('n1');
    cluster.pass(30);
    expect(isNodeReady(cluster.node('n1')!)).toBe(true);
    expect(cluster.node('n1')?.spec.taints).toBeUndefined();
    expect(isPodReady(cluster.onlyPodOf('web'))).toBe(true);
  });

  it('is not noticed when it hangs for less than the grace period', () => {
    const cluster = makeCluster();
    cluster.addReadyNodes('n1');
    cluster.hangKubelet('n1');
    cluster.pass(30);
    cluster.resumeKubelet('n1');
    cluster.pass(30);
    expect(readiness(cluster, 'n1')).toBe('True');
  });
});

describe('the time scale', () => {
  it('divides delays and grace periods', () => {
    const cluster = makeCluster({ timeScale: 10, nodeReadyMs: 10_000, podStartMs: [5_000, 5_000] });
    cluster.addNode('n1');
    cluster.pass(1);
    expect(readiness(cluster, 'n1')).toBe('True');
    cluster.createWorkload({ name: 'web', namespace: 'default', kind: 'Bare', pod: { stopSeconds: 60 } });
    cluster.pass(0);
    cluster.pass(0.5);
    expect(cluster.onlyPodOf('web').status.phase).toBe('Running');
    deletePod(cluster.world, cluster.onlyPodOf('web'));
    expect(cluster.onlyPodOf('web').metadata).toMatchObject({
      deletionGracePeriodSeconds: 30,
      deletionTimestamp: '2026-01-01T00:00:04Z',
    });
    cluster.pass(3);
    expect(cluster.podsOf('web')).toEqual([]);
  });

  it('changes nothing about the order of events: one long tick ends like many short ones', () => {
    const [long, short] = [makeCluster(), makeCluster()];
    for (const cluster of [long, short]) {
      cluster.addNode('n1');
      cluster.createWorkload({ name: 'web', namespace: 'default', kind: 'Deployment', replicas: 3 });
    }
    long.pass(30);
    for (let step = 0; step < 600; step += 1) short.pass(0.05);
    expect(long.pods()).toEqual(short.pods());
    expect(long.nodes()).toEqual(short.nodes());
  });
});
