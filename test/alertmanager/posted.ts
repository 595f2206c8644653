import { readScalingAlert, type RawAlert, type ReadAlert } from '../../webhook/alertmanager/scaling-alert';

/** A HighCpu of pool `workers` that asks for five nodes. */
export function rawAlert(overrides: Partial<RawAlert> = {}): RawAlert {
  return {
    fingerprint: 'f00d',
    labels: { alertname: 'HighCpu', scale: 'up', pool: 'workers', cluster: 'c1' },
    annotations: { nodes: '5', summary: 'busy' },
    startsAt: 1_000,
    ...overrides,
  };
}

/** The same as it was read. */
export function readAlert(overrides: Partial<RawAlert> = {}): ReadAlert {
  const alert = readScalingAlert(rawAlert(overrides), null);
  if (!alert) throw new Error('it is no scaling alert');
  return alert;
}

/** The same with these labels; `undefined` takes one away. */
export function withLabels(labels: Readonly<Record<string, string | undefined>>): RawAlert {
  const entries = Object.entries({ ...rawAlert().labels, ...labels }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return rawAlert({ labels: Object.fromEntries(entries) });
}

/** A webhook body of version "4" with these alerts. */
export function body(alerts: readonly unknown[], overrides: Readonly<Record<string, unknown>> = {}) {
  return {
    version: '4',
    groupKey: '{}/{scale=~".+"}:{alertname="HighCpu"}',
    truncatedAlerts: 0,
    status: 'firing',
    receiver: 'smartscale',
    groupLabels: {},
    commonLabels: {},
    commonAnnotations: {},
    externalURL: 'http://alertmanager:9093',
    alerts,
    ...overrides,
  };
}

/** An alert as it stands in a body. */
export function posted(overrides: Readonly<Record<string, unknown>> = {}) {
  const { fingerprint, labels, annotations } = rawAlert();
  return {
    status: 'firing',
    labels,
    annotations,
    startsAt: '2026-11-22T01:31:17.632Z',
    endsAt: '0001-01-01T00:00:00Z',
    generatorURL: 'http://prometheus:9090/graph',
    fingerprint,
    ...overrides,
  };
}
