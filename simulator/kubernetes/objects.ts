/** Kubernetes objects as they stand in JSON on the wire: only the fields that the simulator or its clients use. */

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
}

export interface ObjectMeta {
  name: string;
  namespace?: string;
  uid: string;
  resourceVersion: string;
  generation?: number;
  creationTimestamp: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
  /** While there are any, a deletion only marks the object. */
  finalizers?: string[];
}

export interface Condition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason?: string;
  message?: string;
  observedGeneration?: number;
  lastHeartbeatTime?: string | null;
  lastProbeTime?: string | null;
  lastTransitionTime?: string;
}

export interface KubeTaint {
  key: string;
  value?: string;
  effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
  timeAdded?: string;
}

export interface KubeToleration {
  key?: string;
  operator?: 'Exists' | 'Equal';
  value?: string;
  effect?: string;
  tolerationSeconds?: number;
}

export interface KubeNode {
  kind: 'Node';
  apiVersion: 'v1';
  metadata: ObjectMeta;
  spec: { providerID?: string; unschedulable?: boolean; taints?: KubeTaint[] };
  status: {
    /** Quantities as Kubernetes writes them: "2", "1500m", "4Gi", "110". Left out on the wire while empty. */
    capacity: Record<string, string>;
    allocatable: Record<string, string>;
    conditions: Condition[];
    daemonEndpoints?: { kubeletEndpoint: { Port: number } };
    nodeInfo?: Record<string, string>;
  };
}

export interface KubeContainer {
  name: string;
  image: string;
  resources?: { requests?: Record<string, string>; limits?: Record<string, string> };
  terminationMessagePath?: string;
  terminationMessagePolicy?: string;
  imagePullPolicy?: string;
}

export interface KubePod {
  kind: 'Pod';
  apiVersion: 'v1';
  metadata: ObjectMeta;
  spec: {
    containers: KubeContainer[];
    initContainers?: KubeContainer[];
    nodeName?: string;
    nodeSelector?: Record<string, string>;
    affinity?: {
      nodeAffinity?: { requiredDuringSchedulingIgnoredDuringExecution?: NodeSelector };
      podAntiAffinity?: { requiredDuringSchedulingIgnoredDuringExecution?: PodAffinityTerm[] };
    };
    topologySpreadConstraints?: TopologySpread[];
    tolerations?: KubeToleration[];
    schedulingGates?: { name: string }[];
    volumes?: Record<string, unknown>[];
    restartPolicy?: 'Always' | 'OnFailure' | 'Never';
    terminationGracePeriodSeconds?: number;
    priority?: number;
    priorityClassName?: string;
    dnsPolicy?: string;
    securityContext?: Record<string, unknown>;
    schedulerName?: string;
    enableServiceLinks?: boolean;
    preemptionPolicy?: string;
  };
  status: {
    phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed';
    conditions?: Condition[];
    startTime?: string;
    qosClass?: string;
  };
}

export interface LabelSelector {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'; values?: string[] }[];
}

export interface PodAffinityTerm {
  topologyKey: string;
  labelSelector?: LabelSelector;
  /** The pod's own when absent. */
  namespaces?: string[];
}

export interface TopologySpread {
  maxSkew: number;
  topologyKey: string;
  whenUnsatisfiable: 'DoNotSchedule' | 'ScheduleAnyway';
  labelSelector?: LabelSelector;
}

export interface KubePodDisruptionBudget {
  kind: 'PodDisruptionBudget';
  apiVersion: 'policy/v1';
  metadata: ObjectMeta;
  spec: {
    minAvailable?: number | string;
    maxUnavailable?: number | string;
    /** Empty selects every pod of the namespace, absent none. */
    selector?: LabelSelector;
    unhealthyPodEvictionPolicy?: 'IfHealthyBudget' | 'AlwaysAllow';
  };
  status: {
    currentHealthy: number;
    desiredHealthy: number;
    disruptionsAllowed: number;
    expectedPods: number;
    observedGeneration?: number;
    /** Pods that the API server let go and whose deletion the controller has not seen: name to time. */
    disruptedPods?: Record<string, string>;
    conditions?: Condition[];
  };
}

export interface KubeEvent {
  kind: 'Event';
  apiVersion: 'v1';
  metadata: ObjectMeta;
  involvedObject: { kind: string; namespace?: string; name: string; uid?: string; apiVersion?: string };
  reason?: string;
  message?: string;
  type?: string;
  source?: { component?: string; host?: string };
  firstTimestamp?: string | null;
  lastTimestamp?: string | null;
  eventTime?: string | null;
  count?: number;
  reportingComponent?: string;
  reportingInstance?: string;
}

export interface KubeNamespace {
  kind: 'Namespace';
  apiVersion: 'v1';
  metadata: ObjectMeta;
  spec: { finalizers?: string[] };
  status: { phase: 'Active' | 'Terminating' };
}

export interface NodeRequirement {
  key: string;
  operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'Gt' | 'Lt';
  values?: string[];
}

export interface NodeSelector {
  nodeSelectorTerms: { matchExpressions?: NodeRequirement[]; matchFields?: NodeRequirement[] }[];
}

export interface KubeClaim {
  kind: 'PersistentVolumeClaim';
  apiVersion: 'v1';
  metadata: ObjectMeta;
  spec: { volumeName?: string; accessModes?: string[]; storageClassName?: string };
  status: { phase: 'Pending' | 'Bound' | 'Lost' };
}

export interface KubeVolume {
  kind: 'PersistentVolume';
  apiVersion: 'v1';
  metadata: ObjectMeta;
  spec: {
    nodeAffinity?: { required?: NodeSelector };
    capacity?: Record<string, string>;
    accessModes?: string[];
    csi?: { driver: string; volumeHandle: string };
    local?: { path: string };
    hostPath?: { path: string };
    nfs?: { server: string; path: string };
  };
  status: { phase: 'Available' | 'Bound' | 'Released' };
}

export interface KubeVolumeAttachment {
  kind: 'VolumeAttachment';
  apiVersion: 'storage.k8s.io/v1';
  metadata: ObjectMeta;
  spec: { attacher: string; nodeName: string; source: { persistentVolumeName: string } };
  status: { attached: boolean };
}

/** What the simulated API server stores, by the name of the resource in its paths. */
export interface ObjectOf {
  nodes: KubeNode;
  pods: KubePod;
  poddisruptionbudgets: KubePodDisruptionBudget;
  events: KubeEvent;
  namespaces: KubeNamespace;
  persistentvolumeclaims: KubeClaim;
  persistentvolumes: KubeVolume;
  volumeattachments: KubeVolumeAttachment;
}

export type ResourceName = keyof ObjectOf;
export type KubeObject = ObjectOf[ResourceName];
