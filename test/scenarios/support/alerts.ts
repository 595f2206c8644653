/** The shipped alerts, with the labels and annotations of prometheus-rules/smartscale.rules.yaml. */
import type { FiredAlert } from '../../fakes/fake-alertmanager';

export interface AlertOptions {
  /** Nodes in all: a number as Prometheus prints it, or any text; absent = no annotation. */
  readonly nodes?: number | string;
  readonly pool?: string;
  readonly cluster?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

function alert(
  alertname: string,
  scale: string,
  { nodes, pool = 'workers', cluster, annotations = {} }: AlertOptions,
): FiredAlert {
  return {
    labels: { alertname, scale, pool, ...(cluster === undefined ? {} : { cluster }) },
    annotations: { ...(nodes === undefined ? {} : { nodes: String(nodes) }), summary: alertname, ...annotations },
  };
}

export function highCpu(options: AlertOptions = {}): FiredAlert {
  return alert('HighCpu', 'up', options);
}

export function highMemory(options: AlertOptions = {}): FiredAlert {
  return alert('HighMemory', 'up', options);
}

export function unschedulablePods(options: AlertOptions = {}): FiredAlert {
  return alert('UnschedulablePods', 'up', {
    ...options,
    annotations: { urgent: 'true', pods: 'unschedulable', ...options.annotations },
  });
}

/** An alert of the operator's own that may not wait for a cooldown. */
export function queueIsLong(options: AlertOptions = {}): FiredAlert {
  return alert('QueueIsLong', 'up', { ...options, annotations: { urgent: 'true', ...options.annotations } });
}

/** The node says that EC2 will take it. */
export function interruption(node: string, options: AlertOptions = {}): FiredAlert {
  return ofNode(node, alert('SpotInterruption', 'replace', options));
}

export function maintenance(node: string, options: AlertOptions = {}): FiredAlert {
  return ofNode(node, alert('ScheduledMaintenance', 'replace', options));
}

function ofNode(node: string, { labels, annotations = {} }: FiredAlert): FiredAlert {
  return { labels: { ...labels, node }, annotations };
}

export function idle(options: AlertOptions = {}): FiredAlert {
  return alert('Idle', 'down', options);
}
