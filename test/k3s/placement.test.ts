/** Where the simulated scheduler puts what the manifests bring, beside workers that have all the room. */
import { KubeCluster } from '../../simulator/kubernetes/kube-cluster';
import { workloadsOf } from '../end-to-end/server/server-kubelet';
import { shippedManifests, type Manifest } from './support/manifests';

const CONTROL_PLANE = 'node-role.kubernetes.io/control-plane';

/** Nodes by Deployment; null: none takes it. */
function placed(manifests: readonly Manifest[]): Readonly<Record<string, string | null>> {
  let now = 1_800_000_000_000;
  const cluster = new KubeCluster({ clock: { now: () => now } });
  for (const name of ['server', 'worker-1', 'worker-2']) {
    const isServer = name === 'server';
    cluster.registerNode({
      name,
      instanceId: name,
      zone: 'eu-central-1a',
      instanceType: 'm6i.large',
      labels: isServer ? { [CONTROL_PLANE]: 'true' } : {},
      taints: isServer ? [{ key: CONTROL_PLANE, value: 'true', effect: 'NoSchedule' }] : [],
      allocatable: { cpu: '2', memory: isServer ? '4Gi' : '8Gi', pods: '110' },
    });
  }
  for (let tick = 0; tick < 2; tick += 1) {
    cluster.tick();
    now += 60_000;
  }
  for (const workload of workloadsOf(manifests)) cluster.createWorkload(workload);
  cluster.tick();
  const deployed = cluster.pods().filter(({ metadata }) => metadata.ownerReferences?.[0]?.kind === 'ReplicaSet');
  return Object.fromEntries(
    deployed.map(({ metadata, spec }) => [metadata.labels?.['app.kubernetes.io/name'] ?? '', spec.nodeName ?? null]),
  );
}

/** The manifests, with one key of one Deployment's pods left out. */
function without(key: 'nodeSelector' | 'tolerations', of: string): readonly Manifest[] {
  return shippedManifests().map((manifest) => {
    const template = manifest.spec?.template;
    if (manifest.metadata.name !== of || !template) return manifest;
    const { [key]: _, ...spec } = template.spec;
    return { ...manifest, spec: { ...manifest.spec, template: { ...template, spec } } };
  });
}

const ALL = ['alertmanager', 'kube-state-metrics', 'prometheus'];
const ON_SERVER = Object.fromEntries(ALL.map((name) => [name, 'server']));

test('all that scaling depends on is put on the server, however empty the workers are', () => {
  expect(placed(shippedManifests())).toEqual(ON_SERVER);
});

test.each(ALL)('without its node selector %s would be on a worker, and without its toleration nowhere', (name) => {
  expect(placed(without('nodeSelector', name))).toEqual({
    ...ON_SERVER,
    [name]: expect.stringMatching(/^worker/) as string,
  });
  expect(placed(without('tolerations', name))).toEqual({ ...ON_SERVER, [name]: null });
});
