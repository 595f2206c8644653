import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeDynamoClient } from '../../../webhook/adapters/dynamodb/client';
import { DynamoStore } from '../../../webhook/adapters/dynamodb/dynamo-store';
import { LABELS, TAGS } from '../../../webhook/model/names';
import type { StorePort } from '../../../webhook/ports';
import { startDynamoDb } from '../../../simulator/dynamodb';
import { freePort } from '../../../simulator/monitoring/free-port';
import { startSimulator } from '../../../simulator/server';
import { webhookConfig } from '../../../simulator/stage/webhook-config';
import { WebhookProcess } from '../../../simulator/stage/webhook-process';
import type { World } from '../../../simulator/world';
import { AlertmanagerStandIn } from '../../contracts/alertmanager-stand-in';
import { Executioner } from './executioner';
import { openTollGate } from './toll-gate';

export const KEY = { cluster: 'demo', pool: 'workers' } as const;

/** A Deployment of the pool, without pods at the beginning. */
export const SHOP = 'shop';

/** Nodes at the beginning, and the fewest there may be. */
export const FEWEST = 2;

/** Durations of policy are so much shorter. */
const TIME_SCALE = 60;

/** Joins take long enough for the hold of an operation to be renewed, and no deadline ends anything on a slow machine. */
const POOL = {
  min: FEWEST,
  max: 8,
  cooldown: { up: '0s', down: '0s' },
  deadline: { confirm: '1h', join: '1h', cordon: '1h', drain: '1h' },
};
const JOIN_DELAY = { min: 60_000, max: 60_000 };

/** Real time: how long a successor leaves an operation alone. */
const OWNER_LEASE = '1s';

export interface Theatre {
  readonly world: World;
  readonly store: StorePort;
  readonly alertmanager: AlertmanagerStandIn;
  readonly webhook: WebhookProcess;
  readonly executioner: Executioner;
  close(): Promise<void>;
}

type Ending = () => Promise<void>;

/** Real servers and a real process, with a toll gate before each server; two nodes of a former run. */
export async function openTheatre(): Promise<Theatre> {
  const endings: Ending[] = [];
  const close = async (): Promise<void> => {
    for (const end of endings.splice(0).reverse()) await end();
  };
  try {
    return { ...(await build(endings)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function build(endings: Ending[]): Promise<Omit<Theatre, 'close'>> {
  const simulator = await startSimulator({ timeScale: TIME_SCALE, joining: { joinDelayMs: JOIN_DELAY } });
  endings.push(() => simulator.stop());
  const { world } = simulator;
  const tags = { [TAGS.cluster]: KEY.cluster, [TAGS.pool]: KEY.pool };
  for (const { id } of world.launchWorkers(FEWEST, { tags })) world.joining.joinAtOnce(id);
  const labels = { [LABELS.pool]: KEY.pool };
  const pod = { requests: { cpu: '300m' }, labels, nodeSelector: labels };
  world.cluster.createWorkload({ name: SHOP, namespace: 'default', kind: 'Deployment', replicas: 0, pod });
  const dynamo = await startDynamoDb();
  endings.push(() => dynamo.stop());
  const alertmanager = new AlertmanagerStandIn(() => new Date().toISOString());
  await alertmanager.start();
  endings.push(() => alertmanager.stop());
  alertmanager.fire({ labels: { alertname: 'Watchdog' } });

  const executioner = new Executioner(() => webhook.kill());
  const [store, ec2, kubernetes] = await Promise.all([
    openTollGate(dynamo.endpoint, executioner.keeperOf('store')),
    openTollGate(simulator.ec2Url, executioner.keeperOf('EC2')),
    openTollGate(simulator.kubernetesUrl, executioner.keeperOf('Kubernetes')),
  ]);
  endings.push(...[store, ec2, kubernetes].map((gate) => () => gate.close()));
  const workDir = await mkdtemp(join(tmpdir(), 'smartscale-crash-'));
  endings.push(() => rm(workDir, { recursive: true, force: true }));
  const configFile = join(workDir, 'smartscale.yaml');
  const around = {
    cluster: KEY.cluster,
    port: await freePort(),
    replica: 'webhook',
    timeScale: TIME_SCALE,
    ec2Url: ec2.url,
    kubernetesUrl: kubernetes.url,
    alertmanagerUrls: [alertmanager.url],
    store: { endpoint: store.url, tableName: dynamo.tableName },
  };
  await writeFile(configFile, webhookConfig(around, { [KEY.pool]: POOL }, { ownerLease: OWNER_LEASE }));
  const webhook = new WebhookProcess({ configFile });
  endings.push(() => webhook.kill());
  await webhook.start();
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = makeDynamoClient({ region: 'local', endpoint: dynamo.endpoint, credentials });
  return { world, alertmanager, webhook, executioner, store: new DynamoStore(client, dynamo.tableName) };
}
