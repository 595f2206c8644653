import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { parseDocument } from 'yaml';
import type { z } from 'zod';
import { schema, type ConfigFile } from './config/schema';
import { scalePool, scaleTimings } from './config/scale';
import { secretReader, type SecretReader } from './config/secrets';
import type { PoolPolicy, ServiceTimings } from './model/pool';

type FileCluster = ConfigFile['clusters'][string];

export interface ClusterConfig extends Pick<FileCluster, 'alertmanager' | 'kubernetes' | 'ec2'> {
  readonly tokens: readonly SecretReader[];
  readonly operatorTokens: readonly SecretReader[];
  readonly pools: Readonly<Record<string, PoolPolicy>>;
}

/** What the service runs with: checked, complete, frozen; durations in milliseconds with the time scale applied. */
export interface ServiceConfig {
  readonly mode: 'local' | 'production';
  readonly listen: { readonly host: string; readonly port: number };
  readonly replica: string;
  readonly timeScale: number;
  readonly log: ConfigFile['log'];
  readonly store: ConfigFile['store'];
  /** Protocol between replicas: not scaled. */
  readonly ownerLease: number;
  readonly shutdownGrace: number;
  readonly timings: ServiceTimings;
  readonly clusters: Readonly<Record<string, ClusterConfig>>;
}

/** Every mistake of a configuration, one line each. */
export class ConfigError extends Error {
  constructor(
    readonly source: string,
    readonly problems: readonly string[],
  ) {
    super(
      [
        `${source}: ${problems.length} problem${problems.length === 1 ? '' : 's'}`,
        ...problems.map((it) => `  - ${it}`),
      ].join('\n'),
    );
    this.name = 'ConfigError';
  }
}

/** Path of the configuration: `--config FILE`, else the environment variable SMARTSCALE_CONFIG. Throws ConfigError. */
export function configPath(args: readonly string[], environment: NodeJS.ProcessEnv = process.env): string {
  const flag = args.indexOf('--config');
  const path = flag >= 0 ? args[flag + 1] : environment['SMARTSCALE_CONFIG'];
  if (path) return path;
  throw new ConfigError('command line', [
    'no configuration: give --config FILE or set SMARTSCALE_CONFIG; webhook/smartscale.example.yaml shows one',
  ]);
}

export function loadConfig(path: string, environment: NodeJS.ProcessEnv = process.env): ServiceConfig {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new ConfigError(path, [`cannot be read: ${error instanceof Error ? error.message : String(error)}`]);
  }
  return parseConfig(text, path, environment);
}

/** Throws ConfigError with every mistake at once. */
export function parseConfig(text: string, source: string, environment: NodeJS.ProcessEnv): ServiceConfig {
  const document = parseDocument(text, { prettyErrors: true });
  if (document.errors.length > 0)
    throw new ConfigError(
      source,
      document.errors.map((it) => it.message.split('\n')[0] ?? it.message),
    );
  const parsed = schema.safeParse(document.toJS());
  if (!parsed.success) throw new ConfigError(source, parsed.error.issues.flatMap(problemOf));
  const problems = [...crossChecks(parsed.data), ...missingSecrets(parsed.data, environment)];
  if (problems.length > 0) throw new ConfigError(source, problems);
  return deepFreeze(resolved(parsed.data, environment));
}

function problemOf(issue: z.core.$ZodIssue): readonly string[] {
  const at = issue.path.join('.') || 'the file';
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => `${at}: unknown key ${key}`);
  return [`${at}: ${issue.message}`];
}

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

function crossChecks(file: ConfigFile): readonly string[] {
  if (file.mode === 'local') {
    return LOOPBACK.has(file.listen.host)
      ? []
      : [`listen.host: local mode listens on loopback only, not on ${file.listen.host}`];
  }
  return Object.entries(file.clusters).flatMap(([name, cluster]) => [
    ...(cluster.tokens.length > 0 ? [] : [`clusters.${name}.tokens: name at least one token, or set mode: local`]),
    ...(cluster.operatorTokens.length > 0
      ? []
      : [`clusters.${name}.operatorTokens: name at least one token, or set mode: local`]),
  ]);
}

function missingSecrets(file: ConfigFile, environment: NodeJS.ProcessEnv): readonly string[] {
  return Object.entries(file.clusters).flatMap(([name, cluster]) =>
    (['tokens', 'operatorTokens'] as const).flatMap((key) =>
      cluster[key].flatMap((source, i) => {
        try {
          secretReader(source, environment);
          return [];
        } catch (error) {
          return [`clusters.${name}.${key}.${i}: ${error instanceof Error ? error.message : String(error)}`];
        }
      }),
    ),
  );
}

function resolved(file: ConfigFile, environment: NodeJS.ProcessEnv): ServiceConfig {
  return {
    ...file,
    replica: file.replica ?? hostname(),
    timings: scaleTimings(file.timings, file.timeScale),
    clusters: Object.fromEntries(
      Object.entries(file.clusters).map(([name, cluster]) => [
        name,
        resolvedCluster(cluster, file.timeScale, environment),
      ]),
    ),
  };
}

function resolvedCluster(cluster: FileCluster, scale: number, environment: NodeJS.ProcessEnv): ClusterConfig {
  const readers = (sources: FileCluster['tokens']) => sources.map((source) => secretReader(source, environment));
  return {
    ...cluster,
    tokens: readers(cluster.tokens),
    operatorTokens: readers(cluster.operatorTokens),
    pools: Object.fromEntries(
      Object.entries(cluster.pools).map(([name, pool]) => [name, scalePool(poolPolicy(pool), scale)]),
    ),
  };
}

/** Leaves out what is absent, as the model wants it. */
function poolPolicy(pool: FileCluster['pools'][string]): PoolPolicy {
  const taints = pool.node.taints.map(({ key, value, effect }) => ({
    key,
    effect,
    ...(value === undefined ? {} : { value }),
  }));
  return { ...pool, node: { ...pool.node, taints } };
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}
