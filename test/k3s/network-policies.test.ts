/** The policies as Kubernetes reads them; what a cluster makes of them is not run here. */
import { shippedManifests, workloads } from './support/manifests';
import { reaches, type NetworkPolicy, type Peer } from './support/network-policy';

const manifests = shippedManifests();
const policies = manifests.filter(({ kind }) => kind === 'NetworkPolicy') as unknown as readonly NetworkPolicy[];
const called = (name: string) => ({ 'app.kubernetes.io/name': name });

/** The monitoring and the webhook are on `server`. */
const PEERS: Readonly<Record<string, Peer>> = {
  Prometheus: { node: 'server', namespace: 'monitoring', labels: called('prometheus') },
  Alertmanager: { node: 'server', namespace: 'monitoring', labels: called('alertmanager') },
  'kube-state-metrics': { node: 'server', namespace: 'monitoring', labels: called('kube-state-metrics') },
  'a node-exporter': { node: 'worker', namespace: 'monitoring', labels: called('node-exporter') },
  'a nameless pod beside them': { node: 'server', namespace: 'monitoring', labels: {} },
  'a pod of a shop': { node: 'worker', namespace: 'default', labels: { app: 'shop' } },
  'a pod of a shop that calls itself prometheus': {
    node: 'server',
    namespace: 'default',
    labels: called('prometheus'),
  },
  'a process of the server': { node: 'server' },
  'a process of a worker': { node: 'worker' },
  'somebody from outside': { node: 'nowhere' },
};

/** Every port of every container, on the node where it runs. */
const PORTS = workloads(manifests).flatMap(({ kind, name, pod }) => {
  const nodes = kind === 'DaemonSet' ? ['server', 'worker'] : ['server'];
  const ports = pod.containers.flatMap(({ ports: own = [] }) => own.map(({ containerPort }) => containerPort));
  return nodes.flatMap((node) => ports.map((port) => [`${name}:${port} on ${node}`, name, node, port] as const));
});

function whoReaches(name: string, node: string, port: number, those = policies): readonly string[] {
  const pod = { node, namespace: 'monitoring', labels: called(name) };
  return Object.entries(PEERS).flatMap(([who, peer]) => (reaches(those, peer, pod, port) ? [who] : []));
}

/** Of each port those who get in. A process of the server is the webhook, a probe of the kubelet, or kubectl port-forward. */
const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  'alertmanager:9093 on server': ['Prometheus', 'a process of the server'],
  'kube-state-metrics:8080 on server': ['Prometheus', 'a process of the server'],
  'kube-state-metrics:8081 on server': ['a process of the server'],
  'node-exporter:9100 on server': ['Prometheus', 'a process of the server'],
  'node-exporter:9100 on worker': ['Prometheus', 'a process of a worker'],
  'prometheus:9090 on server': ['a process of the server'],
};

test('there is no port that nobody has thought of', () => {
  expect(PORTS.map(([key]) => key)).toEqual(Object.keys(EXPECTED));
});

test.each(PORTS)('%s is reached by those who need it, and by nobody else', (key, name, node, port) => {
  expect(whoReaches(name, node, port)).toEqual(EXPECTED[key]);
});

test('a port that no manifest names is reached by nobody but the machine itself', () => {
  expect(whoReaches('alertmanager', 'server', 9094)).toEqual(['a process of the server']);
});

test('without the policy that shuts everything Prometheus would be open to everybody', () => {
  const others = policies.filter(({ metadata }) => metadata.name !== 'nobody');
  expect(whoReaches('prometheus', 'server', 9090, others)).toEqual(Object.keys(PEERS));
});
