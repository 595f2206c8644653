/** Names that we write on other systems' objects: one place, because the sweep, the drain and the rules read them back. */
export const TAGS = {
  cluster: 'smartscale:cluster',
  pool: 'smartscale:pool',
  operation: 'smartscale:operation',
  attempt: 'smartscale:attempt',
  /** Id of the instance that EC2 takes, or that is exchanged, on what was launched in its place. */
  replaces: 'smartscale:replaces',
  /** `true` on what a spot pool launched on demand because there was no spot. */
  fallback: 'smartscale:fallback',
  /** On instances that people own: never removed. */
  permanent: 'smartscale:permanent',
} as const;

export const LABELS = {
  pool: 'smartscale/pool',
  permanent: 'smartscale/permanent',
  /** `spot` or `on-demand`, by the worker itself. */
  capacityType: 'smartscale/capacity-type',
} as const;

export const ANNOTATIONS = {
  operation: 'smartscale/operation',
  wasUnschedulable: 'smartscale/was-unschedulable',
  noScaleDown: 'smartscale/no-scale-down',
  /** What the label below said before the mark; absent when it was not there. */
  wasExcluded: 'smartscale/was-excluded',
  /** How many drains in a row came to nothing, and until when the node is left alone (RFC 3339). */
  failedDrains: 'smartscale/failed-drains',
  restUntil: 'smartscale/rest-until',
} as const;

/** Of Kubernetes: load balancers send nothing more to a node that has it, whatever its value. */
export const EXCLUDE_LABEL = 'node.kubernetes.io/exclude-from-external-load-balancers';
/** Its value where a drain put it on. */
export const EXCLUDED = 'smartscale';

/** Taint that a drain puts on its node; the value is the operation id. */
export const DRAIN_TAINT = 'smartscale/draining';

/** With which new workers keep everybody off until they were looked at; K3s registers them with it (node-taint). */
export const STARTUP_TAINT = 'smartscale/startup';

/** The pool of nodes and pods that name none. */
export const DEFAULT_POOL = 'workers';
