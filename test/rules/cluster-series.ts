/** A cluster in words, as the series that its exporters would give: input for promtool. */

/** Seconds between two samples of every series. */
export const STEP_SECONDS = 5;

/** A value that holds throughout, or a function of the seconds since the start. */
export type At<T> = T | ((seconds: number) => T);

export interface PodSpec {
  /** Also its uid. */
  readonly name: string;
  /** Requested cores. */
  readonly cpu?: number;
  /** Requested GiB. */
  readonly memory?: number;
  /** Cores of the largest init container. */
  readonly initCpu?: number;
  readonly owner?: 'ReplicaSet' | 'DaemonSet' | 'Job' | 'Node';
  readonly phase?: At<'Pending' | 'Running' | 'Succeeded' | 'Failed'>;
  /** Its label smartscale/pool. */
  readonly pool?: string;
  readonly terminating?: At<boolean>;
  readonly present?: At<boolean>;
}

export interface PendingSpec extends PodSpec {
  /** False for a gated pod, or one that the scheduler has not looked at. */
  readonly unschedulable?: At<boolean>;
}

export interface NodeSpec {
  readonly name: string;
  /** null: no label smartscale/pool. Default workers. */
  readonly pool?: string | null;
  readonly cores?: number;
  /** GiB. */
  readonly memory?: number;
  readonly maxPods?: number;
  /** Busy share 0..1 of every core; null while node-exporter is missing. Default 0. */
  readonly busy?: At<number | null>;
  /** Used share 0..1; null while node-exporter is missing. Default 0. */
  readonly full?: At<number | null>;
  readonly ready?: At<boolean>;
  readonly cordoned?: At<boolean>;
  readonly controlPlane?: boolean;
  readonly present?: At<boolean>;
  readonly pods?: readonly PodSpec[];
}

export interface ClusterSpec {
  readonly nodes?: readonly NodeSpec[];
  readonly pending?: readonly PendingSpec[];
  /** Pools that the webhook exports: cores, GiB, pods of one node. */
  readonly configured?: Readonly<Record<string, { cpu: number; memory: number; pods: number }>>;
  /** False: kube-state-metrics says nothing about pods. */
  readonly podMetrics?: boolean;
  /** Instances of kube-state-metrics. Default one, there all the time. */
  readonly kubeStateMetrics?: Readonly<Record<string, At<boolean>>>;
}

export interface InputSeries {
  readonly series: string;
  readonly values: string;
}

type Labels = Readonly<Record<string, string>>;
/** null: no sample. */
type Reading = (seconds: number) => number | null;
interface Metric {
  readonly name: string;
  readonly labels: Labels;
  readonly reading: Reading;
}

const GIB = 1024 ** 3;
const PHASES = ['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown'];

export function clusterSeries(cluster: ClusterSpec, seconds: number): InputSeries[] {
  const nodes = cluster.nodes ?? [];
  const kube = [
    ...nodes.flatMap(kubeNode),
    ...nodes.flatMap((node) => (node.pods ?? []).flatMap((pod) => kubePod(pod, node.name))),
    ...(cluster.pending ?? []).flatMap(kubePending),
    // Something always runs: kube-state-metrics itself.
    ...kubePod({ name: 'kube-state-metrics' }, 'server'),
  ].filter(({ name }) => cluster.podMetrics !== false || !name.startsWith('kube_pod_'));
  const copies = Object.entries(cluster.kubeStateMetrics ?? { only: true });
  const metrics = [
    ...copies.flatMap(([instance, there]) => kube.map((metric) => from(instance, there, metric))),
    ...nodes.flatMap(nodeExporter),
    ...Object.entries(cluster.configured ?? {}).flatMap(([pool, offer]) => configured(pool, offer)),
  ];
  return metrics.map(({ name, labels, reading }) => ({
    series: `${name}{${Object.entries(labels)
      .map(([key, value]) => `${key}="${value}"`)
      .join(',')}}`,
    values: samples(reading, seconds),
  }));
}

function kubeNode(node: NodeSpec): Metric[] {
  const { name, pool = 'workers', cores = 2, memory = 8, maxPods = 110 } = node;
  const labels = { node: name };
  const there = (value: (seconds: number) => number): Reading => while_(node.present, value);
  const allocatable = Object.entries({ cpu: cores, memory: memory * GIB, pods: maxPods });
  return [
    {
      name: 'kube_node_labels',
      labels: { ...labels, ...(pool === null ? {} : { label_smartscale_pool: pool }) },
      reading: there(() => 1),
    },
    {
      name: 'kube_node_status_condition',
      labels: { ...labels, condition: 'Ready', status: 'true' },
      reading: there((t) => Number(at(node.ready ?? true, t))),
    },
    {
      name: 'kube_node_spec_unschedulable',
      labels,
      reading: there((t) => Number(at(node.cordoned ?? false, t))),
    },
    ...allocatable.map(([resource, value]) => ({
      name: 'kube_node_status_allocatable',
      labels: { ...labels, resource },
      reading: there(() => value),
    })),
    ...(node.controlPlane === true
      ? [{ name: 'kube_node_role', labels: { ...labels, role: 'control-plane' }, reading: there(() => 1) }]
      : []),
  ];
}

function kubePending(pod: PendingSpec): Metric[] {
  const unschedulable: Reading = (t) => (at(pod.unschedulable ?? true, t) && at(pod.present ?? true, t) ? 1 : null);
  return [
    ...kubePod({ phase: 'Pending', ...pod }, ''),
    { name: 'kube_pod_status_unschedulable', labels: identity(pod), reading: unschedulable },
  ];
}

function kubePod(pod: PodSpec, node: string): Metric[] {
  const labels = identity(pod);
  const placed = { ...labels, node };
  const there = (value: (seconds: number) => number): Reading => while_(pod.present, value);
  const request = (metric: string, resource: string, value: number | undefined): Metric[] =>
    value === undefined
      ? []
      : [{ name: metric, labels: { ...placed, container: 'main', resource }, reading: there(() => value) }];
  return [
    { name: 'kube_pod_info', labels: placed, reading: there(() => 1) },
    { name: 'kube_pod_owner', labels: { ...labels, owner_kind: pod.owner ?? 'ReplicaSet' }, reading: there(() => 1) },
    {
      name: 'kube_pod_labels',
      labels: { ...labels, ...(pod.pool === undefined ? {} : { label_smartscale_pool: pod.pool }) },
      reading: there(() => 1),
    },
    ...PHASES.map((phase) => ({
      name: 'kube_pod_status_phase',
      labels: { ...labels, phase },
      reading: there((t) => Number(at(pod.phase ?? 'Running', t) === phase)),
    })),
    ...request('kube_pod_container_resource_requests', 'cpu', pod.cpu),
    ...request('kube_pod_container_resource_requests', 'memory', pod.memory && pod.memory * GIB),
    ...request('kube_pod_init_container_resource_requests', 'cpu', pod.initCpu),
    {
      name: 'kube_pod_deletion_timestamp',
      labels,
      reading: (t) => (at(pod.terminating ?? false, t) && at(pod.present ?? true, t) ? 1_700_000_000 : null),
    },
  ];
}

function nodeExporter(node: NodeSpec): Metric[] {
  const { name, cores = 2, memory = 8, busy = 0, full = 0 } = node;
  const cpus = Array.from({ length: cores }, (_, cpu) => String(cpu));
  const counter = (share: (busyNow: number) => number): Reading => {
    let total = 0;
    return while_(node.present, (t) => {
      const now = at(busy, t);
      total += now === null ? 0 : share(now) * STEP_SECONDS;
      return now === null ? null : total;
    });
  };
  const bytes = (value: (share: number) => number): Reading =>
    while_(node.present, (t) => {
      const share = at(full, t);
      return share === null ? null : value(share);
    });
  return [
    ...cpus.flatMap((cpu) => [
      { name: 'node_cpu_seconds_total', labels: { node: name, cpu, mode: 'idle' }, reading: counter((b) => 1 - b) },
      { name: 'node_cpu_seconds_total', labels: { node: name, cpu, mode: 'user' }, reading: counter((b) => b * 0.75) },
      { name: 'node_cpu_seconds_total', labels: { node: name, cpu, mode: 'system' }, reading: counter((b) => b / 4) },
    ]),
    { name: 'node_memory_MemTotal_bytes', labels: { node: name }, reading: bytes(() => memory * GIB) },
    {
      name: 'node_memory_MemAvailable_bytes',
      labels: { node: name },
      reading: bytes((share) => memory * GIB * (1 - share)),
    },
  ];
}

function configured(pool: string, offer: { cpu: number; memory: number; pods: number }): Metric[] {
  const resources = Object.entries({ ...offer, memory: offer.memory * GIB });
  return resources.map(([resource, value]) => ({
    name: 'smartscale_pool_node_allocatable',
    labels: { cluster: 'test', pool, resource },
    reading: () => value,
  }));
}

function from(instance: string, there: At<boolean>, { name, labels, reading }: Metric): Metric {
  return { name, labels: { ...labels, instance }, reading: (t) => (at(there, t) ? reading(t) : null) };
}

function identity(pod: PodSpec): Labels {
  return { namespace: 'shop', pod: pod.name, uid: pod.name };
}

function while_(present: At<boolean> | undefined, value: (seconds: number) => number | null): Reading {
  return (t) => (at(present ?? true, t) ? value(t) : null);
}

function at<T extends number | string | boolean | null>(value: At<T>, seconds: number): T {
  return typeof value === 'function' ? value(seconds) : value;
}

/** promtool's notation; a series that ends is marked stale, as Prometheus does when a target or a series goes. */
function samples(reading: Reading, seconds: number): string {
  const readings = Array.from({ length: seconds / STEP_SECONDS + 1 }, (_, index) => reading(index * STEP_SECONDS));
  return readings
    .map((value, index) => {
      if (value !== null) return String(value);
      return index > 0 && readings[index - 1] !== null ? 'stale' : '_';
    })
    .join(' ');
}
