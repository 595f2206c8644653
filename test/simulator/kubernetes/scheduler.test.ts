import { conditionOf } from '../../../simulator/kubernetes/conditions';
import type { KubePod } from '../../../simulator/kubernetes/objects';
import type { PodTemplate } from '../../../simulator/kubernetes/pod-template';
import { newClaim, newVolume } from '../../../simulator/kubernetes/volumes';
import { makeCluster, type TestCluster } from './test-cluster';

function addPods(cluster: TestCluster, name: string, replicas: number, pod: PodTemplate): void {
  cluster.createWorkload({ name, namespace: 'default', kind: 'Bare', replicas, pod });
  cluster.tick();
}

function nodesOf(cluster: TestCluster, workload: string): (string | undefined)[] {
  return cluster.podsOf(workload).map(({ spec }) => spec.nodeName);
}

function scheduled(pod: KubePod) {
  const { status, reason, message } = conditionOf(pod.status.conditions, 'PodScheduled') ?? {};
  return { status, reason, message };
}

/** The message without the sentence about preemption. */
function why(cluster: TestCluster, workload: string): string | undefined {
  return scheduled(cluster.onlyPodOf(workload)).message?.split('. no new claims')[0];
}

describe('the scheduler', () => {
  it('spreads over the least allocated nodes, the same way each time', () => {
    const place = () => {
      const cluster = makeCluster();
      cluster.addReadyNodes('n1', 'n2', 'n3');
      addPods(cluster, 'web', 7, { requests: { cpu: '500m', memory: '1Gi' } });
      return nodesOf(cluster, 'web');
    };
    expect(place()).toEqual(['n1', 'n2', 'n3', 'n1', 'n2', 'n3', 'n1']);
    expect(place()).toEqual(place());
  });

  it('keeps to required node affinity and to the zone of a volume', () => {
    const cluster = makeCluster();
    cluster.addNode('n1');
    cluster.addNode('n2', { zone: 'eu-central-1b' });
    cluster.pass(10);
    const inZone = (zone: string) => ({
      nodeSelectorTerms: [
        { matchExpressions: [{ key: 'topology.kubernetes.io/zone', operator: 'In' as const, values: [zone] }] },
      ],
    });
    const { persistentvolumes, persistentvolumeclaims } = cluster.world.store;
    persistentvolumes.insert(newVolume({ name: 'pv' }, { nodeAffinity: { required: inZone('eu-central-1b') } }));
    persistentvolumeclaims.insert(newClaim({ name: 'data', namespace: 'default' }, { volumeName: 'pv' }));
    const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }];
    const affinity = (zone: string) => ({
      nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: inZone(zone) },
    });
    addPods(cluster, 'db', 2, { volumes });
    addPods(cluster, 'web', 2, { affinity: affinity('eu-central-1b') });
    addPods(cluster, 'lost', 1, { affinity: affinity('eu-central-1c') });
    addPods(cluster, 'torn', 1, { volumes, affinity: affinity('eu-central-1a') });
    expect([nodesOf(cluster, 'db'), nodesOf(cluster, 'web')]).toEqual([
      ['n2', 'n2'],
      ['n2', 'n2'],
    ]);
    expect(why(cluster, 'lost')).toContain("2 node(s) didn't match Pod's node affinity/selector");
    expect(why(cluster, 'torn')).toContain('1 node(s) had volume node affinity conflict');
  });

  it('fills a node to its last millicore and not beyond', () => {
    const cluster = makeCluster();
    cluster.addReadyNodes('n1');
    addPods(cluster, 'web', 4, { requests: { cpu: '500m' } });
    addPods(cluster, 'one-more', 1, { requests: { cpu: '1m' } });
    expect(nodesOf(cluster, 'web')).toEqual(['n1', 'n1', 'n1', 'n1']);
    expect(why(cluster, 'one-more')).toBe('0/1 nodes are available: 1 Insufficient cpu');
  });

  it('counts memory and pods as well, and names all that is lacking', () => {
    const cluster = makeCluster();
    cluster.addNode('n1', { allocatable: { cpu: '2', memory: '1Gi', pods: '1' } });
    cluster.pass(10);
    addPods(cluster, 'first', 1, { requests: { memory: '1Gi' } });
    addPods(cluster, 'second', 1, { requests: { cpu: '3', memory: '1Mi' } });
    expect(why(cluster, 'second')).toBe(
      '0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient memory, 1 Too many pods',
    );
  });

  it('says that preemption would not help when no node is large enough, and finds no victims when one is', () => {
    const cluster = makeCluster();
    cluster.addReadyNodes('n1');
    addPods(cluster, 'full', 1, { requests: { cpu: '2' } });
    addPods(cluster, 'waits', 1, { requests: { cpu: '1' } });
    addPods(cluster, 'huge', 1, { requests: { cpu: '16' } });
    expect(scheduled(cluster.onlyPodOf('waits')).message).toBe(
      '0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: ' +
        '0/1 nodes are available: 1 No preemption victims found for incoming pod.',
    );
    expect(scheduled(cluster.onlyPodOf('huge')).message).toContain('1 Preemption is not helpful for scheduling.');
  });

  it('has a message of its own for a cluster without nodes', () => {
    const cluster = makeCluster();
    addPods(cluster, 'web', 1, {});
    expect(scheduled(cluster.onlyPodOf('web'))).toEqual({
      status: 'False',
      reason: 'Unschedulable',
      message: 'no nodes available to schedule pods',
    });
  });

  it('keeps to nodeSelector and taints, and counts the reasons', () => {
    const cluster = makeCluster();
    cluster.addNode('n1', { taints: [{ key: 'dedicated', value: 'batch', effect: 'NoSchedule' }] });
    cluster.addNode('n2', { labels: { 'smartscale/pool': 'workers' } });
    cluster.addNode('n3', { labels: { 'smartscale/pool': 'gpu' } });
    cluster.pass(10);
    addPods(cluster, 'gpu', 1, { nodeSelector: { 'smartscale/pool': 'gpu' } });
    addPods(cluster, 'batch', 4, {
      requests: { cpu: '500m' },
      tolerations: [{ key: 'dedicated', operator: 'Equal', value: 'batch', effect: 'NoSchedule' }],
    });
    addPods(cluster, 'nowhere', 1, { nodeSelector: { 'smartscale/pool': 'none' } });
    expect(nodesOf(cluster, 'gpu')).toEqual(['n3']);
    expect(new Set(nodesOf(cluster, 'batch'))).toEqual(new Set(['n1', 'n2', 'n3']));
    expect(why(cluster, 'nowhere')).toBe(
      "0/3 nodes are available: 1 node(s) had untolerated taint {dedicated: batch}, 2 node(s) didn't match Pod's node affinity/selector",
    );
  });

  it('uses a node with PreferNoSchedule last', () => {
    const cluster = makeCluster();
    cluster.addNode('n1', { taints: [{ key: 'old', effect: 'PreferNoSchedule' }] });
    cluster.addNode('n2');
    cluster.pass(10);
    addPods(cluster, 'web', 5, { requests: { cpu: '500m' } });
    expect(nodesOf(cluster, 'web')).toEqual(['n2', 'n2', 'n2', 'n2', 'n1']);
  });

  it('binds nothing to a node that is cordoned, and goes on when it is not', () => {
    const cluster = makeCluster();
    cluster.addReadyNodes('n1');
    cluster.cordonByHand('n1');
    addPods(cluster, 'web', 1, {});
    expect(why(cluster, 'web')).toBe('0/1 nodes are available: 1 node(s) were unschedulable');
    expect(cluster.node('n1')?.spec.taints).toMatchObject([
      { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule', timeAdded: '2026-01-01T00:00:10Z' },
    ]);
    cluster.uncordonByHand('n1');
    cluster.tick();
    expect(nodesOf(cluster, 'web')).toEqual(['n1']);
    expect(cluster.node('n1')?.spec).toEqual({ providerID: 'aws:///eu-central-1a/i-n1' });
  });

  it('binds nothing to a node that is not Ready', () => {
    const cluster = makeCluster();
    cluster.addNode('n1');
    addPods(cluster, 'web', 1, {});
    expect(why(cluster, 'web')).toBe(
      '0/1 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/not-ready: }',
    );
    cluster.pass(10);
    expect(nodesOf(cluster, 'web')).toEqual(['n1']);
  });

  it('leaves gated pods alone and says so', () => {
    const cluster = makeCluster();
    cluster.addReadyNodes('n1');
    addPods(cluster, 'web', 1, { gates: ['example.com/gate'] });
    cluster.pass(60);
    expect(scheduled(cluster.onlyPodOf('web'))).toEqual({
      status: 'False',
      reason: 'SchedulingGated',
      message: 'Scheduling is blocked due to non-empty scheduling gates',
    });
    expect(nodesOf(cluster, 'web')).toEqual([undefined]);
  });

  it('serves higher priorities first', () => {
    const cluster = makeCluster();
    cluster.createWorkload({ name: 'low', namespace: 'default', kind: 'Bare', pod: { requests: { cpu: '2' } } });
    cluster.createWorkload({
      name: 'high',
      namespace: 'default',
      kind: 'Bare',
      pod: { requests: { cpu: '2' }, priority: 1000 },
    });
    cluster.addReadyNodes('n1');
    expect([nodesOf(cluster, 'high'), nodesOf(cluster, 'low')]).toEqual([['n1'], [undefined]]);
  });

  it('uses what a pod leaves only when it is gone', () => {
    const cluster = makeCluster();
    cluster.addReadyNodes('n1');
    const pod = { requests: { cpu: '2' }, stopSeconds: 20 };
    cluster.createWorkload({ name: 'old', namespace: 'default', kind: 'Deployment', pod });
    cluster.tick();
    cluster.pass(10);
    addPods(cluster, 'new', 1, { requests: { cpu: '2' } });
    cluster.deleteWorkload('old');
    cluster.pass(19);
    expect(nodesOf(cluster, 'new')).toEqual([undefined]);
    cluster.pass(1);
    expect(nodesOf(cluster, 'new')).toEqual(['n1']);
  });

  it('writes nothing while nothing changes', () => {
    const cluster = makeCluster();
    cluster.addReadyNodes('n1');
    addPods(cluster, 'huge', 3, { requests: { cpu: '16' } });
    const { revision } = cluster.world.store;
    for (let tick = 0; tick < 100; tick += 1) cluster.pass(0.05);
    expect(cluster.world.store.revision).toBe(revision);
  });
});
