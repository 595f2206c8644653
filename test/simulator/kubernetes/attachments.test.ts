import { KubeApi } from '../../../simulator/kubernetes/api/kube-api';
import type { KubeSettings } from '../../../simulator/kubernetes/settings';
import type { KubeVolume } from '../../../simulator/kubernetes/objects';
import { newClaim, newVolume } from '../../../simulator/kubernetes/volumes';
import { makeCluster, type TestCluster } from './test-cluster';

const EBS: KubeVolume['spec'] = { csi: { driver: 'ebs.csi.aws.com', volumeHandle: 'vol-1' } };

/** One node, and a pod on it that mounts a volume of this kind. */
function withVolume(spec: KubeVolume['spec'], settings: Partial<KubeSettings> = {}): TestCluster {
  const cluster = makeCluster({ podStopMs: [1_000, 1_000], ...settings });
  cluster.addReadyNodes('n1');
  const { persistentvolumes, persistentvolumeclaims } = cluster.world.store;
  persistentvolumes.insert(newVolume({ name: 'pv-1' }, spec));
  persistentvolumeclaims.insert(newClaim({ name: 'data', namespace: 'default' }, { volumeName: 'pv-1' }));
  const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }];
  cluster.createWorkload({ name: 'db', namespace: 'default', kind: 'Bare', pod: { volumes } });
  cluster.pass(0);
  cluster.pass(10);
  return cluster;
}

interface Listed {
  readonly items: readonly { readonly spec: unknown; readonly status: unknown }[];
}

function attached(cluster: TestCluster): Listed['items'] {
  const url = '/apis/storage.k8s.io/v1/volumeattachments?limit=500';
  const answer = new KubeApi(cluster).handle({ method: 'GET', url, headers: {}, body: '' });
  return (JSON.parse(answer?.body ?? '{}') as Listed).items;
}

function endPod(cluster: TestCluster): void {
  const { metadata } = cluster.onlyPodOf('db');
  const url = `/api/v1/namespaces/default/pods/${metadata.name}`;
  new KubeApi(cluster).handle({ method: 'DELETE', url, headers: {}, body: '' });
}

describe('a volume of a pod', () => {
  it('is attached to the node of the pod until some seconds after the pod is gone', () => {
    const cluster = withVolume(EBS, { detachMs: 3_000 });
    const source = { persistentVolumeName: 'pv-1' };
    expect(attached(cluster)).toMatchObject([
      { spec: { attacher: 'ebs.csi.aws.com', nodeName: 'n1', source }, status: { attached: true } },
    ]);
    endPod(cluster);
    cluster.pass(3.9);
    expect(cluster.podsOf('db')).toEqual([]);
    expect(attached(cluster)).toHaveLength(1);
    cluster.pass(0.1);
    expect(attached(cluster)).toEqual([]);
  });

  it('is detached sooner with the time scale', () => {
    const cluster = withVolume(EBS, { detachMs: 30_000, timeScale: 30 });
    endPod(cluster);
    cluster.pass(1.1);
    expect(attached(cluster)).toEqual([]);
  });

  it.each([
    ['local', { local: { path: '/mnt' } }],
    ['a path of the host, as the local-path provisioner makes them', { hostPath: { path: '/var/lib/x' } }],
    ['a share', { nfs: { server: 'files', path: '/' } }],
  ] as const)('is attached to nothing when it is %s', (_, spec) => {
    expect(attached(withVolume(spec))).toEqual([]);
  });

  it('stays attached while another pod of the node mounts it', () => {
    const cluster = withVolume(EBS);
    const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }];
    cluster.createWorkload({ name: 'reader', namespace: 'default', kind: 'Bare', pod: { volumes } });
    cluster.pass(0);
    cluster.pass(10);
    endPod(cluster);
    cluster.pass(60);
    expect(attached(cluster)).toHaveLength(1);
  });

  it('stays attached when it is stuck, until it is not', () => {
    const cluster = withVolume(EBS, { detachMs: 3_000 });
    cluster.holdVolumes('n1');
    endPod(cluster);
    cluster.pass(600);
    expect(attached(cluster)).toHaveLength(1);
    cluster.releaseVolumes('n1');
    cluster.tick();
    cluster.pass(3);
    expect(attached(cluster)).toEqual([]);
  });

  it('of a machine that died is detached six minutes after its pods were given up', () => {
    const cluster = withVolume(EBS, { podGcMs: 53_000, detachMs: 3_000 });
    cluster.instanceGone('i-n1');
    cluster.world.store.nodes.remove('n1');
    cluster.pass(53);
    expect(cluster.podsOf('db')).toEqual([]);
    cluster.pass(359);
    expect(attached(cluster)).toHaveLength(1);
    cluster.pass(1);
    expect(attached(cluster)).toEqual([]);
  });
});

describe('a VolumeAttachment', () => {
  it('is read by its name, and refused without what it attaches', () => {
    const cluster = withVolume(EBS);
    const call = (method: string, path: string, body = '') => {
      const headers = { 'content-type': 'application/json' };
      const url = `/apis/storage.k8s.io/v1/volumeattachments${path}`;
      const answer = new KubeApi(cluster).handle({ method, url, headers, body });
      return { status: answer?.status, body: JSON.parse(answer?.body ?? '{}') as unknown };
    };
    expect(call('GET', '/csi-pv-1-n1')).toMatchObject({ status: 200, body: { kind: 'VolumeAttachment' } });
    expect(call('GET', '/none')).toMatchObject({
      status: 404,
      body: { message: 'volumeattachments.storage.k8s.io "none" not found' },
    });
    expect(call('POST', '', JSON.stringify({ metadata: { name: 'a' }, spec: {} })).status).toBe(422);
    const spec = { attacher: 'x', nodeName: 'n1', source: { persistentVolumeName: 'other' } };
    expect(call('POST', '', JSON.stringify({ metadata: { name: 'a' }, spec })).status).toBe(201);
  });
});
