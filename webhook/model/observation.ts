/** EC2 and K3s as just seen. Unknown is not zero: an incomplete observation carries no lists at all. */
import type { ErrorCode, Fault } from '../errors';

export type InstanceState = 'pending' | 'running' | 'shutting-down' | 'terminated' | 'stopping' | 'stopped';

/** Why an instance ended, as EC2 says: its own word, and what that means to us. */
export interface Ending {
  readonly code: string;
  readonly class: ErrorCode;
}

/** An EC2 instance that carries our cluster tag. */
export interface Instance {
  readonly id: string;
  readonly state: InstanceState;
  readonly zone: string;
  readonly type: string;
  readonly lifecycle: 'spot' | 'on-demand';
  /** Epoch milliseconds. */
  readonly launchedAt: number;
  /** When it stopped or ended, epoch milliseconds, where EC2 says it: it does when a person or we ended it. */
  readonly endedAt?: number;
  readonly tags: Readonly<Record<string, string>>;
  /** Of one that shuts down or is terminated. */
  readonly ending?: Ending;
}

export interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
}

export interface Toleration {
  readonly key?: string;
  readonly operator?: 'Exists' | 'Equal';
  readonly value?: string;
  readonly effect?: string;
}

/** cpu in cores, memory in bytes, pods as a count. */
export interface Resources {
  readonly cpu: number;
  readonly memory: number;
  readonly pods: number;
}

export interface Node {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  /** From `spec.providerID` (`aws:///zone/i-...`), else the name if it is an instance id, else null. */
  readonly instanceId: string | null;
  /** The label `smartscale/pool`; null for nodes of no pool. */
  readonly pool: string | null;
  /** Its kubelet says so, and no startup taint keeps pods off. */
  readonly ready: boolean;
  /** Its kubelet is Ready, and the startup taint is still there. */
  readonly awaitsAdmission?: true;
  /** When its kubelet was last known Ready, epoch milliseconds; null while it is. */
  readonly notReadySince: number | null;
  /** `spec.unschedulable`, whoever set it. */
  readonly cordoned: boolean;
  /** The operation whose mark (annotation `smartscale/operation` and taint) is on the node. */
  readonly markedBy: string | null;
  readonly controlPlane: boolean;
  readonly createdAt: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  readonly allocatable: Resources;
}

/** One condition of a node selector term, as Kubernetes writes it. */
export interface Requirement {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'Gt' | 'Lt';
  readonly values: readonly string[];
}

/** All of its conditions must hold; of several terms one must. A term without conditions matches no node. */
export interface NodeTerm {
  /** On the labels of the node. */
  readonly labels: readonly Requirement[];
  /** On `metadata.name`. */
  readonly fields: readonly Requirement[];
}

/** Conditions on labels that must all hold; none = every object matches. */
export type LabelSelector = readonly Requirement[];

/** A port of the node that a pod takes; `ip` is empty when it takes it on all addresses. */
export interface HostPort {
  readonly protocol: string;
  readonly port: number;
  readonly ip: string;
}

/** A topology spread constraint that the scheduler must keep (`DoNotSchedule`). */
export interface SpreadRule {
  readonly topologyKey: string;
  readonly maxSkew: number;
  readonly minDomains?: number;
  readonly selector: LabelSelector;
}

/** A required affinity term between pods: those that match, in these namespaces (null = all), by this label of the node. */
export interface NeighbourRule {
  readonly topologyKey: string;
  readonly namespaces: readonly string[] | null;
  readonly selector: LabelSelector;
}

/** A PersistentVolumeClaim, and where the volume can be used that it is bound to. */
export interface Claim {
  readonly namespace: string;
  readonly name: string;
  /** Null while it is not bound: then the volume is made where the pod goes. */
  readonly volume: string | null;
  /** Nodes that can use the volume; null = any. */
  readonly nodes: readonly NodeTerm[] | null;
}

/** A pod reduced to what decisions need. */
export interface Pod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly node: string | null;
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';
  /** Sum over containers, init containers and overhead as the scheduler counts them; `pods` is 1. */
  readonly requests: Resources;
  /** Kind of the controlling owner (`ReplicaSet`, `DaemonSet`, `Node` ...), null for a bare pod. */
  readonly ownerKind: string | null;
  /** Its uid; absent for a bare pod. */
  readonly ownerUid?: string;
  readonly mirror: boolean;
  /** Condition PodScheduled is False with reason Unschedulable. */
  readonly unschedulable: boolean;
  /** The pod has scheduling gates: nobody waits for a node yet. */
  readonly gated: boolean;
  readonly terminating: boolean;
  /** Condition Ready. */
  readonly ready: boolean;
  readonly createdAt: number;
  /** When the kubelet took it on, epoch milliseconds; absent before. */
  readonly startedAt?: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly nodeSelector: Readonly<Record<string, string>>;
  /** Required node affinity; absent = none. */
  readonly affinity?: readonly NodeTerm[];
  /** Names of the PersistentVolumeClaims that it uses; absent = none. */
  readonly claims?: readonly string[];
  readonly tolerations: readonly Toleration[];
  /** Names of volumes whose data would be lost: hostPath, and emptyDir that is not in memory. */
  readonly localVolumes: readonly string[];
  readonly graceSeconds: number;
  /** From its PriorityClass; absent = 0. */
  readonly priority?: number;
  /** Of one that is terminating: when its grace is over, epoch milliseconds. */
  readonly deletionAt?: number;
  /** Ports of its node that it takes; absent = none. */
  readonly hostPorts?: readonly HostPort[];
  /** Absent = none. */
  readonly spread?: readonly SpreadRule[];
  /** Required anti-affinity; absent = none. */
  readonly apart?: readonly NeighbourRule[];
  /** Required affinity to other pods; absent = none. */
  readonly together?: readonly NeighbourRule[];
}

/** A PodDisruptionBudget as its controller last saw it. */
export interface DisruptionBudget {
  readonly namespace: string;
  readonly name: string;
  /** Empty matches every pod of the namespace, null matches none. */
  readonly selector: LabelSelector | null;
  readonly disruptionsAllowed: number;
  readonly currentHealthy: number;
  readonly desiredHealthy: number;
  /** Its controller has seen its last change: until then the API server refuses every eviction. */
  readonly isCurrent: boolean;
  /** `unhealthyPodEvictionPolicy: AlwaysAllow`: pods that are not Ready may always go. */
  readonly sparesUnready: boolean;
}

export interface CompleteObservation {
  readonly complete: true;
  /** When reading began, epoch milliseconds. */
  readonly at: number;
  /** Begin of the unbroken run of complete observations that this one continues (gaps over 15 s break it). */
  readonly completeSince: number;
  readonly instances: readonly Instance[];
  readonly nodes: readonly Node[];
  readonly pods: readonly Pod[];
  /** Read only while a waiting pod uses one, and for a drain; absent = not read. */
  readonly claims?: readonly Claim[];
  /** Read only for a drain; absent = not read. */
  readonly budgets?: readonly DisruptionBudget[];
  /** What could not be read of what an observation is complete without. */
  readonly faults?: readonly Fault[];
}

export interface IncompleteObservation {
  readonly complete: false;
  readonly at: number;
  readonly faults: readonly Fault[];
}

export type Observation = CompleteObservation | IncompleteObservation;

/** Pending, running, stopping and stopped instances exist and count against max; the other two are gone for good. */
export function isAlive(instance: Pick<Instance, 'state'>): boolean {
  return instance.state !== 'terminated' && instance.state !== 'shutting-down';
}

export function isListedAlive(id: string | undefined, { instances }: CompleteObservation): boolean {
  return instances.some((instance) => instance.id === id && isAlive(instance));
}
