/** The only reader of the environment. */
import { closeSync, openSync, readSync } from 'node:fs';
import { hostname } from 'node:os';
import { LineCounter, parseDocument } from 'yaml';
import { excessOf, LARGEST } from './config/excesses';
import { MOST_TOLD, mistakesOf, type Written } from './config/mistakes';
import { scaleFixed, scalePool, scaleTimings } from './config/scale';
import { makeSchema, type ConfigFile } from './config/schema';
import type { Environment } from './config/secrets';
import { aliasMistake, wordsOfYaml } from './config/yaml-words';
import type { PoolPolicy, ServiceTimings } from './model/pool';

type FileCluster = ConfigFile['clusters'][string];

export interface ClusterConfig extends Omit<FileCluster, 'pools'> {
  readonly pools: Readonly<Record<string, PoolPolicy>>;
}

export interface RedisConfig extends NonNullable<ConfigFile['redis']> {
  /** How long the same post gets the same answer, in milliseconds. */
  readonly rememberFor: number;
}

/** What the service runs with: checked, complete, frozen; durations in milliseconds with the time scale applied. */
export interface ServiceConfig extends Omit<ConfigFile, 'replica' | 'hostNode' | 'redis' | 'timings' | 'clusters'> {
  readonly replica: string;
  readonly redis?: RedisConfig;
  readonly timings: ServiceTimings;
  readonly clusters: Readonly<Record<string, ClusterConfig>>;
}

/** Every secret that the service asks callers for, as it is now. */
export function secretsOf({ clusters, redis }: ServiceConfig): readonly string[] {
  const tokens = Object.values(clusters).flatMap((it) => [...it.tokens, ...it.operatorTokens]);
  return [...tokens, ...(redis?.password ? [redis.password] : [])].map((read) => read());
}

/** The mistakes of a configuration, one line each; the first hundred, if there are so many. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(
    readonly source: string,
    all: readonly string[],
  ) {
    const problems = all.slice(0, MOST_TOLD);
    const count = `${problems.length} problem${problems.length === 1 ? '' : 's'}`;
    const heading = all.length > MOST_TOLD ? `more than ${count}, of which` : count;
    super([`${source}: ${heading}`, ...problems.map((it) => `  - ${it}`)].join('\n'));
    this.problems = problems;
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
    text = readText(path);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ConfigError(path, [`the file cannot be read (${why}): ${HOW}`]);
  }
  return parseConfig(text, path, environment);
}

/** Not more than is needed to see that it is too much: a path may name a disk. */
function readText(path: string): string {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(4 * LARGEST + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length < bytes.length; length += read) {
      read = readSync(file, bytes, length, bytes.length - length, null);
    }
    return bytes.toString('utf8', 0, length);
  } finally {
    closeSync(file);
  }
}

/** `source` is what the mistakes are headed with. Throws ConfigError with every mistake at once. */
export function parseConfig(text: string, source: string, environment: Environment): ServiceConfig {
  const excess = excessOf(text);
  if (excess !== null) throw new ConfigError(source, [excess]);
  const lines = new LineCounter();
  // Its warnings would show parts of the file on standard error.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  const written = { document, lines };
  if (document.errors.length > 0) {
    const problems = document.errors.map((error) => `line ${lines.linePos(error.pos[0]).line}: ${wordsOfYaml(error)}`);
    throw new ConfigError(source, problems);
  }
  const parsed = makeSchema(environment).safeParse(plain(written, source));
  if (!parsed.success) throw new ConfigError(source, mistakesOf(parsed.error.issues, written));
  return deepFreeze(resolved(parsed.data, environment));
}

function plain({ document, lines }: Written, source: string): unknown {
  try {
    return document.toJS();
  } catch {
    const { offset, text } = aliasMistake(document);
    throw new ConfigError(source, [`line ${lines.linePos(offset).line}: ${text}`]);
  }
}

function resolved({ redis, hostNode: named, ...file }: ConfigFile, environment: Environment): ServiceConfig {
  // On a K3s server the node has the name of the machine; in a pod nothing but the downward API knows it.
  const hostNode = named ?? (environment['NODE_NAME'] || hostname());
  return {
    ...file,
    ...(redis ? { redis: { ...redis, rememberFor: scaleFixed(file.timeScale).answerMemory } } : {}),
    replica: file.replica ?? hostname(),
    timings: scaleTimings(file.timings, file.timeScale),
    clusters: mapValues(file.clusters, (cluster) => ({
      ...cluster,
      pools: mapValues(cluster.pools, ({ removal, ...pool }) =>
        scalePool({ ...pool, removal: { ...removal, hostNode } }, file.timeScale),
      ),
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
