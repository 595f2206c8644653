/** A large cluster as its API server would list it, page by page, as text: whole objects, of which a listing needs little. */

/** Pods of one workload are alike but for their names. */
const WORKLOADS = 300;
const NAMESPACES = 40;
const ENVIRONMENT = [4, 8, 12, 16, 24];
const CREATED = '2026-11-22T03:31:38Z';
const STAND_INS = /%(name|uid|revision|node|zone)%/;

export interface Page {
  readonly text: string;
  /** The index at which the next page begins; null after the last. */
  readonly next: number | null;
}

type Resource = 'pods' | 'nodes';
/** Fixed texts at even places, names of stand-ins at odd ones. */
type Template = readonly string[];

export class ClusterPages {
  private readonly workloads = Array.from({ length: WORKLOADS }, (_, i) => templateOf(podOf(i)));
  private readonly node = templateOf(nodeObject());

  constructor(
    private readonly pods: number,
    private readonly nodes: number,
  ) {}

  page(resource: Resource, from: number, limit: number): Page {
    const count = resource === 'pods' ? this.pods : this.nodes;
    const to = Math.min(count, from + limit);
    const items: string[] = [];
    for (let index = from; index < to; index += 1) items.push(this.item(resource, index));
    const next = to < count ? to : null;
    const metadata = next === null ? { resourceVersion: '9' } : { resourceVersion: '9', continue: String(next) };
    const kind = resource === 'pods' ? 'PodList' : 'NodeList';
    const head = JSON.stringify({ kind, apiVersion: 'v1', metadata });
    return { text: `${head.slice(0, -1)},"items":[${items.join(',')}]}`, next };
  }

  private item(resource: Resource, index: number): string {
    if (resource === 'nodes') return filled(this.node, valuesOf(nodeName(index), index, ''));
    const workload = index % WORKLOADS;
    const name = `app-${workload}-7d9f6c8b5d-${index.toString(36).padStart(5, '0')}`;
    const template = this.workloads[workload] ?? [];
    return filled(template, valuesOf(name, index, nodeName(index % this.nodes)));
  }
}

function valuesOf(name: string, index: number, node: string): Readonly<Record<string, string>> {
  const uid = `${index.toString(16).padStart(8, '0')}-5fc2-49d7-abd9-9d4474e2cd99`;
  return { name, uid, revision: String(1_000_000 + index), node, zone: `ap-southeast-1${'abc'[index % 3]}` };
}

function nodeName(index: number): string {
  return `i-0${index.toString(16).padStart(16, '0')}`;
}

function templateOf(object: object): Template {
  return JSON.stringify(object).split(STAND_INS);
}

function filled(template: Template, values: Readonly<Record<string, string>>): string {
  return template.map((part, i) => (i % 2 === 0 ? part : values[part])).join('');
}

/** With what a real one has: who manages which field, environment, probes, statuses of containers. */
function podOf(workload: number) {
  const app = `app-${workload}`;
  const daemon = workload % 30 === 0;
  const labels = {
    app,
    'app.kubernetes.io/name': app,
    'pod-template-hash': '7d9f6c8b5d',
    'smartscale/pool': 'workers',
  };
  return {
    metadata: {
      name: '%name%',
      generateName: `${app}-7d9f6c8b5d-`,
      namespace: `team-${workload % NAMESPACES}`,
      uid: '%uid%',
      resourceVersion: '%revision%',
      creationTimestamp: CREATED,
      labels,
      annotations: {
        'checksum/config': 'e3b0c442'.repeat(8),
        'prometheus.io/scrape': 'true',
        'prometheus.io/port': '8080',
      },
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: daemon ? 'DaemonSet' : 'ReplicaSet',
          name: `${app}-7d9f6c8b5d`,
          uid: '316cdbb2-5fc2-49d7-abd9-9d4474e2cd99',
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
      managedFields: managedFields(workload),
    },
    spec: podSpec(app, workload),
    status: podStatus(),
  };
}

function environment(workload: number) {
  const length = ENVIRONMENT[workload % ENVIRONMENT.length];
  return Array.from({ length: length ?? 4 }, (_, i) => ({
    name: `SETTING_${i}`,
    value: `value ${i} of workload ${workload}`,
  }));
}

function managedFields(workload: number) {
  const names = environment(workload).map(({ name }) => [
    `k:{"name":"${name}"}`,
    { '.': {}, 'f:name': {}, 'f:value': {} },
  ]);
  const container = {
    '.': {},
    'f:image': {},
    'f:name': {},
    'f:env': { '.': {}, ...(Object.fromEntries(names) as object) },
  };
  const entry = { operation: 'Update', apiVersion: 'v1', time: CREATED, fieldsType: 'FieldsV1' };
  return [
    {
      manager: 'k3s',
      ...entry,
      fieldsV1: {
        'f:metadata': { 'f:annotations': { '.': {}, 'f:checksum/config': {} }, 'f:labels': { '.': {}, 'f:app': {} } },
        'f:spec': { 'f:containers': { 'k:{"name":"app"}': container }, 'f:dnsPolicy': {}, 'f:restartPolicy': {} },
      },
    },
    {
      manager: 'k3s',
      ...entry,
      subresource: 'status',
      fieldsV1: { 'f:status': { 'f:conditions': {}, 'f:podIP': {} } },
    },
  ];
}

function podSpec(app: string, workload: number) {
  const mounts = [
    { name: 'kube-api-access-x', readOnly: true, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' },
  ];
  const probe = { httpGet: { path: '/healthz', port: 8080, scheme: 'HTTP' }, timeoutSeconds: 1, periodSeconds: 10 };
  const toleration = { operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 };
  return {
    volumes: [{ name: 'kube-api-access-x', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } }],
    containers: [
      {
        name: 'app',
        image: `registry.example/${app}:1.2.3`,
        ports: [{ containerPort: 8080, protocol: 'TCP' }],
        env: environment(workload),
        resources: { limits: { memory: '256Mi' }, requests: { cpu: '100m', memory: '128Mi' } },
        volumeMounts: mounts,
        livenessProbe: probe,
        readinessProbe: probe,
        terminationMessagePath: '/dev/termination-log',
        terminationMessagePolicy: 'File',
        imagePullPolicy: 'IfNotPresent',
      },
    ],
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    serviceAccountName: 'default',
    nodeName: '%node%',
    schedulerName: 'default-scheduler',
    tolerations: ['not-ready', 'unreachable'].map((state) => ({ key: `node.kubernetes.io/${state}`, ...toleration })),
    priority: 0,
    enableServiceLinks: true,
  };
}

function podStatus() {
  const types = ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'];
  return {
    phase: 'Running',
    conditions: types.map((type) => ({ type, status: 'True', lastProbeTime: null, lastTransitionTime: CREATED })),
    hostIP: '10.0.0.7',
    podIP: '10.42.0.7',
    podIPs: [{ ip: '10.42.0.7' }],
    startTime: CREATED,
    containerStatuses: [
      {
        name: 'app',
        state: { running: { startedAt: CREATED } },
        lastState: {},
        ready: true,
        restartCount: 0,
        image: 'registry.example/app:1.2.3',
        imageID: `registry.example/app@sha256:${'e3b0c442'.repeat(8)}`,
        containerID: `containerd://${'98fc1c14'.repeat(8)}`,
        started: true,
      },
    ],
    qosClass: 'Burstable',
  };
}

function nodeObject() {
  const conditions = ['MemoryPressure', 'DiskPressure', 'PIDPressure', 'Ready'];
  const offer = { cpu: '4', 'ephemeral-storage': '101430960Ki', memory: '15Gi', pods: '110' };
  return {
    metadata: {
      name: '%name%',
      uid: '%uid%',
      resourceVersion: '%revision%',
      creationTimestamp: CREATED,
      labels: {
        'kubernetes.io/hostname': '%name%',
        'kubernetes.io/os': 'linux',
        'node.kubernetes.io/instance-type': 'm6i.xlarge',
        'topology.kubernetes.io/zone': '%zone%',
        'smartscale/pool': 'workers',
      },
      annotations: { 'k3s.io/node-args': JSON.stringify(['agent', '--node-label', 'smartscale/pool=workers']) },
    },
    spec: { providerID: 'aws:///%zone%/%name%' },
    status: {
      capacity: offer,
      allocatable: offer,
      conditions: conditions.map((type) => ({
        type,
        status: type === 'Ready' ? 'True' : 'False',
        lastTransitionTime: CREATED,
      })),
      images: Array.from({ length: 20 }, (_, i) => ({
        names: [`registry.example/app-${i}:1.2.3`],
        sizeBytes: 1e8 + i,
      })),
    },
  };
}
