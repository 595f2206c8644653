import { parse, stringify } from 'yaml';
import { webhookConfig, type PoolOverrides } from '../../../simulator/stage/webhook-config';
import { parseConfig, type ServiceConfig } from '../../../webhook/config';

export type Pools = Readonly<Record<string, PoolOverrides>>;

/** The secret with which Alertmanager and the operators of a cluster come. */
export function tokenOf(cluster: string): string {
  return `token-of-${cluster}-0123456789`;
}

/** A configuration file, read as the service reads it: real defaults, durations at their full length. */
export function configurationOf(
  replica: string,
  clusters: Readonly<Record<string, Pools>>,
  top: Readonly<Record<string, unknown>> = {},
): ServiceConfig {
  const files = Object.entries(clusters).map(([cluster, pools]) => fileOf(replica, cluster, pools));
  const merged = Object.assign({}, ...files.map((file) => file.clusters)) as object;
  const environment = Object.fromEntries(Object.keys(clusters).map((name) => [variableOf(name), tokenOf(name)]));
  return parseConfig(stringify({ ...files[0], clusters: merged, ...top }), 'scenario.yaml', environment);
}

function fileOf(replica: string, cluster: string, pools: Pools): { readonly clusters: object } {
  const around = {
    cluster,
    port: 0,
    replica,
    timeScale: 1,
    ec2Url: 'http://ec2.invalid',
    kubernetesUrl: 'http://kubernetes.invalid',
    alertmanagerUrls: ['http://alertmanager.invalid'],
    store: { endpoint: 'http://store.invalid', tableName: 'smartscale' },
    tokenVariable: variableOf(cluster),
  };
  const parsed = parse(webhookConfig(around, pools)) as Parsed;
  for (const { pools: written } of Object.values(parsed.clusters)) {
    for (const pool of Object.values(written)) {
      // One call a step, unless a scenario is about the spread over zones.
      pool.launch.balance ??= 'none';
      // A scene begins with nodes that have just joined.
      pool.removal = { minNodeAge: '0s', ...pool.removal };
    }
  }
  return parsed;
}

interface Parsed {
  readonly clusters: Readonly<Record<string, { readonly pools: Readonly<Record<string, WrittenPool>> }>>;
}

interface WrittenPool {
  readonly launch: { balance?: string };
  removal?: { readonly minNodeAge?: string };
}

function variableOf(cluster: string): string {
  return `TOKEN_OF_${cluster.toUpperCase()}`;
}
