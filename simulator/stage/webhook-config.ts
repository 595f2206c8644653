import { stringify } from 'yaml';
import { DEFAULT_SETTINGS, DEFAULT_TEMPLATE_ID } from '../ec2/settings';
import { machineResources } from '../machine';

/** Addresses that the webhook is told of. */
export interface WebhookSurroundings {
  readonly cluster: string;
  readonly port: number;
  readonly replica: string;
  readonly timeScale: number;
  readonly ec2Url: string;
  readonly kubernetesUrl: string;
  readonly kubernetesTokenFile?: string;
  readonly alertmanagerUrls: readonly string[];
  readonly store: { readonly endpoint: string; readonly tableName: string };
  /** Environment variable that holds the token of posts; none: no token is asked for. */
  readonly tokenVariable?: string;
}

/** Keys of a pool as in docs/configuration.md; what is given replaces what stands here. */
export type PoolOverrides = Readonly<Record<string, unknown>>;

const INSTANCE_TYPES = ['m6i.large', 'm6a.large'];

/** A complete configuration file for the simulator's region: the same file format as in production. */
export function webhookConfig(
  around: WebhookSurroundings,
  pools: Readonly<Record<string, PoolOverrides>>,
  top: Readonly<Record<string, unknown>> = {},
): string {
  const secrets = around.tokenVariable === undefined ? [] : [{ env: around.tokenVariable }];
  const tokenFile = around.kubernetesTokenFile === undefined ? {} : { tokenFile: around.kubernetesTokenFile };
  const { region } = DEFAULT_SETTINGS;
  return stringify({
    mode: 'local',
    listen: { host: '127.0.0.1', port: around.port },
    replica: around.replica,
    timeScale: around.timeScale,
    store: { table: around.store.tableName, region, endpoint: around.store.endpoint },
    clusters: {
      [around.cluster]: {
        tokens: secrets,
        operatorTokens: secrets,
        alertmanager: { urls: around.alertmanagerUrls },
        kubernetes: { server: around.kubernetesUrl, ...tokenFile },
        ec2: { region, endpoint: around.ec2Url },
        pools: Object.fromEntries(Object.entries(pools).map(([name, pool]) => [name, { ...poolDefaults(), ...pool }])),
      },
    },
    ...top,
  });
}

function poolDefaults(): PoolOverrides {
  const type = DEFAULT_SETTINGS.instanceTypes.find(({ name }) => name === INSTANCE_TYPES[0]);
  if (!type) throw new Error(`the simulator has no instance type ${INSTANCE_TYPES[0]}`);
  const { cpu, memory, pods } = machineResources(type);
  return {
    node: { allocatable: { cpu: Number(cpu), memory, pods: Number(pods) } },
    launch: {
      template: { id: DEFAULT_TEMPLATE_ID, version: '1' },
      subnets: DEFAULT_SETTINGS.subnets.map(({ id, zone }) => ({ id, zone })),
      instanceTypes: INSTANCE_TYPES,
    },
  };
}
