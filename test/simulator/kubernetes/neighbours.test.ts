import { conditionOf } from '../../../simulator/kubernetes/conditions';
import { deletePod } from '../../../simulator/kubernetes/delete-pod';
import type { KubePod, TopologySpread } from '../../../simulator/kubernetes/objects';
import { makeCluster, type TestCluster } from './test-cluster';

const ZONE = 'topology.kubernetes.io/zone';
const HOST = 'kubernetes.io/hostname';

/** n1 and n2 in one zone, n3 in another. */
function threeNodes(): TestCluster {
  const cluster = makeCluster({ podStopMs: [1_000, 1_000] });
  cluster.addNode('n1');
  cluster.addNode('n2');
  cluster.addNode('n3', { zone: 'eu-central-1b' });
  cluster.pass(10);
  return cluster;
}

function avoiding(app: string, topologyKey = HOST): NonNullable<KubePod['spec']['affinity']> {
  const term = { topologyKey, labelSelector: { matchLabels: { app } } };
  return { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } };
}

function spreadOver(topologyKey: string, app: string, maxSkew = 1): readonly TopologySpread[] {
  const labelSelector = { matchLabels: { app } };
  return [{ topologyKey, maxSkew, whenUnsatisfiable: 'DoNotSchedule', labelSelector }];
}

function deploy(cluster: TestCluster, name: string, replicas: number, pod: object): void {
  cluster.createWorkload({ name, namespace: 'default', kind: 'Deployment', replicas, pod });
  cluster.pass(0);
  cluster.pass(10);
}

function nodesOf(cluster: TestCluster, app: string): (string | undefined)[] {
  return cluster
    .podsOf(app)
    .map(({ spec }) => spec.nodeName)
    .sort();
}

function refusals(cluster: TestCluster, app: string): (string | undefined)[] {
  const waiting = cluster.podsOf(app).filter(({ spec }) => spec.nodeName === undefined);
  return waiting.map(({ status }) => conditionOf(status.conditions, 'PodScheduled')?.message);
}

describe('required anti-affinity', () => {
  it('puts one pod on a node and lets the others wait, with the reason', () => {
    const cluster = threeNodes();
    deploy(cluster, 'web', 4, { affinity: avoiding('web') });
    expect(nodesOf(cluster, 'web')).toEqual(['n1', 'n2', 'n3', undefined]);
    expect(refusals(cluster, 'web')[0]).toContain(
      "0/3 nodes are available: 3 node(s) didn't match pod anti-affinity rules",
    );
  });

  it('counts by zone when it says so', () => {
    const cluster = threeNodes();
    deploy(cluster, 'web', 3, { affinity: avoiding('web', ZONE) });
    expect(nodesOf(cluster, 'web').filter(Boolean)).toHaveLength(2);
  });

  it('of a pod that is there keeps others away that say nothing themselves', () => {
    const cluster = threeNodes();
    deploy(cluster, 'loner', 1, { affinity: avoiding('web', ZONE), nodeSelector: { [HOST]: 'n3' } });
    deploy(cluster, 'web', 6, {});
    expect(nodesOf(cluster, 'web')).not.toContain('n3');
    deploy(cluster, 'other', 4, {});
    expect(nodesOf(cluster, 'other')).toContain('n3');
  });

  it('lets a waiting pod in when the one that it avoids is gone', () => {
    const cluster = threeNodes();
    deploy(cluster, 'web', 4, { affinity: avoiding('web') });
    cluster.scaleWorkload('web', 3);
    cluster.tick();
    expect(nodesOf(cluster, 'web')).toEqual(['n1', 'n2', 'n3']);
    const victim = cluster.podsOf('web').find(({ spec }) => spec.nodeName === 'n2')!;
    deletePod(cluster.world, victim);
    cluster.tick();
    expect(refusals(cluster, 'web')).toHaveLength(1);
    cluster.pass(1);
    expect(nodesOf(cluster, 'web')).toEqual(['n1', 'n2', 'n3']);
  });
});

describe('hard topology spread', () => {
  it('keeps the zones within the skew, although one of them has twice the room', () => {
    const cluster = threeNodes();
    deploy(cluster, 'web', 6, { topologySpread: spreadOver(ZONE, 'web') });
    expect(nodesOf(cluster, 'web').filter((node) => node === 'n3')).toHaveLength(3);
  });

  it('lets pods wait rather than break it, with the reason', () => {
    const cluster = threeNodes();
    const requests = { cpu: '1' };
    deploy(cluster, 'big', 1, { requests: { cpu: '2' }, nodeSelector: { [HOST]: 'n3' } });
    deploy(cluster, 'web', 3, { requests, topologySpread: spreadOver(ZONE, 'web') });
    expect(nodesOf(cluster, 'web').filter(Boolean)).toHaveLength(1);
    expect(refusals(cluster, 'web')[0]).toContain("2 node(s) didn't match pod topology spread constraints");
    cluster.scaleWorkload('big', 0);
    cluster.pass(2);
    expect(nodesOf(cluster, 'web')).toHaveLength(3);
    expect(refusals(cluster, 'web')).toEqual([]);
  });

  it('is looked at again when a pod that says nothing itself evens out the zones', () => {
    const cluster = threeNodes();
    const requests = { cpu: '1' };
    deploy(cluster, 'big', 1, { requests: { cpu: '1500m' }, nodeSelector: { [HOST]: 'n3' } });
    deploy(cluster, 'web', 2, { requests, topologySpread: spreadOver(ZONE, 'web') });
    expect(refusals(cluster, 'web')).toHaveLength(1);
    deploy(cluster, 'small', 1, { labels: { app: 'web' }, requests: { cpu: '100m' }, nodeSelector: { [HOST]: 'n3' } });
    expect(refusals(cluster, 'web')).toEqual([]);
  });

  it('does not count pods that are terminating', () => {
    const cluster = threeNodes();
    deploy(cluster, 'web', 2, { topologySpread: spreadOver(ZONE, 'web'), stopSeconds: 20 });
    const victim = cluster.podsOf('web').find(({ spec }) => spec.nodeName === 'n3')!;
    deletePod(cluster.world, victim);
    cluster.tick();
    expect(nodesOf(cluster, 'web').filter((node) => node === 'n3')).toHaveLength(2);
  });

  it('that is only a wish keeps nobody waiting', () => {
    const cluster = threeNodes();
    const [constraint] = spreadOver(HOST, 'web');
    const topologySpread = [{ ...constraint, whenUnsatisfiable: 'ScheduleAnyway' }];
    deploy(cluster, 'web', 5, { topologySpread, nodeSelector: { [HOST]: 'n1' } });
    expect(nodesOf(cluster, 'web')).toEqual(['n1', 'n1', 'n1', 'n1', 'n1']);
  });
});
