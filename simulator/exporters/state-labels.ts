import { parseQuantity } from './quantity';
import type { Sample } from './exposition';

/** Labels that kube-state-metrics publishes, as its flag --metric-labels-allowlist names them. */
export interface LabelAllowlist {
  readonly nodes: readonly string[];
  readonly pods: readonly string[];
}

/** A family of kube-state-metrics and what it says of one object. All of ours are gauges. */
export interface ObjectFamily<T> {
  readonly name: string;
  readonly help: string;
  readonly samples: (object: T) => Sample[];
}

/** The allow-listed labels of an object as `label_...` series labels; a label that it lacks is absent. */
export function allowedLabels(
  labels: Readonly<Record<string, string>> | undefined,
  allowed: readonly string[],
): Record<string, string> {
  const present = [...allowed].sort().filter((key) => labels?.[key] !== undefined);
  return Object.fromEntries(present.map((key) => [`label_${seriesLabelName(key)}`, labels?.[key] ?? '']));
}

/** `topology.kubernetes.io/zone` -> `topology_kubernetes_io_zone`; camel case becomes snake case. */
function seriesLabelName(key: string): string {
  return key
    .replaceAll(/[^a-zA-Z0-9_]/g, '_')
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase();
}

/** Units by which kube-state-metrics publishes resources; others than these have no series. */
const UNITS: Readonly<Record<string, string>> = {
  cpu: 'core',
  memory: 'byte',
  'ephemeral-storage': 'byte',
  pods: 'integer',
};

/** One sample a known resource of `quantities`, labels `resource` and `unit` after the given ones. */
export function resourceSamples(
  labels: Readonly<Record<string, string>>,
  quantities: Readonly<Record<string, string>> | undefined,
): Sample[] {
  return Object.entries(quantities ?? {}).flatMap(([resource, quantity]) => {
    const unit = UNITS[resource];
    if (unit === undefined) return [];
    return [{ labels: { ...labels, resource: seriesLabelName(resource), unit }, value: parseQuantity(quantity) }];
  });
}

/** Three samples, one of them 1. */
export function statusSamples(labels: Readonly<Record<string, string>>, key: string, status: string): Sample[] {
  return ['true', 'false', 'unknown'].map((value) => ({
    labels: { ...labels, [key]: value },
    value: value === status.toLowerCase() ? 1 : 0,
  }));
}

/** Epoch seconds; whole ones, because Kubernetes stores no fractions. */
export function unixSeconds(timestamp: string): number {
  return Math.floor(Date.parse(timestamp) / 1000);
}
