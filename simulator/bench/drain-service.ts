/** The service with its real clients for EC2 and Kubernetes, real durations, and an Alertmanager at which Idle fires. */
import { Ec2Adapter } from '../../webhook/adapters/ec2/ec2-adapter';
import { makeEc2Client } from '../../webhook/adapters/ec2/ec2-client';
import { makeKubernetesAdapter } from '../../webhook/adapters/kubernetes/kubernetes-adapter';
import { MemoryStore } from '../../webhook/adapters/memory-store';
import { randomIds } from '../../webhook/adapters/random-ids';
import { systemClock } from '../../webhook/adapters/system-clock';
import { readScalingAlert } from '../../webhook/alertmanager/scaling-alert';
import { Service } from '../../webhook/assembly/service';
import { parseConfig } from '../../webhook/config';
import type { ApiAlert } from '../../webhook/model/alert';
import { makeLogger } from '../../webhook/telemetry/logger';
import { makeTelemetry } from '../../webhook/telemetry/telemetry';
import { webhookConfig } from '../stage/webhook-config';
import { CLUSTER, POOL } from './full-node';

export interface DrainService {
  readonly store: MemoryStore;
  readonly service: Service;
}

/** Wants `nodes` nodes. Not started. */
export function drainService(
  { ec2Url, kubernetesUrl }: { readonly ec2Url: string; readonly kubernetesUrl: string },
  nodes: number,
): DrainService {
  const config = configOf(ec2Url, kubernetesUrl);
  const { region = '', endpoint = '' } = config.clusters[CLUSTER]?.ec2 ?? {};
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const store = new MemoryStore();
  const alertmanager = {
    read: () => Promise.resolve([{ ok: true as const, level: { silences: [], alerts: alerts(nodes, Date.now()) } }]),
  };
  const ports = {
    alertmanager,
    ec2: new Ec2Adapter(makeEc2Client({ region, endpoint, credentials })),
    kubernetes: makeKubernetesAdapter({ server: kubernetesUrl }),
  };
  const log = makeLogger({ level: 'silent' });
  const service = new Service({
    config,
    ports: { store, clusters: new Map([[CLUSTER, ports]]), clock: systemClock, ids: randomIds(systemClock) },
    telemetry: makeTelemetry(log, { version: 'bench', clock: systemClock }),
    owner: 'bench',
    version: 'bench',
  });
  for (const it of alerts(nodes, Date.now())) post(service, it);
  return { service, store };
}

/** As Alertmanager has posted it: nobody gives back a node for an alert that nobody was sent. */
function post({ clusters }: Service, alert: ApiAlert): void {
  const read = readScalingAlert(alert, null);
  if (read) clusters.get(CLUSTER)?.heard.remember(read, alert.updatedAt);
}

function configOf(ec2Url: string, kubernetesUrl: string) {
  const around = {
    cluster: CLUSTER,
    port: 0,
    replica: 'bench',
    timeScale: 1,
    ec2Url,
    kubernetesUrl,
    alertmanagerUrls: ['http://alertmanager.invalid'],
    store: { endpoint: 'http://store.invalid', tableName: 'smartscale' },
  };
  // The others are emptier, and younger.
  const pool = { min: 1, removal: { minNodeAge: '0s', policy: 'oldest' } };
  return parseConfig(webhookConfig(around, { [POOL]: pool }), 'bench', {});
}

function alerts(nodes: number, now: number): readonly ApiAlert[] {
  return [
    alert({ alertname: 'Idle', scale: 'down', cluster: CLUSTER, pool: POOL }, { nodes: String(nodes) }, now),
    alert({ alertname: 'Watchdog' }, {}, now),
  ];
}

function alert(labels: Labels, annotations: Labels, now: number): ApiAlert {
  return {
    fingerprint: `f-${labels['alertname']}`,
    labels,
    annotations,
    startsAt: now - 600_000,
    updatedAt: now,
    endsAt: now + 60_000,
    receivers: ['smartscale'],
    silencedBy: [],
    inhibitedBy: [],
  };
}

type Labels = Readonly<Record<string, string>>;
