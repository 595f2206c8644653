import type { KubeContainer, KubePod, KubeToleration } from './objects';
import type { Draft } from './table';

/** What the admission plugin DefaultTolerationSeconds adds. */
const DEFAULT_TOLERATIONS: readonly KubeToleration[] = ['not-ready', 'unreachable'].map((condition) => ({
  key: `node.kubernetes.io/${condition}`,
  operator: 'Exists',
  effect: 'NoExecute',
  tolerationSeconds: 300,
}));

/** The classes that every cluster has. */
const PRIORITY_CLASSES: Readonly<Record<string, number>> = {
  'system-cluster-critical': 2_000_000_000,
  'system-node-critical': 2_000_001_000,
};

const DEFAULT_SPEC: Omit<KubePod['spec'], 'containers'> = {
  restartPolicy: 'Always',
  terminationGracePeriodSeconds: 30,
  dnsPolicy: 'ClusterFirst',
  securityContext: {},
  schedulerName: 'default-scheduler',
  enableServiceLinks: true,
  preemptionPolicy: 'PreemptLowerPriority',
};

/** A pod as the API server stores it when somebody creates it: defaults filled in, Pending, generation 1. */
export function newPod(metadata: Draft<KubePod>['metadata'], spec: KubePod['spec'], timestamp: string): Draft<KubePod> {
  const gated = (spec.schedulingGates ?? []).length > 0;
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: { ...metadata, generation: 1 },
    spec: {
      ...DEFAULT_SPEC,
      priority: PRIORITY_CLASSES[spec.priorityClassName ?? ''] ?? 0,
      ...spec,
      containers: spec.containers.map(withDefaults),
      tolerations: withDefaultTolerations(spec.tolerations ?? []),
    },
    status: {
      phase: 'Pending',
      ...(gated && { conditions: [gatedCondition(timestamp)] }),
      qosClass: qosClass(spec.containers),
    },
  };
}

function withDefaults(container: KubeContainer): KubeContainer {
  return {
    resources: {},
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: 'IfNotPresent',
    ...container,
  };
}

function withDefaultTolerations(given: readonly KubeToleration[]): KubeToleration[] {
  const missing = DEFAULT_TOLERATIONS.filter(
    ({ key }) => !given.some((each) => (each.key === undefined || each.key === key) && matchesNoExecute(each)),
  );
  return [...given, ...missing];
}

function matchesNoExecute({ effect }: KubeToleration): boolean {
  return effect === undefined || effect === '' || effect === 'NoExecute';
}

function gatedCondition(timestamp: string) {
  return {
    type: 'PodScheduled',
    status: 'False' as const,
    lastProbeTime: null,
    lastTransitionTime: timestamp,
    reason: 'SchedulingGated',
    message: 'Scheduling is blocked due to non-empty scheduling gates',
  };
}

function qosClass(containers: readonly KubeContainer[]): string {
  const resources = containers.map((container) => container.resources ?? {});
  const named = resources.some(({ requests, limits }) => Object.keys({ ...requests, ...limits }).length > 0);
  if (!named) return 'BestEffort';
  const guaranteed = resources.every(({ requests, limits }) =>
    ['cpu', 'memory'].every(
      (name) => limits?.[name] !== undefined && (requests?.[name] ?? limits[name]) === limits[name],
    ),
  );
  return guaranteed ? 'Guaranteed' : 'Burstable';
}
