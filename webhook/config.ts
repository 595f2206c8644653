/** The only reader of the environment. */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { LineCounter, parseDocument, type Document } from 'yaml';
import { mistakesOf } from './config/mistakes';
import { scalePool, scaleTimings } from './config/scale';
import { makeSchema, type ConfigFile } from './config/schema';
import type { Environment } from './config/secrets';
import type { PoolPolicy, ServiceTimings } from './model/pool';

type FileCluster = ConfigFile['clusters'][string];

export interface ClusterConfig extends Omit<FileCluster, 'pools'> {
  readonly pools: Readonly<Record<string, PoolPolicy>>;
}

/** What the service runs with: checked, complete, frozen; durations in milliseconds with the time scale applied. */
export interface ServiceConfig extends Omit<ConfigFile, 'replica' | 'timings' | 'clusters'> {
  readonly replica: string;
  readonly timings: ServiceTimings;
  readonly clusters: Readonly<Record<string, ClusterConfig>>;
}

/** Every secret that the service asks callers for, as it is now. */
export function secretsOf({ clusters }: ServiceConfig): readonly string[] {
  return Object.values(clusters)
    .flatMap(({ tokens, operatorTokens }) => [...tokens, ...operatorTokens])
    .map((read) => read());
}

/** Every mistake of a configuration, one line each. */
export class ConfigError extends Error {
  constructor(
    readonly source: string,
    readonly problems: readonly string[],
  ) {
    const count = `${problems.length} problem${problems.length === 1 ? '' : 's'}`;
    super([`${source}: ${count}`, ...problems.map((it) => `  - ${it}`)].join('\n'));
    this.name = 'ConfigError';
  }
}

const HOW = 'give --config FILE or set SMARTSCALE_CONFIG; webhook/smartscale.example.yaml shows one';

/** Path of the configuration: `--config FILE`, else the environment variable SMARTSCALE_CONFIG. Throws ConfigError. */
export function configPath(args: readonly string[], environment: Environment = process.env): string {
  const flag = args.indexOf('--config');
  const path = flag >= 0 ? args[flag + 1] : environment['SMARTSCALE_CONFIG'];
  if (path && !path.startsWith('--')) return path;
  throw new ConfigError('command line', [flag >= 0 ? `--config names no file: ${HOW}` : `no configuration: ${HOW}`]);
}

/** Throws ConfigError with every mistake at once. */
export function loadConfig(path: string, environment: Environment = process.env): ServiceConfig {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ConfigError(path, [`the file cannot be read (${why}): ${HOW}`]);
  }
  return parseConfig(text, path, environment);
}

/** `source` is what the mistakes are headed with. Throws ConfigError with every mistake at once. */
export function parseConfig(text: string, source: string, environment: Environment): ServiceConfig {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    const problems = document.errors.map(({ message, pos }) => `line ${lines.linePos(pos[0]).line}: ${message}`);
    throw new ConfigError(source, problems);
  }
  const parsed = makeSchema(environment).safeParse(plain(document, source));
  if (!parsed.success) throw new ConfigError(source, mistakesOf(parsed.error.issues, { document, lines }));
  return deepFreeze(resolved(parsed.data));
}

function plain(document: Document.Parsed, source: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    // An alias without its anchor, or so many that they blow up.
    throw new ConfigError(source, [error instanceof Error ? error.message : String(error)]);
  }
}

function resolved(file: ConfigFile): ServiceConfig {
  return {
    ...file,
    replica: file.replica ?? hostname(),
    timings: scaleTimings(file.timings, file.timeScale),
    clusters: mapValues(file.clusters, (cluster) => ({
      ...cluster,
      pools: mapValues(cluster.pools, (pool) => scalePool(pool, file.timeScale)),
    })),
  };
}

function mapValues<A, B>(values: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]));
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}
