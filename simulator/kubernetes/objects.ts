/** Kubernetes objects as they stand in JSON on the wire: only the fields that the simulator or its clients use. */

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
  ownerReferences?: { apiVersion: string; kind: string; name: string; uid: string; controller?: boolean }[];
}

export interface Condition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason?: string;
  message?: string;
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

export interface KubeNode {
  kind: 'Node';
  apiVersion: 'v1';
  metadata: ObjectMeta;
  spec: { providerID?: string; unschedulable?: boolean; taints?: KubeTaint[] };
  status: {
    /** Quantities as Kubernetes writes them: "2", "1500m", "4Gi", "110". */
    capacity: Record<string, string>;
    allocatable: Record<string, string>;
    conditions: Condition[];
    nodeInfo?: Record<string, string>;
  };
}

export interface KubeContainer {
  name: string;
  image: string;
  resources?: { requests?: Record<string, string>; limits?: Record<string, string> };
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
    tolerations?: { key?: string; operator?: 'Exists' | 'Equal'; value?: string; effect?: string; tolerationSeconds?: number }[];
    schedulingGates?: { name: string }[];
    volumes?: Record<string, unknown>[];
    restartPolicy?: 'Always' | 'OnFailure' | 'Never';
    terminationGracePeriodSeconds?: number;
    priority?: number;
    priorityClassName?: string;
  };
  status: { phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed'; conditions?: Condition[]; startTime?: string };
}

export interface KubePodDisruptionBudget {
  kind: 'PodDisruptionBudget';
  apiVersion: 'policy/v1';
  metadata: ObjectMeta;
  spec: {
    minAvailable?: number | string;
    maxUnavailable?: number | string;
    selector?: { matchLabels?: Record<string, string> };
  };
  status: {
    currentHealthy: number;
    desiredHealthy: number;
    disruptionsAllowed: number;
    expectedPods: number;
    observedGeneration?: number;
  };
}
