import type { KubePod, KubeToleration, OwnerReference, TopologySpread } from './objects';
import { newPod } from './pod-defaults';
import type { Draft } from './table';

/** How long the pod's process needs to end after SIGTERM, seconds of a real cluster; else drawn from the settings. */
export const STOP_SECONDS = 'simulator/stop-seconds';
/** After how long the pod's process ends by itself with success, seconds of a real cluster; else never. */
export const RUN_SECONDS = 'simulator/run-seconds';

/** What the pods of a workload are like. */
export interface PodTemplate {
  /** As Kubernetes writes quantities. */
  readonly requests?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly affinity?: NonNullable<KubePod['spec']['affinity']>;
  readonly topologySpread?: readonly TopologySpread[];
  readonly tolerations?: readonly KubeToleration[];
  readonly volumes?: readonly Record<string, unknown>[];
  /** spec.terminationGracePeriodSeconds; 30 when absent. */
  readonly graceSeconds?: number;
  /** Names of scheduling gates. */
  readonly gates?: readonly string[];
  /** See STOP_SECONDS. */
  readonly stopSeconds?: number;
  /** See RUN_SECONDS. */
  readonly runSeconds?: number;
  /** Names that keep a deleted pod there until somebody takes them off. */
  readonly finalizers?: readonly string[];
  readonly priority?: number;
  readonly priorityClassName?: string;
}

export interface PodIdentity {
  readonly name: string;
  readonly namespace: string;
  /** Becomes the label `app`. */
  readonly workload: string;
  readonly owner: OwnerReference | null;
  /** Bound at creation, as a DaemonSet's pods are meant for one node. */
  readonly nodeName?: string;
  readonly restartPolicy?: 'Always' | 'OnFailure' | 'Never';
}

export function podFrom(template: PodTemplate, identity: PodIdentity, timestamp: string): Draft<KubePod> {
  const annotations = {
    ...template.annotations,
    ...(template.stopSeconds !== undefined && { [STOP_SECONDS]: String(template.stopSeconds) }),
    ...(template.runSeconds !== undefined && { [RUN_SECONDS]: String(template.runSeconds) }),
  };
  const metadata = {
    name: identity.name,
    namespace: identity.namespace,
    labels: { app: identity.workload, ...template.labels },
    ...(Object.keys(annotations).length > 0 && { annotations }),
    ...(identity.owner && { ownerReferences: [identity.owner] }),
    ...(template.finalizers && { finalizers: [...template.finalizers] }),
  };
  return newPod(metadata, podSpec(template, identity), timestamp);
}

function podSpec(template: PodTemplate, identity: PodIdentity): KubePod['spec'] {
  const container = { name: 'main', image: `registry.invalid/${identity.workload}:1` };
  return {
    containers: [{ ...container, ...(template.requests && { resources: { requests: { ...template.requests } } }) }],
    restartPolicy: identity.restartPolicy ?? 'Always',
    ...(identity.nodeName !== undefined && { nodeName: identity.nodeName }),
    ...placementOf(template),
    ...(template.tolerations && { tolerations: [...template.tolerations] }),
    ...(template.volumes && { volumes: [...template.volumes] }),
    ...(template.gates && template.gates.length > 0 && { schedulingGates: template.gates.map((name) => ({ name })) }),
    ...priorityOf(template),
  };
}

function placementOf({ nodeSelector, affinity, topologySpread }: PodTemplate): Partial<KubePod['spec']> {
  return {
    ...(nodeSelector && { nodeSelector: { ...nodeSelector } }),
    ...(affinity && { affinity }),
    ...(topologySpread && { topologySpreadConstraints: [...topologySpread] }),
  };
}

function priorityOf({ graceSeconds, priority, priorityClassName }: PodTemplate): Partial<KubePod['spec']> {
  return {
    ...(graceSeconds !== undefined && { terminationGracePeriodSeconds: graceSeconds }),
    ...(priority !== undefined && { priority }),
    ...(priorityClassName !== undefined && { priorityClassName }),
  };
}

/** Milliseconds of a real cluster, null when the annotation is absent or no number. */
export function annotatedMs(pod: KubePod, annotation: string): number | null {
  const seconds = Number.parseFloat(pod.metadata.annotations?.[annotation] ?? '');
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : null;
}
