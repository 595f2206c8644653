/** Everything around and including the service on one machine: what the demo and the end-to-end tests play on. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeDynamoClient } from '../../webhook/adapters/dynamodb/client';
import { DynamoStore } from '../../webhook/adapters/dynamodb/dynamo-store';
import type { StorePort } from '../../webhook/ports';
import { startDynamoDb, type EmbeddedDynamoDb } from '../dynamodb';
import type { Binaries } from '../monitoring/binaries';
import { boundAccount } from '../kubernetes/api/cluster-role';
import { freePort } from '../monitoring/free-port';
import { startMonitoring, type Monitoring, type MonitoringSettings } from '../monitoring/servers';
import { SHIPPED } from '../monitoring/shipped-files';
import { RedisServer } from '../redis/redis-server';
import { startSimulator, type Simulator } from '../server';
import type { WorldOverrides } from '../world-settings';
import { webhookConfig, type PoolOverrides, type WebhookSurroundings } from './webhook-config';
import { WebhookProcess, type LogLine } from './webhook-process';
import type { Wire } from './wire';

export interface StageSettings {
  readonly binaries: Binaries;
  /** Divides every policy duration of rules, routes, configuration and simulator. */
  readonly timeScale: number;
  readonly pools: Readonly<Record<string, PoolOverrides>>;
  /** Top-level keys of the webhook's configuration. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly world?: Omit<WorldOverrides, 'timeScale'>;
  readonly webhooks?: number;
  /** `pair`: one Alertmanager a webhook, gossiping with each other; `partitioned`: they do not reach each other. */
  readonly alertmanagers?: 'one' | 'pair' | 'partitioned';
  /** True: with a Redis that all webhooks share. */
  readonly withRedis?: boolean;
  /** Between the first Alertmanager and the first webhook, and between the webhooks and EC2, K3s, Alertmanager, DynamoDB. */
  readonly wire?: Wire;
  readonly onLine?: (line: LogLine) => void;
}

export interface Stage {
  readonly cluster: string;
  readonly token: string;
  readonly simulator: Simulator;
  readonly dynamo: EmbeddedDynamoDb;
  readonly redis: RedisServer | null;
  readonly monitoring: Monitoring;
  readonly webhooks: readonly WebhookProcess[];
  /** The same table that the webhooks use, to look into. */
  readonly store: StorePort;
  readonly workDir: string;
  /** Ends everything that was started, in order, and removes the work folder. */
  stop(): Promise<void>;
}

const CLUSTER = 'demo';
const TOKEN_VARIABLE = 'SMARTSCALE_STAGE_TOKEN';

type Ending = () => Promise<void>;

/** Starts simulator, store, Prometheus, Alertmanager and webhooks; whatever was started is ended when one of them fails. */
export async function openStage(settings: StageSettings): Promise<Stage> {
  const endings: Ending[] = [];
  const stop = async (): Promise<void> => {
    for (const end of endings.splice(0).reverse()) await end();
  };
  try {
    return { ...(await build(settings, endings)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function build(settings: StageSettings, endings: Ending[]): Promise<Omit<Stage, 'stop'>> {
  const { timeScale, binaries } = settings;
  const { wire } = settings;
  if (wire) endings.push(() => wire.stop());
  const workDir = await mkdtemp(join(tmpdir(), 'smartscale-'));
  endings.push(() => rm(workDir, { recursive: true, force: true }));
  const token = randomBytes(18).toString('base64url');
  const kubernetesTokenFile = join(workDir, 'kubernetes-token');
  await writeFile(kubernetesTokenFile, token);
  const kubernetesAccess = { tokens: [{ token, ...boundAccount(SHIPPED.clusterRole) }] };
  const simulator = await startSimulator({ ...settings.world, timeScale, kubernetesAccess });
  endings.push(() => simulator.stop());
  const dynamo = await startDynamoDb();
  endings.push(() => dynamo.stop());
  const redis = settings.withRedis ? await startRedis(endings) : null;
  const ports = await Promise.all(Array.from({ length: settings.webhooks ?? 1 }, () => freePort()));
  const monitoring = await startMonitoring({
    binaries,
    workDir,
    timeScale,
    cluster: CLUSTER,
    webhookUrl: await postsTo(`http://127.0.0.1:${ports[0]}`, wire),
    webhookToken: token,
    webhookMetricsTarget: `127.0.0.1:${ports[0]}`,
    discoveryUrl: simulator.discoveryUrl,
    ...othersOf(settings, ports),
  });
  endings.push(() => monitoring.stop());
  const direct = {
    cluster: CLUSTER,
    timeScale,
    ec2Url: simulator.ec2Url,
    kubernetesUrl: simulator.kubernetesUrl,
    kubernetesTokenFile,
    alertmanagerUrls: monitoring.alertmanagers.map(({ url }) => url),
    store: dynamo,
    tokenVariable: TOKEN_VARIABLE,
  };
  const around = wire ? await across(wire, direct) : direct;
  const config = { ...(redis ? { redis: { url: redis.url } } : {}), ...settings.config };
  const webhooks = await startWebhooks({ ...settings, config }, { workDir, token, ports, around }, endings);
  return { cluster: CLUSTER, token, simulator, dynamo, redis, monitoring, webhooks, store: storeOn(dynamo), workDir };
}

/** Posts wait for nothing: they are the beginning of what is measured. */
async function postsTo(url: string, wire: Wire | undefined): Promise<string> {
  return `${wire ? await wire.to('webhook', url, 0) : url}/alerts`;
}

type Around = Omit<WebhookSurroundings, 'port' | 'replica'>;

async function across(wire: Wire, direct: Around): Promise<Around> {
  const { ec2Url, kubernetesUrl, alertmanagerUrls, store } = direct;
  return {
    ...direct,
    ec2Url: await wire.to('EC2', ec2Url),
    kubernetesUrl: await wire.to('K3s', kubernetesUrl),
    alertmanagerUrls: await Promise.all(alertmanagerUrls.map((url) => wire.to('Alertmanager', url))),
    store: { ...store, endpoint: await wire.to('DynamoDB', store.endpoint) },
  };
}

interface Place {
  readonly workDir: string;
  readonly token: string;
  /** One webhook each. */
  readonly ports: readonly number[];
  readonly around: Around;
}

async function startWebhooks(
  { pools, config, onLine }: StageSettings,
  { workDir, token, ports, around }: Place,
  endings: Ending[],
): Promise<readonly WebhookProcess[]> {
  const webhooks: WebhookProcess[] = [];
  for (const [index, port] of ports.entries()) {
    const replica = `webhook-${index + 1}`;
    const configFile = join(workDir, `${replica}.yaml`);
    await writeFile(configFile, webhookConfig({ ...around, port, replica }, pools, config));
    const webhook = new WebhookProcess({
      configFile,
      environment: { [TOKEN_VARIABLE]: token },
      ...(onLine ? { onLine } : {}),
    });
    endings.push(() => webhook.stop());
    webhooks.push(webhook);
  }
  await Promise.all(webhooks.map((webhook) => webhook.start()));
  return webhooks;
}

async function startRedis(endings: Ending[]): Promise<RedisServer> {
  const redis = await RedisServer.start();
  endings.push(() => redis.stop());
  return redis;
}

function othersOf(
  { alertmanagers = 'one' }: StageSettings,
  ports: readonly number[],
): Pick<MonitoringSettings, 'others'> {
  if (alertmanagers === 'one') return {};
  const webhookUrls = ports.slice(1).map((port) => `http://127.0.0.1:${port}/alerts`);
  return { others: { webhookUrls, connected: alertmanagers === 'pair' } };
}

export function storeOn({ endpoint, tableName }: EmbeddedDynamoDb): StorePort {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return new DynamoStore(makeDynamoClient({ region: 'local', endpoint, credentials }), tableName);
}
